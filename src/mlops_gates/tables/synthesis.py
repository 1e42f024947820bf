"""Test data that looks like a real table and holds no row of it: columns drawn one by one, rows compared with all real ones."""

from __future__ import annotations

import csv
import random
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.tables import reading
from mlops_gates.tables.alone import ROW, numbered
from mlops_gates.tables.asks import Column, Count, Repeats
from mlops_gates.tables.drawing import Drawn
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.profile import ColumnProfile
from mlops_gates.tables.shapes import Shapes, alphabet, decimals, ends, shapes
from mlops_gates.tables.source import Source, open_source
from mlops_gates.tables.sql import Dialect, identifier, literal

_AT_ONCE = 10_000
_MOST_ROUNDS = 30
_MADE = "made"
_ENGINE = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN", "date": "DATE", "timestamp": "TIMESTAMP"}
Row = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for: so many `rows`, the same ones for a `seed`; `memory` in bytes, `going` may raise to stop it."""

    rows: int
    seed: int
    memory: int
    going: Callable[[], None] = lambda: None


def synthesize(source: Source, columns: Mapping[str, ColumnProfile], asked: Asked, target: Path, suffix: str) -> None:
    """Write a table of drawn rows to `target`, as CSV or, for the suffix `.parquet`, as Parquet.

    `columns` are the profiles of all columns of `source`. No row equals one of the source, no text of a column without
    categories stands in that column. Raises CheckError when that cannot be, or the source cannot be read; OSError.
    """
    drawn = _drawn(source, columns, asked)
    dice = random.Random(asked.seed)  # noqa: S311 - the same rows for the same seed are the aim
    with tempfile.TemporaryDirectory(prefix="mlops-gates-made-") as folder:
        made = Path(folder) / "made.csv"
        _write(made, list(columns), _rows(drawn, dice, asked.rows, asked.going), source.delimiter)
        for _ in range(_MOST_ROUNDS):
            if not (real := _real(source, made, columns, asked)):
                break
            asked.going()
            fresh = _rows(drawn, dice, len(real), asked.going)
            instead = dict(zip(sorted(real), fresh, strict=True))
            kept = Path(folder) / "kept.csv"
            made.rename(kept)
            _write(made, list(columns), _replaced(kept, instead, source.delimiter), source.delimiter)
        else:
            raise CheckError(
                f"{len(real):,} of {asked.rows:,} rows could only be drawn as rows that the real table has",
                next_step="Its columns have too few different values between them: draw fewer rows, or add columns.",
            )
        if suffix in (".parquet", ".pq"):
            _as_parquet(made, columns, source.delimiter, target)
        else:
            target.write_bytes(made.read_bytes())


def _drawn(source: Source, columns: Mapping[str, ColumnProfile], asked: Asked) -> list[Drawn]:
    table = DuckTable(source, asked.memory)
    refused = frozenset(source.null_values)
    try:
        keys = [Count(Repeats((Column(name, one.type),))) for name, one in columns.items() if one.kind == "text"]
        unique = {key.predicate.columns[0].name for key, times in table.scan(keys).items() if times == 0}  # type: ignore[union-attr]
        found = []
        for name, one in columns.items():
            column = Column(name, one.type)
            worded = one.kind in ("text", "moment") or (one.kind == "category" and one.other)
            written = shapes(table, column) if worded else ()
            around = ends(table, column) if one.kind == "text" and one.type == "string" else ("", "")
            letters = alphabet(table, column) if one.kind == "text" and one.type == "string" else ""
            if one.kind == "text" and one.type == "integer":
                written = _longer(written, 10 * (asked.rows + one.looked))
            places = decimals(table, column) if one.kind == "number" and one.type == "number" else 0
            found.append(Drawn(name, one, written, around, letters, places, name in unique, refused))
        return found
    finally:
        table.close()


def _longer(written: Shapes, most: int) -> Shapes:
    """Whole numbers with so many digits that there are enough besides those that the table has."""
    least = len(str(most))
    return tuple(
        (f"{'-' * ('-' in shape)}{'0' * max(least, len(shape.strip('+-')))}", times) for shape, times in written
    )


def _rows(drawn: Sequence[Drawn], dice: random.Random, count: int, going: Callable[[], None]) -> Iterator[Row]:
    for start in range(0, count, _AT_ONCE):
        going()
        some = min(_AT_ONCE, count - start)
        yield from zip(*(one.cells(dice, some) for one in drawn), strict=True)


def _write(path: Path, names: Sequence[str], rows: Iterator[Row], delimiter: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)


def _replaced(path: Path, instead: Mapping[int, Row], delimiter: str) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        next(rows)
        for number, row in enumerate(rows, 1):
            yield instead[number] if number in instead else tuple(row)


def _real(source: Source, made: Path, columns: Mapping[str, ColumnProfile], asked: Asked) -> list[int]:
    """The numbers, from 1, of made rows that are rows of the source or hold a text that the source has."""
    other = open_source(made, _MADE + ".csv", source.null_values, source.delimiter)
    table = DuckTable(source, asked.memory, {_MADE: other})
    try:
        there = dict.fromkeys(columns, "VARCHAR")
        here, real = Dialect(there, textual=True), table.dialect
        relation, drawn = reading.clause(source), numbered(reading.clause(other))
        tests = [_among(columns, list(columns), here, real, relation)]
        tests += [_among(columns, [name], here, real, relation) for name, one in columns.items() if one.kind == "text"]
        query = f"SELECT {ROW} FROM {drawn} WHERE {' OR '.join(tests)}"
        return [int(row[0]) for row in table.rows_of(query)]
    finally:
        table.close()


def _among(
    columns: Mapping[str, ColumnProfile], names: Sequence[str], here: Dialect, real: Dialect, relation: str
) -> str:
    """Whether cells stand together in a real row: by their hash, which may at worst have a row drawn once more."""
    mine, theirs = (
        f"hash({', '.join(_same(dialect, Column(name, columns[name].type)) for name in names)})"
        for dialect in (here, real)
    )
    gap = f"NOT {here.null(Column(names[0], columns[names[0]].type))} AND " if len(names) == 1 else ""
    return f"({gap}{mine} IN (SELECT {theirs} FROM {relation}))"


def _same(dialect: Dialect, column: Column) -> str:
    """The cell as a value that is the same however the cell is written."""
    value = dialect.value(column)
    if column.type in ("integer", "number"):
        return f"CAST({value} AS DOUBLE)"
    if column.type in ("date", "timestamp"):
        return f"CAST({value} AS TIMESTAMP)"
    if column.type == "boolean":
        return f"CAST({value} AS BOOLEAN)"
    return f"CASE WHEN NOT {dialect.null(column)} THEN CAST({dialect.text(column)} AS VARCHAR) END"


def _as_parquet(made: Path, columns: Mapping[str, ColumnProfile], delimiter: str, target: Path) -> None:
    import duckdb

    other = open_source(made, _MADE + ".csv", (), delimiter)
    dialect = Dialect(dict.fromkeys(columns, "VARCHAR"), textual=True)
    cells = []
    for name, one in columns.items():
        column = Column(name, one.type)
        kind = _ENGINE.get(one.type or "", "VARCHAR")
        value = dialect.value(column) if kind != "VARCHAR" else dialect.present(column)
        cells.append(f"CAST({value} AS {kind}) AS {identifier(name)}")
    with duckdb.connect(config={"autoinstall_known_extensions": False}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        query = f"SELECT {', '.join(cells)} FROM {reading.clause(other)}"
        connection.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet)")
