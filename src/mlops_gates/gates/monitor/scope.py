"""What a check of the monitor works with: the live rows of the window, the reference, and what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from mlops_gates.checks import Context
from mlops_gates.document import KeyPath
from mlops_gates.options import BlockOptions, Duration, InputSource, Options, Text
from mlops_gates.tables import engines
from mlops_gates.tables.capture import EXTRA

if TYPE_CHECKING:
    from mlops_gates.tables.plan import Plan
    from mlops_gates.tables.profile import Profile
    from mlops_gates.tables.window import Window


_FIRST, _LAST = datetime(1970, 1, 1), datetime(9000, 1, 1)
"""Moments outside are none of a model's, and windows before or after them would leave the calendar."""


def moment(text: str) -> datetime:
    """ISO text as UTC without a zone; without one it is UTC. Raises ValueError."""
    found = datetime.fromisoformat(text)
    try:
        found = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    except OverflowError:
        raise ValueError("a moment beyond the calendar") from None
    if not _FIRST <= found <= _LAST:
        raise ValueError("a moment that is none of a model's")
    return found


def _moment(text: str) -> str:
    try:
        moment(text)
    except ValueError:
        raise ValueError("should be a moment such as 2027-01-31T06:00:00Z") from None
    return text


Moment = Annotated[str, AfterValidator(_moment)]

_FILES = (("trained", "file"), ("labels", "source"), ("estimate", "reference"), ("service", "source"))
"""Keys of the checks that name files, and what of them."""

MOVING = (("live",), ("labels", "source"), ("service", "source"))
"""Of these, what somebody may be writing to."""

_ROWS = ("time", "duration", "capture", "answers", "labels", "estimate", "business")
"""Keys that need rows of `live`, which only the default engine gives."""


class Capture(Options):
    """How rows of SageMaker's data capture become a table."""

    columns: tuple[Text, ...] | None = Field(
        None,
        description="The features in the order in which requests have them; JSON may name them. Left out: those of "
        "`reference`, without the label.",
        strict=False,
        min_length=1,
    )
    prediction: Text = Field("prediction", description="What the endpoint's answer is called as a column.")

    @model_validator(mode="after")
    def _names_differ(self) -> Capture:
        if twice := self.twice(self.columns or ()):
            raise ValueError(twice)
        return self

    def twice(self, columns: Sequence[str]) -> str:
        """What is wrong with these columns beside the others, in words; empty where nothing is."""
        names = [name.casefold() for name in (*columns, self.prediction, *EXTRA)]
        if not (found := sorted({name for name in names if names.count(name) > 1})):
            return ""
        return (
            f"columns, prediction and what is captured besides ({', '.join(EXTRA)}) should be names of their own; "
            f"there is more than one {', '.join(found)}"
        )


class MonitorOptions(BlockOptions):
    """What a monitor block may say, before the checks add to it."""

    live: InputSource | None = Field(
        None,
        description="What the model met in production: a table as `source` of the data gate, or the folder that "
        "SageMaker's data capture writes (with `capture`; also a folder with `duration` and without `time`).",
    )
    reference: InputSource | None = Field(
        None, description="What live rows are compared with: a table, or a stored profile (.json)."
    )
    time: Text | None = Field(
        None,
        description="The column of `live` that says when a row was made; needed for `duration`. Of captured data: "
        "known by itself.",
    )
    duration: Duration | None = Field(
        None, description="Only rows of the last so long are looked at: 24h; all of them where left out."
    )
    until: Moment | None = Field(
        None, description="The moment at which the window ends, 2027-01-31T06:00:00Z; now where it is left out."
    )
    min_rows: int = Field(1, description="Fewer live rows in the window are inconclusive.", ge=1)
    capture: Capture | None = Field(None, description="`live` holds SageMaker data capture: {columns: [age, income]}.")
    version: str = Field("", description="The version of the model that is watched; the output `model-version`.")
    engine: str = Field(
        "duckdb", description="What reads `live` for `drift`: duckdb, polars, an address of Spark or of Ibis."
    )
    null_values: tuple[str, ...] = Field((), description="Words of a CSV that mean null, such as NA.", strict=False)
    delimiter: str = Field("", description="What separates the fields of a CSV.", pattern=r'^[^"\r\n\x00]?$')

    @field_validator("engine")
    @classmethod
    def _is_an_engine(cls, engine: str) -> str:
        if why := engines.known_engine(engine):
            raise ValueError(why)
        return engine

    @property
    def elsewhere(self) -> bool:
        """Whether the engine opens `live` by its name: a table of a catalogue, of a database."""
        return engines.reads_itself(self.engine)

    @property
    def moments(self) -> str | None:
        """The column that says when a row was made."""
        return self.time or ("inference_time" if self.capture else None)

    @property
    def sources(self) -> tuple[tuple[KeyPath, str], ...]:
        """What it reads, by key: tables, and files of what it watches."""
        found: list[tuple[KeyPath, str | None]] = [(("live",), self.live), (("reference",), self.reference)]
        for key, inner in _FILES:
            found.append(((key, inner), getattr(getattr(self, key, None), inner, None)))
        return tuple((keys, name) for keys, name in found if name)

    @model_validator(mode="after")
    def _looks_at_something(self) -> MonitorOptions:
        if not any(getattr(self, key, None) is not None for key in ("live", "service", "max_age")):
            raise ValueError("names nothing to look at: set `live`, `service`, or `max_age`")
        return self

    @model_validator(mode="after")
    def _engine_reads_whole_tables(self) -> MonitorOptions:
        beside = [key for key in _ROWS if getattr(self, key, None)]
        if self.engine != engines.DEFAULT and beside:
            raise ValueError(
                f"engine {self.engine} reads live as it is, for drift: leave out {', '.join(beside)}, "
                "or name a view that holds the window"
            )
        return self

    @model_validator(mode="after")
    def _window_has_moments(self) -> MonitorOptions:
        if self.duration is not None and self.live and self.moments is None:
            if not self.live.endswith("/"):
                raise ValueError("duration needs `time`: the column of `live` that says when a row was made")
            object.__setattr__(self, "capture", Capture())  # a folder whose rows have moments, and no column of them
        if self.capture and not self.live:
            raise ValueError("capture needs `live`: the folder that data capture writes")
        if self.capture and self.capture.columns is None and not self.reference:
            raise ValueError("capture needs `columns`, or a `reference` that has them")
        return self


@dataclass
class MonitorScope:
    """One block. `window` and `plan` are there once the live rows were read; `metrics` become outputs, `facts` stand
    at the head of the block in reports.

    `now` is UTC without a zone: the end of the window. `memo` is what several checks share.
    """

    context: Context
    options: MonitorOptions
    now: datetime
    window: Window | None = None
    opened: Plan | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The live rows and their answers."""
        assert self.opened, "asked before the live rows were read"
        return self.opened

    @property
    def start(self) -> datetime | None:
        """The beginning of the window; None where it has none."""
        return self.now - timedelta(seconds=self.options.duration) if self.options.duration else None

    @property
    def reference(self) -> Profile:
        """The profile of the reference, read or made once. Raises CheckError."""
        if "reference" not in self.memo:
            from mlops_gates.gates.monitor import opening

            self.memo["reference"] = opening.profile(self)
        found: Profile = self.memo["reference"]
        return found
