"""GitHub Actions: annotations, outputs, the job summary, and logs that can forge none of them.

Limits and escaping: actions/runner `ActionCommandManager.cs` (ten annotations of a kind per step, of 4,096 characters),
`FileCommandManager.cs` (outputs), `ActionCommand.cs` (`::` at the start of a line and `##[` anywhere are commands), and
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands (job summaries of 1 MiB per step).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TextIO
from uuid import uuid4

from mlops_gates.findings import Finding
from mlops_gates.hosts.annotations import PER_KIND, Annotation, chosen
from mlops_gates.hosts.protocol import Environ, PlainHost
from mlops_gates.textsafe import harmless, one_line

MAX_MESSAGE = 4_096
MAX_SUMMARY_BYTES = 1024 * 1024
MAX_OUTPUT_CHARS = 400_000
_CUT = "\n\n_The rest did not fit into GitHub's 1 MiB; the report folder has it all._\n"


class GitHub(PlainHost):
    """A step of a job. `delimiter` makes the random word that ends a value."""

    name = "github"
    ansi = True
    folds = True
    _root_variable = "GITHUB_WORKSPACE"

    def __init__(self, environ: Environ, delimiter: Callable[[], str] = lambda: f"ghadelimiter_{uuid4()}") -> None:
        super().__init__(environ)
        self._delimiter = delimiter

    def annotate(self, findings: Sequence[Finding], out: TextIO) -> None:
        """Write at most ten annotations of a kind; a waived finding gets none, it is in the summary and the reports."""
        for each in chosen(findings, PER_KIND):
            out.write(self._command(each))

    def deliver(self, outputs: Mapping[str, str], summary: str) -> list[str]:
        complaints: list[str] = []
        text = "".join(self._assignment(name, value, complaints) for name, value in outputs.items())
        complaints += self._append("GITHUB_OUTPUT", text, None)
        complaints += self._append("GITHUB_STEP_SUMMARY", summary, MAX_SUMMARY_BYTES)
        return complaints

    def fold(self, title: str, body: str, out: TextIO) -> None:
        out.write(f"::group::{_data(one_line(title))}\n{self.clean(body).rstrip()}\n::endgroup::\n")

    def _command(self, each: Annotation) -> str:
        properties = {
            "file": each.location.file,
            "line": str(max(each.location.line, 1)),
            "title": one_line(each.title),
        }
        if each.location.column:
            properties["col"] = str(each.location.column)
        inner = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
        message = harmless(each.message)
        if len(message) > MAX_MESSAGE:
            message = message[: MAX_MESSAGE - 1] + "…"
        return f"::{each.kind} {inner}::{_data(message)}\n"

    def _assignment(self, name: str, value: str, complaints: list[str]) -> str:
        """Return the lines that set one output; a value that could end itself or is too long is written empty."""
        delimiter = self._delimiter()
        if delimiter in value or delimiter in name or len(value) > MAX_OUTPUT_CHARS:
            complaints.append(f"output {name} is left empty: its value cannot be passed to GitHub")
            value = ""
        return f"{name}<<{delimiter}\n{value}\n{delimiter}\n"

    def _append(self, variable: str, text: str, limit: int | None) -> list[str]:
        """Append to the file that `variable` names; return what went wrong."""
        name = self._environ.get(variable, "")
        if not name:
            return [f"{variable} is not set, so nothing was written there"]
        data = text.encode("utf-8", "replace")
        complaints = []
        try:
            with Path(name).open("ab+") as file:
                size = file.seek(0, 2)
                file.seek(max(size - 1, 0))
                data = (b"\n" if file.read(1) not in (b"", b"\n") else b"") + data
                if limit is not None and size + len(data) > limit:
                    complaints.append(f"{variable} takes {limit:,} bytes; the summary was cut")
                    data = _fitting(data, limit - size)
                file.write(data)
        except OSError as error:
            return [f"{variable}: cannot write {name}: {error.strerror or error}"]
        return complaints


def _fitting(data: bytes, room: int) -> bytes:
    """Return whole lines of at most `room` bytes, with a sentence that says that some are missing, or nothing."""
    end = data.rfind(b"\n", 0, max(room - len(_CUT.encode()), 0))
    return data[:end] + _CUT.encode() if end > 0 else b""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
