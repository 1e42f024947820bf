"""Writes the wide table as Parquet: 1,000 columns, nothing planted. Usage: wide_table.py FILE ROWS [--clean]

50 columns of floats that hardly repeat, 350 of floats with few values, 300 of small integers, 300 of words.
"""

from __future__ import annotations

import sys
from pathlib import Path

WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")
COLUMNS = 1_000
ROW_GROUP = 16_384
"""Rows that the writer holds in memory for all columns at once."""


def names() -> list[tuple[str, str]]:
    """Each column with its type in our config."""
    return [
        (f"x{place}", "string" if place % 10 < 3 else "integer" if place % 10 < 6 else "number")
        for place in range(COLUMNS)
    ]


def cell(place: int, type_: str, seed: int) -> str:
    """SQL of a column, as a function of the row number `n`."""
    bits = f"hash(n * 1024 + {place} + {seed} * 1000000000000)"
    if type_ == "string":
        words = ", ".join(f"'{word}'" for word in WORDS)
        return f"[{words}][1 + ({bits} % 8)::INTEGER]"
    if type_ == "integer":
        return f"({bits} % 16)::SMALLINT"
    return f"({bits} % {2**24 if place % 20 == 6 else 64})::FLOAT"


def write(file: Path, rows: int, clean: bool) -> None:
    """Write the table in small row groups, so that the memory stays bounded."""
    import duckdb

    select = ", ".join(
        f"{cell(place, type_, 8 if clean else 7)} AS {name}" for place, (name, type_) in enumerate(names())
    )
    half = file.with_suffix(".half")
    duckdb.execute("SET memory_limit = '3GB'")
    duckdb.execute("SET preserve_insertion_order = false")
    options = f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP}"
    duckdb.execute(f"COPY (SELECT {select} FROM range({rows}) AS t(n)) TO '{half}' ({options})")
    half.rename(file)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]), "--clean" in sys.argv)
