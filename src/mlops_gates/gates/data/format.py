"""data.format"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, get_args

from pydantic import Field

from mlops_gates.gates.data.cells import cell_check
from mlops_gates.gates.data.scope import CellRule, TableScope, cell_rule
from mlops_gates.options import Options
from mlops_gates.tables.asks import Column, DoesNotMatch, IsNotType, Predicate

Format = Literal["email", "uuid", "date", "timestamp", "ipv4", "url"]
_OCTET = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PATTERNS = {
    # The pattern of HTML's `input type=email`, with a domain of at least two labels.
    "email": f"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{_LABEL}([.]{_LABEL})+$",
    "uuid": "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$",
    "ipv4": f"^{_OCTET}([.]{_OCTET}){{3}}$",
    "url": "^https?://[^/?#[:space:]]+[^[:space:]]*$",
}
_WORDS = {
    "email": "e-mail address",
    "uuid": "UUID",
    "ipv4": "IPv4 address",
    "url": "http or https URL",
    "date": "date (YYYY-MM-DD)",
    "timestamp": "timestamp (ISO 8601)",
}


class FormatOptions(Options):
    """`format`"""

    format: Format | None = Field(None, description=f"What every text is: {', '.join(get_args(Format))}.")


def _broken(column: Column, form: str) -> Predicate:
    if form == "date":
        return IsNotType(Column(column.name, "date"))
    if form == "timestamp":
        return IsNotType(Column(column.name, "timestamp"))
    return DoesNotMatch(column, _PATTERNS[form])


def _rules(scope: TableScope) -> Iterator[CellRule]:
    for column, form in scope.declared("format"):
        word = _WORDS[str(form)]
        one, many = f"value that is no {word}", f"values that are no {word}"
        yield cell_rule(scope, CHECK.id, column, _broken(column, str(form)), "format", one, many, CHECK.remedy)


CHECK = cell_check(
    id="data.format",
    title="Texts have the format that they should have",
    help="email is what HTML's e-mail field takes, with a dot in the domain; uuid any version with hyphens; ipv4 four "
    "numbers up to 255; url begins with http:// or https://; date and timestamp are ISO 8601 and exist in the calendar. "
    "Whether an address is in use is not asked.",
    remedy="Correct the values at their source.",
    example="data:\n  source: data/test.csv\n  columns:\n    contact: {format: email}\n",
    options=FormatOptions,
    rules=_rules,
)
