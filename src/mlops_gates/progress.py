"""What the core tells while it works; the terminal or the log decides how it looks."""

from __future__ import annotations

from typing import Protocol

from mlops_gates.findings import GateResult


class Progress(Protocol):
    """A listener. Calls come from several threads, each complete in itself."""

    def started(self, gate: str, block: str) -> None:
        """A gate's block begins."""

    def advanced(self, gate: str, block: str, what: str) -> None:
        """A gate does something that takes a while; `what` is a few words."""

    def finished(self, result: GateResult) -> None:
        """A gate's block is done and judged."""


class Silent:
    """A listener that says nothing."""

    def started(self, gate: str, block: str) -> None: ...

    def advanced(self, gate: str, block: str, what: str) -> None: ...

    def finished(self, result: GateResult) -> None: ...
