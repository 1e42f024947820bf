"""The vocabulary that every room speaks: what was measured, what was found, how it ended.

Nothing here judges, renders or reads a file. All types are frozen; tuples, never lists.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import field

from mlops_gates.records import dataclass


class Status(enum.StrEnum):
    """How a check, a gate or the run ended. One lattice; the worst wins."""

    SKIPPED = "skipped"
    PASSED = "passed"
    WARNED = "warned"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"
    FAILED = "failed"

    @property
    def rank(self) -> int:
        """Place in the lattice, 0 (skipped, stands outside) to 5 (failed)."""
        return _RANKS[self]

    @property
    def good(self) -> bool:
        """Whether a later deploy job may start."""
        return self in (Status.PASSED, Status.WARNED)

    @staticmethod
    def worst(statuses: Iterable[Status]) -> Status:
        """The worst of what ran; `INCONCLUSIVE` where nothing ran. `SKIPPED` never counts."""
        ran = [status for status in statuses if status is not Status.SKIPPED]
        return max(ran, key=lambda status: status.rank, default=Status.INCONCLUSIVE)


_RANKS = {status: rank for rank, status in enumerate(Status)}


class Severity(enum.StrEnum):
    """How loud a finding is. `ERROR` blocks a deploy, `WARNING` does not, `NOTE` informs."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error."""
        return list(Severity).index(self)


@dataclass(frozen=True)
class Location:
    """A physical line of a file; `file` is relative to the repository's root, `/`-separated."""

    file: str
    line: int
    column: int | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Interval:
    """A confidence interval: both ends in the unit of the value, `confidence` in 0–1, two-sided."""

    low: float
    high: float
    confidence: float
    method: str


@dataclass(frozen=True)
class Limit:
    """What a measured value must keep to (`low <= value <= high`), as the config says it, and where it says so.

    `implied` is one that the config does not set: a value that cannot be told from it warns.
    """

    low: float | None
    high: float | None
    text: str
    location: Location
    implied: bool = False


@dataclass(frozen=True)
class Chance:
    """How often chance alone would show as much: `p` after adjustment by `method`; above `alpha` it is no finding."""

    p: float
    alpha: float
    method: str


@dataclass(frozen=True)
class Measurement:
    """One number that a check observed. Policy compares it with its limit; a check never does.

    `value` is None where nothing could be measured, and `reason` says why. A value without `interval` says why in
    `exact`. `text` is the observation in words, without limit and place: `11 blank values in 7,043 rows (0.16 %)`.
    `places` are the first offending lines (at most ten), `first` names the first in words where no line can be given.
    Beyond `limit` it fails, beyond `warn` it warns; with `chance`, only where chance alone does not explain it.
    """

    rule: str
    subject: str
    name: str
    value: float | None
    text: str
    limit: Limit | None = None
    unit: str = ""
    interval: Interval | None = None
    exact: str = ""
    n: int | None = None
    places: tuple[Location, ...] = ()
    first: str = ""
    remedy: str = ""
    reason: str = ""
    warn: Limit | None = None
    chance: Chance | None = None


@dataclass(frozen=True)
class Finding:
    """One thing that a person should look at: one per rule and subject.

    `status` is what it makes of its check; `severity` how loud it is told. `waived` holds the reason and the end of
    the waiver that silences it, else it is empty.
    """

    rule: str
    subject: str
    status: Status
    severity: Severity
    message: str
    location: Location
    related: tuple[Location, ...] = ()
    remedy: str = ""
    waived: str = ""

    @property
    def fingerprint(self) -> str:
        """32 hex digits that stay the same when the measured value changes."""
        return hashlib.sha256(f"{self.rule}\0{self.subject}".encode()).hexdigest()[:32]


@dataclass(frozen=True)
class CheckResult:
    """What became of one check. `reason` says why it was skipped, errored or inconclusive."""

    check: str
    title: str
    status: Status
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    reason: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class ColumnView:
    """How one column of a table looks: facts in words, and how its values are spread beside those of the reference.

    `shares` and `reference` are shares (0–1) of the rows in the same bins, or empty where nothing was spread out.
    """

    name: str
    kind: str
    n: int
    facts: tuple[tuple[str, str], ...] = ()
    shares: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of a plot: one number per row of its series, None where a row has none."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Series:
    """How something went on, interval by interval: cells of a table under `head`, and one number each to be drawn.

    `plot` is on a scale where `bound` decides, and `decides` says what happens there; its numbers may be negative. Before the
    row `since`, counted from 1, reaching the bound may not decide yet. `lines` are what was measured, in `unit` (`share`: 0
    to 1), and `limit` is what the last of them must keep to. `said` is what it came to, in one sentence.
    """

    name: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    plot: tuple[float, ...] = ()
    bound: float = 1.0
    decides: str = ""
    since: int = 1
    lines: tuple[Line, ...] = ()
    unit: str = ""
    limit: float | None = None
    said: str = ""


@dataclass(frozen=True)
class Subject:
    """A file that the verdict is about: `role` is config, limits, data, model, code or requirements; `sha256` is bare hex.

    `path` starts at the working directory. A remote or built thing has no digest, and `reason` says so.
    """

    role: str
    path: str
    sha256: str
    reason: str = ""


@dataclass(frozen=True)
class GateResult:
    """One block of one gate. `block` is the name of a named block, else empty."""

    gate: str
    block: str
    status: Status
    checks: tuple[CheckResult, ...] = ()
    seconds: float = 0.0
    facts: tuple[tuple[str, str], ...] = ()
    softened: str = ""
    columns: tuple[ColumnView, ...] = ()
    series: tuple[Series, ...] = ()


@dataclass(frozen=True)
class Tool:
    """Who made the report."""

    name: str = "mlops-gates"
    version: str = ""


@dataclass(frozen=True)
class Report:
    """Everything that one run says. `exit_code` is the truth, whatever `fail-on` makes of the process.

    `fatal` is what stopped the run outside any check (bad config, cancelled, killed). `softened` lists each policy
    switch that made the verdict milder. `values` are the scalar outputs of the contract by name (`quality-score`,
    `model-digest`, …); `metrics` maps a metric's name to its measured value.
    """

    status: Status
    exit_code: int
    tool: Tool
    gates: tuple[GateResult, ...] = ()
    fatal: Finding | None = None
    subjects: tuple[Subject, ...] = ()
    softened: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    environment: str = ""
    started: str = ""
    seconds: float = 0.0

    @property
    def checks(self) -> Iterator[tuple[GateResult, CheckResult]]:
        """Every check with its gate, in the fixed order of the report."""
        return ((gate, check) for gate in self.gates for check in gate.checks)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every finding, waived ones included, worst first; equal ones keep the order of the report."""
        found = [self.fatal] if self.fatal else []
        found += [finding for _, check in self.checks for finding in check.findings]
        return tuple(sorted(found, key=lambda f: (bool(f.waived), -f.severity.rank, -f.status.rank)))

    @property
    def measurements(self) -> Iterator[Measurement]:
        """Every measurement in the fixed order of the report."""
        return (measurement for _, check in self.checks for measurement in check.measurements)
