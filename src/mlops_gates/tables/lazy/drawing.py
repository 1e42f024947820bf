"""A sample of rows as arrays; its twin for DuckDB is in `sampling`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from hashlib import blake2b

import narwhals as nw

from mlops_gates.tables import sampling
from mlops_gates.tables.asks import Column
from mlops_gates.tables.lazy.around import Frame, lazy
from mlops_gates.tables.lazy.cells import Cells
from mlops_gates.tables.lazy.engine import Engine

_MEASURED = ("integer", "number", "date", "timestamp")


def drawn(
    frame: Frame,
    cells: Cells,
    engine: Engine,
    collect: Callable[[Frame], list[tuple[object, ...]]],
    columns: Sequence[Column],
    every: int,
    in_order: Collection[str],
) -> sampling.Sample:
    """About one row in `every`, chosen by a hash of its mark: the same rows in every run over the same files."""
    import numpy as np

    marked = lazy(engine.marked(frame.to_native(), "place", every))
    values = [_value(cells, column).alias(f"s{place}") for place, column in enumerate(columns)]
    rows = collect(marked.select("place", *values))
    turned = list(zip(*rows, strict=True)) or [() for _ in range(len(columns) + 1)]
    return sampling.Sample(
        np.array([int(str(place)) for place in turned[0]], dtype=np.int64),
        {
            column.name: _cells(found, column, column.name in in_order)
            for column, found in zip(columns, turned[1:], strict=True)
        },
    )


def _value(cells: Cells, column: Column) -> nw.Expr:
    if column.type in ("date", "timestamp"):
        value = cells.moment(column)
    elif column.type in ("integer", "number"):
        value = cells.number(column)
    else:
        return cells.present(column).cast(nw.String)
    return nw.lit(None).cast(nw.Float64) if value is None else value


def _cells(found: Sequence[object], column: Column, ranked: bool) -> sampling.Cells:
    import numpy as np

    if column.type in _MEASURED:
        numbers = np.array([np.nan if one is None else float(str(one)) for one in found], dtype=np.float64)
        return sampling.Cells(numbers / (1e6 if column.type in ("date", "timestamp") else 1.0), None)
    texts = {str(one) for one in found if one is not None}
    if ranked:
        ranks = {text: float(rank) for rank, text in enumerate(sorted(texts), 1)}
        return sampling.Cells(
            np.array([np.nan if one is None else ranks[str(one)] for one in found], dtype=np.float64), None
        )
    codes = {text: int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) | 1 for text in texts}
    return sampling.Cells(None, np.array([0 if one is None else codes[str(one)] for one in found], dtype=np.uint64))
