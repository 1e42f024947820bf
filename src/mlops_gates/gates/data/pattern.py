"""data.pattern"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, StringConstraints, TypeAdapter, field_validator
from pydantic_core import SchemaError

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import DoesNotMatch

_REPEATED = re.compile(r"\{([0-9]+)(?:,([0-9]*))?\}")
_MOST_TIMES = 1_000
"""What RE2 takes."""


class PatternOptions(Options):
    """`pattern`"""

    pattern: str | None = Field(
        None, description="A regular expression that is found in every value; anchor it with ^ and $ for a whole match."
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        """Both engines in linear time (RE2 and Rust's) know what pydantic's engine knows: no look-around, no \\1."""
        if pattern is None:
            return None
        try:
            TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
        except SchemaError as error:
            reason = str(error).splitlines()[-1].strip()
            raise ValueError(f"does not compile as a regular expression without look-around: {reason}") from None
        if any(int(times) > _MOST_TIMES for pair in _REPEATED.findall(pattern) for times in pair if times):
            raise ValueError(f"repeats something more than {_MOST_TIMES:,} times: `length` counts characters")
        return pattern


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, pattern in scope.declared("pattern"):
        one, many = "value that does not match the pattern", "values that do not match the pattern"
        yield cell_rule(scope, CHECK.id, column, DoesNotMatch(column, str(pattern)), "pattern", one, many, CHECK.remedy)


CHECK = cell_check(
    id="data.pattern",
    title="Values match their pattern",
    help="The regular expression is searched in each value, so anchor it with ^ and $ to match the whole. The syntax is "
    "RE2's: linear time, no look-around, no back-references. Nulls match.",
    remedy="Correct the values, or the pattern.",
    example='data:\n  source: data/test.csv\n  columns:\n    customerID: {pattern: "^[0-9]{4}-[A-Z]{5}$"}\n',
    options=PatternOptions,
    rules=_rules,
)
