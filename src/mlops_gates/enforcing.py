"""`enforce`: the verdict of an earlier job, if what it judged is still the same."""

from __future__ import annotations

import shutil
import sys
from dataclasses import replace
from pathlib import Path

from mlops_gates import evidence, policy
from mlops_gates.errors import GatesError, UsageError
from mlops_gates.findings import Report
from mlops_gates.reporters import console, results
from mlops_gates.session import host_of


def enforce(path: str, workdir: str, model: str, data: str, fail_on: str, host_name: str) -> int:
    """Print the verdict that stands now and return its exit code. Raises UsageError for paths that do not exist."""
    host = host_of(host_name)
    folder = Path(workdir)
    given = {role: folder / where for role, where in (("model", model), ("data", data)) if where}
    for role, where in given.items():
        if not where.is_file():
            raise UsageError(f"--{role}: there is no file {where}")
    judged = read(folder / path)
    for contradiction in evidence.contradictions(judged):
        raise GatesError(
            f"{path} contradicts itself: {contradiction}", next_step="It was edited or cut; run the gates again."
        )
    refused = list(evidence.verify(judged, folder, given))
    report = evidence.with_findings(judged, refused)
    bound = sum(bool(subject.sha256) for subject in judged.subjects)
    report = replace(report, notes=(*report.notes, f"{bound} digests checked"))
    unicode = console.speaks_unicode(sys.stdout)
    colour = host.ansi or sys.stdout.isatty()
    width = shutil.get_terminal_size((100, 24)).columns
    sys.stdout.write(console.render(report, colour=colour, width=width, unicode=unicode))
    host.annotate(report.findings, sys.stdout)
    return policy.process_exit(report.exit_code, report.status, "error" if refused else fail_on, exit_zero=False)


def read(path: Path) -> Report:
    """The report in a `results.json`. Raises UsageError when it is missing, too large or no results file."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise UsageError(f"{path} is larger than {MOST_BYTES >> 20} MiB", next_step="Is it a results.json?")
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8", next_step="Is it a results.json?") from None
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}", next_step="Run the gates first, or hand their report folder on."
        ) from None
    return results.parse(text)


MOST_BYTES = 64 << 20
