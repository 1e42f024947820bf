"""What a CI host can do. Everything that differs between hosts is behind this face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol, TextIO

from mlops_gates.findings import Finding
from mlops_gates.textsafe import harmless, one_line

Environ = Mapping[str, str]


class Host(Protocol):
    """Where a run takes place. A host delivers; it never judges and never raises for a file that it cannot write."""

    name: str
    ansi: bool
    """Whether logs of this host show colours, although they are no terminal."""

    folds: bool
    """Whether a reader of this host's log can fold text away."""

    def root(self) -> Path | None:
        """Return the root of the checkout as the host names it; None where it names none."""

    def confined(self) -> bool:
        """Return whether paths of a config must stay inside the checkout, because others may have written it."""

    def clean(self, text: str) -> str:
        """Return log text, whole, in which nothing is left that a host takes for a command. Lines stay lines."""

    def annotate(self, findings: Sequence[Finding], out: TextIO) -> None:
        """Write findings to `out` in the form that this host shows beside the code, worst first."""

    def deliver(self, outputs: Mapping[str, str], summary: str) -> list[str]:
        """Pass outputs and the Markdown summary on; return one complaint for each that could not be."""

    def fold(self, title: str, body: str, out: TextIO) -> None:
        """Write `body` to `out` so that a reader can fold it away."""


class PlainHost:
    """A host without powers of its own: the report folder and the exit code are all that it takes."""

    name = "plain"
    ansi = False
    folds = False
    _root_variable = ""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def root(self) -> Path | None:
        path = self._environ.get(self._root_variable, "")
        return Path(path) if path else None

    def confined(self) -> bool:
        return True

    def clean(self, text: str) -> str:
        return harmless(text, limit=len(text))

    def annotate(self, findings: Sequence[Finding], out: TextIO) -> None:
        """Write nothing: the console's text has each finding with its line already."""

    def deliver(self, outputs: Mapping[str, str], summary: str) -> list[str]:  # noqa: ARG002
        """Deliver nothing: outputs.env and summary.md in the report folder are what jobs of this host read."""
        return []

    def fold(self, title: str, body: str, out: TextIO) -> None:
        out.write(f"{one_line(title)}\n{self.clean(body).rstrip()}\n")
