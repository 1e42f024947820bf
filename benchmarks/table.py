"""Writes the benchmark's table as Parquet: 20 columns, planted failures unless `--clean`. Usage: table.py FILE ROWS [--clean]

Every cell is a function of its row number and a seed, whatever the threads do; so the same version of DuckDB writes the
same table again. The rows are in no order of their values.
"""

from __future__ import annotations

import sys
from pathlib import Path

from checks import COLUMNS, SETS

SEED = 42
_IDS, _START, _STRIDE = 10**9, 12_345, 387_420_489
"""The stride shares no factor with 10^9: the ids run through all nine-digit numbers before one comes again."""


def uniform(stream: int, seed: int) -> str:
    """A number in (0, 1) per row, of one of the independent `stream`s."""
    return f"((hash(n * 64 + {stream} + {seed} * 100000000000) >> 12)::DOUBLE + 0.5) / 4503599627370496"


def normal(stream: int, seed: int) -> str:
    """A standard normal number per row (Box and Muller 1958), within ±9."""
    return f"(sqrt(-2 * ln({uniform(stream, seed)})) * cos(2 * pi() * {uniform(stream + 1, seed)}))"


def one_of(values: tuple[str | int, ...], stream: int, seed: int) -> str:
    """One of the words, the first the most frequent."""
    words = ", ".join(f"'{value}'" for value in values)
    return f"[{words}][1 + floor(pow({uniform(stream, seed)}, 1.5) * {len(values)})::INTEGER]"


def sometimes_null(sql: str, share: float, stream: int, seed: int) -> str:
    return f"CASE WHEN {uniform(stream, seed)} >= {share} THEN {sql} END"


def columns(seed: int) -> dict[str, str]:
    """SQL of each column, as a function of the row number `n`."""
    skewed = f"-ln({uniform(10, seed)})"
    made = {
        "f1": f"greatest(0.0, least(100.0, 50 + 10 * {normal(0, seed)}))",
        "f2": f"100 * {uniform(2, seed)}",
        "f3": f"least(1000.0, exp(3 + 0.5 * {normal(4, seed)}))",
        "f4": f"least(1000.0, -20 * ln({uniform(6, seed)}))",
        "f5": sometimes_null(normal(8, seed), 0.01, 7, seed),
        "f6": sometimes_null(uniform(3, seed), 0.03, 11, seed),
        "i1": f"floor(1001 * {uniform(12, seed)})::BIGINT",
        "i2": f"least(10000, floor(300 * {skewed}))::BIGINT",
        "i3": f"greatest(0, least(120, round(40 + 12 * {normal(14, seed)})))::BIGINT",
        "i4": f"floor(10 * {uniform(16, seed)})::BIGINT",
        "i5": f"least(500, floor(exp(2 + {normal(18, seed)})))::BIGINT",
        "i6": f"floor(1000001 * {uniform(20, seed)})::BIGINT",
        "c1": one_of(SETS["c1"], 22, seed),
        "c2": one_of(SETS["c2"], 23, seed),
        "c3": sometimes_null(one_of(SETS["c3"], 24, seed), 0.05, 25, seed),
        "c4": sometimes_null(one_of(SETS["c4"], 26, seed), 0.02, 27, seed),
        "id": f"'K' || lpad(((n * {_STRIDE} + {_START}) % {_IDS})::VARCHAR, 9, '0')",
        "moment": f"TIMESTAMP '2025-01-01' + to_seconds(floor(31536000 * {uniform(28, seed)})::BIGINT)",
        "flag": f"{uniform(29, seed)} > 0.5",
        "target": f"({uniform(30, seed)} > 0.7)::BIGINT",
    }
    assert tuple(made) == COLUMNS
    return made


def id_of(row: int) -> str:
    """The id of a row, as the SQL makes it."""
    return f"K{(row * _STRIDE + _START) % _IDS:09}"


def planted(made: dict[str, str], rows: int) -> dict[str, str]:
    """5 values of f2 above its range, 3 words of c2 outside its set, 2 ids that stand twice."""
    places = [(2 * k + 1) * rows // 20 for k in range(10)]
    at = {
        "f2": f"WHEN n IN ({', '.join(map(str, places[:5]))}) THEN 250.0",
        "c2": f"WHEN n IN ({', '.join(map(str, places[5:8]))}) THEN 'bogus'",
        "id": " ".join(f"WHEN n = {place} THEN '{id_of(place - 7)}'" for place in places[8:]),
    }
    return {name: f"CASE {at[name]} ELSE {sql} END" if name in at else sql for name, sql in made.items()}


def main(file: Path, rows: int, clean: bool) -> None:
    """Write `file`; a half-written one has another name."""
    import duckdb

    made = columns(SEED + 1) if clean else planted(columns(SEED), rows)
    select = ", ".join(f"{sql} AS {name}" for name, sql in made.items())
    half = file.with_suffix(".half")
    duckdb.execute("SET memory_limit = '2GB'")
    duckdb.execute(f"COPY (SELECT {select} FROM range({rows}) AS t(n)) TO '{half}' (FORMAT parquet)")
    half.rename(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "--clean" in sys.argv)
