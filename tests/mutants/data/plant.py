"""The changes that defects and clean twins are made of.

A change takes the rows of a table (every cell is text), the `World` and the words of `with:`; it returns the rows of the
changed table and leaves those it was given. `files.py` has the changes that are made to bytes. All are deterministic:
`share` picks the same rows every time. What a defect names under `change:` is the name of a function here or there.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from .table import Rows
from .words import REWRITES

Row = dict[str, str]


@dataclass(frozen=True)
class World:
    """What stands beside the table that is changed: the reference, another sample of the same population, the time."""

    now: datetime
    train: Rows
    sample: Rows


# Cells


def rewrite(rows: Rows, world: World, column: str, how: str, share: float = 1) -> Rows:
    """The cells of a column, written as `words.py` has it under `how`."""
    return _cells(rows, column, share, REWRITES[how])


def put(rows: Rows, world: World, column: str, value: str, share: float = 1, where: Row | None = None) -> Rows:
    """One value in a share of the rows, or in those `where` other columns have these values."""
    hit = _picked(rows, share)
    return [r | {column: value} if n in hit and _is(r, where) else dict(r) for n, r in enumerate(rows)]


def put_many(rows: Rows, world: World, columns: list[str], value: str, share: float) -> Rows:
    """One value in a share of the rows of each column, every time in other rows."""
    size = int(share * len(rows))
    for place, column in enumerate(columns):
        hit = range(place * size, (place + 1) * size)
        rows = [r | {column: value} if n in hit else r for n, r in enumerate(rows)]
    return rows


def rename_values(rows: Rows, world: World, column: str, names: Row, share: float = 1) -> Rows:
    """Other names for values."""
    return _cells(rows, column, share, lambda cell: names.get(cell, cell))


def scale(rows: Rows, world: World, column: str, factor: float, digits: int = 2, share: float = 1) -> Rows:
    """Numbers times `factor`."""
    return _numbers(rows, column, share, digits, lambda number: number * factor)


def add(rows: Rows, world: World, column: str, sds: float) -> Rows:
    """Numbers moved by `sds` standard deviations."""
    step = sds * statistics.stdev(_floats(rows, column))
    return _numbers(rows, column, 1, 2, lambda number: number + step)


def clip(rows: Rows, world: World, column: str, most: float) -> Rows:
    """Numbers above `most` become `most`."""
    return _numbers(rows, column, 1, 2, lambda number: min(number, most))


def impute_mean(rows: Rows, world: World, column: str, share: float) -> Rows:
    """A share of the cells becomes the mean of the column."""
    mean = statistics.fmean(_floats(rows, column))
    return _numbers(rows, column, share, 2, lambda _: mean)


def permute(rows: Rows, world: World, column: str) -> Rows:
    """The cells of one column against all others: row n gets the cell of another row."""
    cells = [row[column] for row in rows]
    random.Random(3).shuffle(cells)
    return [row | {column: cell} for row, cell in zip(rows, cells, strict=True)]


def swap(rows: Rows, world: World, one: str, other: str) -> Rows:
    """Two columns exchange their cells."""
    return [row | {one: row[other], other: row[one]} for row in rows]


def shift_fields(rows: Rows, world: World, column: str, share: float) -> Rows:
    """From `column` on every cell stands one column too far to the left; the last is blank."""
    hit = _picked(rows, share)
    names = list(rows[0])
    at = names.index(column)

    def shifted(row: Row) -> Row:
        return dict(zip(names, [*(row[name] for name in names[:at] + names[at + 1 :]), ""], strict=True))

    return [shifted(row) if n in hit else dict(row) for n, row in enumerate(rows)]


def flip(rows: Rows, world: World, column: str, where: Row | None = None) -> Rows:
    """Yes becomes No and No becomes Yes."""
    other = {"Yes": "No", "No": "Yes"}
    return [row | {column: other[row[column]]} if _is(row, where) else dict(row) for row in rows]


def days(rows: Rows, world: World, column: str, by: int, share: float = 1, where: Row | None = None) -> Rows:
    """Dates and timestamps moved by whole days, of a share of the rows `where` other columns have these values."""

    def moved(cell: str) -> str:
        form = "%Y-%m-%dT%H:%M:%SZ" if "T" in cell else "%Y-%m-%d"
        return (datetime.strptime(cell, form) + timedelta(days=by)).strftime(form)

    later = _cells(rows, column, share, moved)
    return [new if _is(old, where) else dict(old) for old, new in zip(rows, later, strict=True)]


def swap_neighbours(rows: Rows, world: World, column: str, at: int, apart: int) -> Rows:
    """Two cells of a column, `apart` rows from each other, exchange their places."""
    changed = [dict(row) for row in rows]
    changed[at][column], changed[at + apart][column] = rows[at + apart][column], rows[at][column]
    return changed


def repeat_key(rows: Rows, world: World, columns: list[str], share: float) -> Rows:
    """A share of the rows carries the key of the row before it."""
    hit = _picked(rows, share) - {0}
    return [
        row | {name: rows[n - 1][name] for name in columns} if n in hit else dict(row) for n, row in enumerate(rows)
    ]


# Columns


def drop_column(rows: Rows, world: World, column: str) -> Rows:
    """A column less."""
    return [{name: cell for name, cell in row.items() if name != column} for row in rows]


def rename_columns(rows: Rows, world: World, names: Row) -> Rows:
    """Other names of columns."""
    return [{names.get(name, name): cell for name, cell in row.items()} for row in rows]


def move_column(rows: Rows, world: World, column: str) -> Rows:
    """A column at the end."""
    return [{name: cell for name, cell in row.items() if name != column} | {column: row[column]} for row in rows]


def add_column(rows: Rows, world: World, column: str, out_of: str = "", names: Row | None = None) -> Rows:
    """A column more: the number of the row, or another column's cells by other names."""
    names = names or {}
    return [row | {column: names.get(row[out_of], row[out_of]) if out_of else str(n)} for n, row in enumerate(rows)]


def add_refund(rows: Rows, world: World) -> Rows:
    """A column that is filled in after customers have left: money back, to those who left."""
    dice = random.Random(4)
    paid = [f"{dice.uniform(5, 90):.2f}" for _ in rows]
    return [row | {"refund": cell if row["Churn"] == "Yes" else "0.00"} for row, cell in zip(rows, paid, strict=True)]


# Rows


def keep(rows: Rows, world: World, share: float, first: bool = False) -> Rows:
    """A share of the rows: the first ones, or any."""
    hit = range(int(share * len(rows))) if first else _picked(rows, share)
    return [dict(row) for n, row in enumerate(rows) if n in hit]


def drop_where(rows: Rows, world: World, column: str, values: list[str], share: float = 1) -> Rows:
    """Without (a share of) the rows that have these values."""
    hit = _picked(rows, share)
    return [dict(row) for n, row in enumerate(rows) if not (n in hit and row[column] in values)]


def repeat_rows(rows: Rows, world: World, share: float, new_keys: bool = False) -> Rows:
    """A share of the rows once more at the end, as they are or under keys of their own."""
    hit = sorted(_picked(rows, share))
    return [*map(dict, rows), *(_renamed(rows[n], n) if new_keys else dict(rows[n]) for n in hit)]


def append(rows: Rows, world: World, row: Row) -> Rows:
    """One row more: the first row with these cells."""
    return [*map(dict, rows), rows[0] | row]


def header_again(rows: Rows, world: World) -> Rows:
    """The header once more in the middle, as a row."""
    return [*rows[:1000], {name: name for name in rows[0]}, *rows[1000:]]


def copy_train(rows: Rows, world: World, share: float, new_keys: bool = False) -> Rows:
    """A share of the rows replaced by rows of the training table, as they are or under keys of their own."""
    size = int(share * len(rows))
    taken = [_renamed(row, n) if new_keys else dict(row) for n, row in enumerate(world.train[:size])]
    return [*map(dict, rows[size:]), *taken]


def known_keys(rows: Rows, world: World, share: float) -> Rows:
    """A share of the rows has the keys of training rows, and other content."""
    size = int(share * len(rows))
    keys = [row["customerID"] for row in world.train]
    return [row | {"customerID": keys[n]} if n < size else dict(row) for n, row in enumerate(rows)]


def keys_by(rows: Rows, world: World, column: str) -> Rows:
    """The keys given anew in the order of a column; the rows stay where they are."""
    keys = iter(sorted(row["customerID"] for row in rows))
    given = {n: next(keys) for n in sorted(range(len(rows)), key=lambda n: rows[n][column])}
    return [row | {"customerID": given[n]} for n, row in enumerate(rows)]


def sort_by(rows: Rows, world: World, column: str) -> Rows:
    """Rows in the order of a column."""
    return sorted(map(dict, rows), key=lambda row: row[column])


def shuffle(rows: Rows, world: World) -> Rows:
    """Rows in another order."""
    return random.Random(6).sample([dict(row) for row in rows], len(rows))


def resample(rows: Rows, world: World) -> Rows:
    """As many rows, drawn with replacement, under keys of their own."""
    return [_renamed(row, n) for n, row in enumerate(random.Random(7).choices(rows, k=len(rows)))]


def other_sample(rows: Rows, world: World) -> Rows:
    """Another sample of the same population."""
    return [dict(row) for row in world.sample]


def unchanged(rows: Rows, world: World) -> Rows:
    """The table as it is."""
    return [dict(row) for row in rows]


def _renamed(row: Row, number: int) -> Row:
    """The row under a key of the register that no sample has."""
    return row | {"customerID": f"{number:04d}-QQQQQ", "email": f"new.{number}@mail.example"}


def _is(row: Row, where: Row | None) -> bool:
    return all(row[name] == value for name, value in (where or {}).items())


def _picked(rows: Rows, share: float) -> set[int]:
    return set(random.Random(2).sample(range(len(rows)), max(1, round(share * len(rows)))))


def _floats(rows: Rows, column: str) -> list[float]:
    return [float(row[column]) for row in rows if row[column]]


def _cells(rows: Rows, column: str, share: float, change: Callable[[str], str]) -> Rows:
    hit = _picked(rows, share)
    return [
        row | {column: change(row[column])} if n in hit and row[column] else dict(row) for n, row in enumerate(rows)
    ]


def _numbers(rows: Rows, column: str, share: float, digits: int, change: Callable[[float], float]) -> Rows:
    return _cells(rows, column, share, lambda cell: f"{change(float(cell)):.{digits}f}")
