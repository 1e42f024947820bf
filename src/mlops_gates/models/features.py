"""A table split into features, which the model gets, and labels, which it never sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.tables.asks import Aggregate, Column, Count, IsNotType, IsNull, IsOutside, Rows, Type
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.sql import Dialect, identifier
from mlops_gates.worker.job import Column as FeatureColumn
from mlops_gates.worker.job import Frame, Kind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TYPES: tuple[Type, ...] = ("integer", "number", "boolean")
_FIRST_ROWS = 500
_KINDS: dict[str, Kind] = {"integer": "int64", "number": "float64", "boolean": "bool", "string": "string"}


@dataclass(frozen=True)
class Split:
    """`features` in the order of the file, the `target`, and columns that are no features but asked for (`beside`)."""

    features: Frame
    target: FeatureColumn
    beside: Frame

    @property
    def labels(self) -> NDArray[np.object_]:
        """Shape (rows,), in their canonical text (see `canonical`)."""
        return canonical(self.target.values)


def split(table: DuckTable, target: str, drop: Sequence[str], beside: Sequence[str] = ()) -> Split:
    """Read the table. In a CSV a column is of the narrowest type that all of its non-blank cells have.

    Integers with nulls become floats, as pandas reads them. The table has `target`. Raises CheckError for null labels.
    """
    wanted = [name for name in table.columns if name not in drop or name in beside]
    typed: list[Aggregate] = [Count(IsNotType(Column(name, type_))) for name in wanted for type_ in _TYPES]
    # What the first rows are not, the column is not: to read every cell as every type is slow.
    first = cast("dict[Aggregate, int]", table.scan(typed, head=_FIRST_ROWS))
    likely = [one for one in typed if not first[one]]
    whole = {one: Count(_beyond(one)) for one in wanted if not first[Count(IsNotType(Column(one, "integer")))]}
    scanned = table.scan([Rows(), *likely, *whole.values(), *_nulls(wanted)])
    answers = first | cast("dict[Aggregate, int]", scanned)
    rows = answers[Rows()]
    if rows == 0:
        raise CheckError(f"{table.source.shown} has no rows", next_step="Look at the step that writes it.")
    if blank := answers[Count(IsNull(Column(target, "string")))]:
        raise CheckError(f"{blank:,} labels in {target} are blank", next_step="A row without a label cannot be judged.")
    types = {name: _type(table, name, answers) for name in wanted}
    arrays = table.column_arrays([f"{_selected(table, name, types[name])} AS {identifier(name)}" for name in wanted])
    made = {name: _feature(name, types[name], arrays[name]) for name in wanted}
    features = tuple(made[name] for name in wanted if name != target and name not in drop)
    kept = tuple(made[name] for name in wanted if name in beside)
    return Split(Frame(features, rows), made[target], Frame(kept, rows))


def canonical(values: Any) -> NDArray[np.object_]:
    """Labels as text, so that 1, 1.0 and "1" are one label: integral numbers without a point, booleans True and False."""
    import numpy as np

    known: dict[Any, str] = {}
    made = np.empty(len(values), dtype=object)
    for place, value in enumerate(np.asarray(values).tolist()):
        key = (type(value), value)
        if key not in known:
            known[key] = canonical_text(value)
        made[place] = known[key]
    return made


def canonical_text(value: object) -> str:
    """One label as text."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _beyond(name: str) -> IsOutside:
    """Integers that need more than 64 bits."""
    return IsOutside(Column(name, "integer"), -(2**63), 2**63 - 1)


def _nulls(names: Sequence[str]) -> list[Aggregate]:
    return [Count(IsNull(Column(name, "string"))) for name in names]


def _type(table: DuckTable, name: str, answers: dict[Aggregate, int]) -> Type:
    """The narrowest type without an exception among the non-blank cells; a column of blanks is one of floats."""
    nulls = answers[Count(IsNull(Column(name, "string")))]
    fitting = [type_ for type_ in _TYPES if answers[Count(IsNotType(Column(name, type_)))] == 0]
    if nulls == answers[Rows()]:
        return "number"
    if not fitting:
        return "string"
    if fitting[0] == "boolean":
        return "string" if nulls else "boolean"
    if fitting[0] == "integer" and (
        nulls or answers.get(Count(_beyond(name))) or table.columns[name] in ("FLOAT", "DOUBLE")
    ):
        return "number"
    return fitting[0]


def _selected(table: DuckTable, name: str, type_: Type) -> str:
    column = Column(name, type_)
    if type_ == "string":
        cell = identifier(name)
        return cell if table.columns[name] == "VARCHAR" else f"CAST({cell} AS VARCHAR)"
    dialect = Dialect(table.columns, table.source.textual)
    sql = {"integer": "BIGINT", "number": "DOUBLE", "boolean": "BOOLEAN"}[type_]
    return f"CASE WHEN NOT {dialect.null(column)} THEN CAST({dialect.value(column)} AS {sql}) END"


def _feature(name: str, type_: Type, array: Any) -> FeatureColumn:
    import numpy as np

    mask = np.ma.getmaskarray(array)
    nulls = mask if mask.any() else None
    values = np.ma.getdata(array)
    if type_ == "string":
        values = values.astype(object)
        if nulls is not None:
            values = values.copy()
            values[nulls] = None
    return FeatureColumn(name, _KINDS[type_], values, nulls)
