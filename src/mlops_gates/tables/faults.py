"""DuckDB's errors in words: which line broke, what lacks, never a cell's value or a path of the machine."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mlops_gates.errors import CheckError
from mlops_gates.tables.source import Source

if TYPE_CHECKING:
    import duckdb

_REPAIR = "Repair the file, or the step that writes it."
_A_RULE = ("BinderException", "ConversionException", "ParserException", "CatalogException", "OutOfRangeException")


def worded(error: duckdb.Error, source: Source, others: Iterable[Source]) -> CheckError:
    """What an error of the engine says of a source; of several, the one that the error names."""
    text = str(error)
    source = next((one for one in others if any(str(path) in text for path in one.files)), source)
    if "INTERRUPT" in text.upper():
        return CheckError(f"reading {source.shown} was stopped")
    if "out of memory" in text.lower() or type(error).__name__ == "OutOfMemoryException":
        return CheckError(f"{source.shown} needs more memory than the gate has", next_step="Raise `memory`.")
    if type(error).__name__ not in _A_RULE and (fault := source.fault()):
        return fault
    for path, name in zip(source.files, source.names, strict=True):
        text = text.replace(str(path), name)
    # Quoted words may be cell values, and paths are the machine's own.
    first = re.sub(r"'[^']*'", "'…'", text.partition("\n")[0])
    if type(error).__name__ in _A_RULE:
        return CheckError(f"{source.shown}: a rule does not fit its column: {first}", next_step="Declare its type.")
    return CheckError(f"{source.shown} cannot be read: {first}", next_step=_REPAIR)
