"""Writes the benchmark's table and its config: 20 columns, 60 rules. Usage: table.py FOLDER ROWS"""

from __future__ import annotations

import sys
from pathlib import Path

COLUMNS = {
    "id": ("range", "integer", {"min": 0}),
    **{f"f{place}": ("random() * 100", "number", {"min": 0, "max": 100}) for place in range(1, 7)},
    **{f"i{place}": ("CAST(random() * 1000 AS INTEGER)", "integer", {"min": 0, "max": 1000}) for place in range(1, 6)},
    **{
        f"c{place}": (
            "['red', 'green', 'blue'][1 + CAST(floor(random() * 3) AS INTEGER)]",
            "string",
            {"allowed": "[red, green, blue]"},
        )
        for place in range(1, 5)
    },
    "key": ("'K' || lpad(CAST(range AS VARCHAR), 9, '0')", "string", {"unique": "true", "pattern": '"^K[0-9]{9}$"'}),
    "moment": (
        "TIMESTAMP '2026-01-01' + to_seconds(range)",
        "timestamp",
        {"min": '"2026-01-01"', "max": '"2028-01-01"'},
    ),
    "flag": ("random() > 0.5", "boolean", {}),
    "target": ("CAST(random() > 0.7 AS INTEGER)", "integer", {"allowed": "[0, 1]"}),
}


def config() -> str:
    """`type`, `nulls` and one more rule for nearly every column, and the row count: 60 rules."""
    lines = ["data:", "  source: table.parquet", "  rows: {min: 1000}", "  columns:"]
    for name, (_, type_, more) in COLUMNS.items():
        rules = {"type": type_, "nulls": 0, **more}
        lines.append(f"    {name}: {{{', '.join(f'{key}: {value}' for key, value in rules.items())}}}")
    return "\n".join(lines) + "\n"


def main(folder: Path, rows: int) -> None:
    """Write table.parquet and mlops-gates.yml."""
    import duckdb

    select = ", ".join(f"{sql} AS {name}" for name, (sql, _, _) in COLUMNS.items())
    duckdb.execute("SELECT setseed(0.42)")
    duckdb.execute(f"COPY (SELECT {select} FROM range({rows})) TO '{folder / 'table.parquet'}' (FORMAT parquet)")
    (folder / "mlops-gates.yml").write_text(config())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
