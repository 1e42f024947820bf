"""data.columns"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from mlops_gates.checks import Check
from mlops_gates.findings import Limit, Measurement
from mlops_gates.gates.data.scope import EXACT, TableScope

_MOST_GUESSES = 10


def _body(scope: TableScope) -> Iterator[Measurement]:
    names = list(scope.plan.table.columns)
    known, missing = set(names), 0
    for name in scope.options.columns:
        # Looking for likely names is slow: only for those that are missing, and not for a wholly different table.
        missing += name not in known
        close = difflib.get_close_matches(name, names, n=1) if name not in known and missing <= _MOST_GUESSES else []
        yield Measurement(
            rule=CHECK.id,
            subject=name,
            name="present",
            value=float(name in known),
            text="found" if name in known else f"not found among {len(names)} columns",
            limit=Limit(1, None, "1", scope.context.line("columns", name)),
            unit="columns",
            exact=EXACT,
            remedy=f"Did you mean {close[0]!r}?" if close else CHECK.remedy,
        )


CHECK: Check[TableScope] = Check(
    id="data.columns",
    title="Declared columns are there",
    help="Every column that the config declares stands in the table, letter by letter. One that is missing fails, and "
    "its other rules count as broken in the quality score.",
    remedy="Add the column to the data, or take it out of the config.",
    example="data:\n  source: data/test.csv\n  columns:\n    tenure: {}\n",
    needs=lambda scope: [None] if scope.options.columns else [],
    body=_body,
)
