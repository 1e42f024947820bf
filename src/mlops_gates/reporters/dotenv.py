"""outputs.env: the outputs for GitLab's dotenv reports and for shells; sourcing it is harmless."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlops_gates.findings import Report
from mlops_gates.reporters.outputs import failed_checks, finite_metrics, outputs

LIMIT_BYTES = 4999
"""GitLab takes files of less than 5 kB, https://docs.gitlab.com/ci/variables/dotenv_variables/."""

_HARMLESS = re.compile(r"[A-Za-z0-9_.:/@+,-]*")
_PREFIX = "MLOPS_GATES_"
_DROPPED_FIRST = ("metrics", "failed-checks")
_NEVER_DROPPED = ("verdict", "passed", "exit-code")


def render(report: Report, files: Mapping[str, str]) -> str:
    """Return `MLOPS_GATES_NAME=value` lines in the order of the contract, less than 5,000 bytes.

    The JSON outputs become comma lists (`data.nulls,data.types` and `accuracy:0.81,f1:0.6`). A line whose value has
    another character than `A-Za-z0-9_.:/@+,-` is left out; so are the lists, then the last lines, until the rest fits.
    """
    values = outputs(report, files)
    values["failed-checks"] = ",".join(failed_checks(report))
    values["metrics"] = ",".join(f"{name}:{value!r}" for name, value in finite_metrics(report).items())
    kept = {name: value for name, value in values.items() if _HARMLESS.fullmatch(value)}
    droppable = [*_DROPPED_FIRST, *(name for name in reversed(values) if name not in _NEVER_DROPPED)]
    for name in droppable:
        if len(_text(kept)) <= LIMIT_BYTES:
            break
        kept.pop(name, None)
    return _text(kept)


def _text(values: Mapping[str, str]) -> str:
    return "".join(f"{_PREFIX}{name.upper().replace('-', '_')}={value}\n" for name, value in values.items())
