"""A file of samples as looks: recorded streams that are judged again, or by hand.

Three forms of CSV, told apart by their columns:
- time, arm, metric, n, bad: counted already, a row per metric and moment;
- time, arm, metric, value: a row per value;
- time, arm and a column per thing that a request says: status, latency_ms, and others by the name of their metric (0 or 1
  where it is a rate). An empty cell said nothing; a status must be there.
Rows come in any order and are read one by one; what is kept are the sums of each interval, and with an `id` column a number
per row, by which a row that comes twice counts once.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.gates.canary.sources.instants import instant
from mlops_gates.gates.canary.sources.metrics import MetricOptions
from mlops_gates.gates.canary.sources.rows import COUNTED, Told, telling
from mlops_gates.gates.canary.sources.tallies import Tallies
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Arm, Look

LONGEST_LINE = 1 << 20
"""Bytes of one line; no row of samples is near it."""
MOST_INTERVALS = 1_000_000
"""A stray time far from the others would else make a run of empty intervals without end."""
_SAID = {
    "unexpected end of data": "a quote is opened before here, and nowhere closed",
    "new-line character seen in unquoted field": "lines end with a carriage return alone; they end with a line feed",
}
"""What the reader of CSV says by its beginning, in words."""
ARMS: Mapping[str, Arm] = {"baseline": BASELINE, "canary": CANARY}


class Samples:
    """The samples of a file, in intervals of `interval` seconds that begin at multiples of it (Unix time).

    `metrics` are those of the config; without it every metric is taken that the file names, and `error_rate` where there is a
    `status`. `arms` says what the file calls them. Raises CheckError with the line.
    """

    def __init__(
        self,
        path: Path,
        interval: float,
        metrics: Mapping[str, MetricOptions] | None = None,
        arms: Mapping[str, Arm] = ARMS,
    ) -> None:
        if not (math.isfinite(interval) and interval > 0):
            raise CheckError("an interval must be longer than nothing", next_step="Say for example 60 seconds.")
        self._path = path
        self._metrics = metrics
        self._arms = arms
        self.interval = interval
        self._tallies: Tallies | None = None
        self._line = 0

    def looks(self) -> Iterator[Look]:
        """Every interval from the first sample to the last, in order; one without samples is there, and empty.

        The first and the last may be cut short by the recording.
        """
        tallies = self._read()
        first, last = tallies.span()
        if last - first >= MOST_INTERVALS:
            raise CheckError(
                f"{self._path.name} spans {last - first:,} intervals of {self.interval:g} s",
                next_step="Is a time among them of another day, or are some milliseconds and some seconds?",
            )
        for number in range(first, last + 1):
            yield self._look(tallies, number)

    def read(self, start: float, end: float) -> Look:
        """The interval that begins at `start`. Raises CheckError where the file's intervals lie otherwise."""
        number = round(start / self.interval)
        if max(abs(number * self.interval - start), abs(end - start - self.interval)) > 1e-6:
            raise CheckError(
                f"{self._path.name} is read in intervals of {self.interval:g} s that begin at multiples of it",
                next_step="Ask for such an interval.",
            )
        return self._look(self._read(), number)

    def _look(self, tallies: Tallies, number: int) -> Look:
        counts, values = tallies.of(number)
        names = self._metrics or {}
        errors = {name: "no data in this interval" for name in names if name not in counts and name not in values}
        return Look(number * self.interval, (number + 1) * self.interval, counts, values, errors)

    def _read(self) -> Tallies:
        if self._tallies is None:
            if self._path.exists() and not self._path.is_file():
                raise CheckError(f"{self._path.name} is no file", next_step="Give the path of a CSV file of samples.")
            try:
                with self._path.open("rb") as stream:
                    self._tallies = self._taken(stream)
            except OSError as error:
                raise CheckError(
                    f"{self._path.name} cannot be read ({error.strerror or type(error).__name__})",
                    next_step="Give the path of a CSV file of samples.",
                ) from None
        return self._tallies

    def _taken(self, stream: BinaryIO) -> Tallies:
        tallies = Tallies(self.interval)
        reader = csv.reader(self._lines(stream), strict=True)
        try:
            columns = self._columns(next(reader, []))
            told = telling(columns, self._metrics)
            for cells in reader:
                if cells:
                    self._row(cells, columns, told, tallies)
        except (ValueError, csv.Error) as error:
            raise self._at(max(self._line, 1), _words(str(error))) from None
        if not tallies.rows:
            raise self._at(max(self._line, 1), "there is no sample (0 rows)")
        return tallies

    def _row(self, cells: list[str], columns: list[str], told: Told, tallies: Tallies) -> None:
        if len(cells) != len(columns):
            raise ValueError(f"has {len(cells)} cells, and the header has {len(columns)}")
        row = dict(zip(columns, (cell.strip() for cell in cells), strict=True))
        if row["time"] == "time" and row["arm"] == "arm":
            raise ValueError("is the header again: these are several files in one")
        at = instant(row["time"])
        arm = self._arms.get(row["arm"])
        if arm is None:
            raise ValueError(f"the arm is none of {', '.join(self._arms)}")
        # Of counts the moment says enough; two requests may well take the same time at the same moment.
        identity = row.get("id") or ("" if set(columns) >= COUNTED else None)
        for metric, one in told(row):
            tallies.add(at, arm, metric, one, identity)
        tallies.rows += 1

    def _columns(self, names: list[str]) -> list[str]:
        columns = [name.strip() for name in names]
        if len(set(columns)) != len(columns):
            raise ValueError("the header names a column twice")
        if missing := [name for name in ("time", "arm") if name not in columns]:
            if len(columns) == 1 and any(mark in columns[0] for mark in ";\t|"):
                raise ValueError("the header has no comma; columns are separated by commas")
            raise ValueError(f"the header has no column {' and no column '.join(missing)}")
        return columns

    def _lines(self, stream: BinaryIO) -> Iterator[str]:
        self._line = 0
        while line := stream.readline(LONGEST_LINE + 1):
            self._line += 1
            if len(line) > LONGEST_LINE:
                raise ValueError(f"a line is longer than {LONGEST_LINE:,} bytes")
            try:
                yield line.decode("utf-8-sig" if self._line == 1 else "utf-8")
            except UnicodeDecodeError:
                raise ValueError("is no UTF-8") from None

    def _at(self, line: int, what: str) -> CheckError:
        return CheckError(
            what,
            where=Location(self._path.as_posix(), line),
            next_step="Correct the line, or record the samples again.",
        )


def _words(said: str) -> str:
    return next((words for begin, words in _SAID.items() if said.startswith(begin)), said)
