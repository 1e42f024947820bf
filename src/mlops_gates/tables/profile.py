"""A reference profile: what later data is compared with, instead of the reference data itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal, TypeAlias

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.tables.asks import Type

FORMAT = "mlops-gates/profile"
VERSION = 1
MOST_BYTES = 256 * 1024 * 1024
Kind: TypeAlias = Literal["number", "category", "moment", "text", "empty"]
_KINDS = ("number", "category", "moment", "text", "empty")
_TYPES = ("string", "integer", "number", "boolean", "date", "timestamp")


@dataclass(frozen=True)
class ColumnProfile:
    """One column. Counts are in rows; `mean`, `deviation` (n - 1), `least` and `greatest` are those of its numbers.

    A number has `edges` (ascending) and `counts`, one more than edges: up to and including the first edge, …, above the
    last. A category has its commonest `values` with their counts and `other`, the rows of the rest. `looked` is the
    number of rows behind `counts` and `values`, null ones included. `distinct` is rough.
    """

    kind: Kind
    type: Type | None
    nulls: int
    looked: int
    distinct: int
    mean: float | None = None
    deviation: float | None = None
    least: float | str | None = None
    greatest: float | str | None = None
    edges: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    values: tuple[tuple[str, int], ...] = ()
    other: int = 0


@dataclass(frozen=True)
class Profile:
    """A table: its rows, its columns in their order, and the digest (`sha256:…`) of the file that it was made of."""

    source: str
    digest: str
    rows: int
    columns: Mapping[str, ColumnProfile]
    made_with: str = ""


def dump(profile: Profile) -> str:
    """The profile as JSON, one line per column, so that a change reads well in a diff."""
    head = {"format": FORMAT, "version": VERSION, "source": profile.source, "digest": profile.digest}
    head |= {"rows": profile.rows, "made_with": profile.made_with}
    lines = [f"  {json.dumps(key)}: {_json(value)}," for key, value in head.items()]
    columns = [f"    {_json(name)}: {_json(_filled(one))}" for name, one in profile.columns.items()]
    body = ",\n".join(columns)
    return "\n".join(["{", *lines, '  "columns": {', body, "  }", "}"]) + "\n"


def _filled(one: ColumnProfile) -> dict[str, Any]:
    return {key: value for key, value in asdict(one).items() if value not in (None, ())}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def is_profile(path: Path) -> bool:
    """Whether the file says that it is a profile, by its suffix."""
    return path.suffix == ".json"


def load(path: Path, shown: str) -> Profile:
    """Read a profile. Raises CheckError when the file is none, of another version, or contradicts itself."""
    step = "Make it anew with `mlops-gates profile`."
    try:
        if path.stat().st_size > MOST_BYTES:
            raise CheckError(f"{shown} is larger than {MOST_BYTES >> 20} MiB", next_step=step)
        raw = json.loads(path.read_text("utf-8"), parse_constant=_no_constant)
        if not isinstance(raw, dict) or raw.get("format") != FORMAT:
            raise CheckError(f"{shown} is no profile of mlops-gates", next_step=step)
        if raw.get("version") != VERSION:
            raise CheckError(f"{shown} is a profile of version {raw.get('version')}, not {VERSION}", next_step=step)
        columns = {name: _column(one) for name, one in raw["columns"].items()}
        rows = raw["rows"]
        if not isinstance(rows, int) or rows < 0:
            raise ValueError("rows is no count")
        return Profile(str(raw["source"]), str(raw["digest"]), rows, columns, str(raw.get("made_with", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CheckError(f"{shown} cannot be read as a profile: {error}", next_step=step) from error


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _column(raw: Mapping[str, Any]) -> ColumnProfile:
    known = {field.name for field in fields(ColumnProfile)}
    if unknown := set(raw) - known:
        raise ValueError(f"unknown key {sorted(unknown)[0]!r}")
    edges = tuple(float(edge) for edge in raw.get("edges", ()))
    counts = tuple(_count(one) for one in raw.get("counts", ()))
    values = tuple((str(value), _count(count)) for value, count in raw.get("values", ()))
    made = ColumnProfile(**{**raw, "edges": edges, "counts": counts, "values": values})
    for number in (made.nulls, made.looked, made.distinct, made.other):
        _count(number)
    if made.kind not in _KINDS or made.type not in (None, *_TYPES):
        raise ValueError(f"unknown kind or type: {made.kind!r}, {made.type!r}")
    if edges and (len(counts) != len(edges) + 1 or list(edges) != sorted(set(edges))):
        raise ValueError("edges and counts do not fit together")
    if sum(counts) + sum(count for _, count in values) + made.other > made.looked:
        raise ValueError("it counts more rows than it looked at")
    return made


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count")
    return value


def quantile(column: ColumnProfile, share: float) -> float | None:
    """The `share` (0–1) quantile, interpolated within its bin; None where the profile has no numbers."""
    least, greatest, values = column.least, column.greatest, sum(column.counts)
    if not values or not isinstance(least, int | float) or not isinstance(greatest, int | float):
        return None
    bounds = [least, *column.edges, greatest]
    passed, wanted = 0, share * values
    for place, count in enumerate(column.counts):
        if count and passed + count >= wanted:
            low, high = max(least, bounds[place]), min(greatest, bounds[place + 1])
            return low + (high - low) * (wanted - passed) / count
        passed += count
    return float(greatest)


def share_of(column: ColumnProfile, value: str) -> float | None:
    """The share (0–1) of the rows with a category; None where the profile does not tell categories apart."""
    if column.kind != "category" or not column.looked:
        return None
    known = dict(column.values)
    return known.get(value, 0) / column.looked if value in known or not column.other else None
