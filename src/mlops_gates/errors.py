"""What ends a run early. Each error knows its exit code and tells what, where and the next step."""

from __future__ import annotations

from mlops_gates.findings import Location


class GatesError(Exception):
    """Base of every error that is told to the user without a traceback.

    `where` is the line to point at, or None where no file is to blame; `next_step` is one sentence.
    """

    exit_code = 3
    rule = "run.errored"

    def __init__(self, what: str, *, where: Location | None = None, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.next_step = next_step

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.sentence}"

    @property
    def sentence(self) -> str:
        """What and next step, without the place."""
        return f"{self.what.rstrip('.')}. {self.next_step}" if self.next_step else self.what


class UsageError(GatesError):
    """Decided before the first gate starts: flags, config, paths that do not exist."""

    exit_code = 2
    rule = "run.usage"


class ConfigError(UsageError):
    """The config is missing, malformed or contradicts itself."""

    rule = "run.config"


class CheckError(GatesError):
    """A check could not be decided because of what it met: unreadable content, a crash, a timeout."""


class Inconclusive(GatesError):
    """A check looked and could not tell; says what would decide it."""


class Skip(GatesError):
    """The subject of a check is provably absent; the message names the member that was looked at."""


class Cancelled(GatesError):
    """SIGINT (exit 130) or SIGTERM (exit 143) stopped the run."""

    rule = "run.cancelled"

    def __init__(self, signal_number: int) -> None:
        super().__init__(
            f"cancelled by signal {signal_number}",
            next_step="What was done until then is in the report; the rest was not looked at.",
        )
        self.exit_code = 128 + signal_number
