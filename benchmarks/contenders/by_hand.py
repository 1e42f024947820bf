"""The 61 checks as one fused SELECT, as one would write it by hand. Usage: by_hand.py TABLE"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1]))

import duckdb
from checks import CHECKS, COLUMNS, Check, tell

TYPES = {"number": "DOUBLE", "integer": "BIGINT", "string": "VARCHAR", "boolean": "BOOLEAN", "timestamp": "TIMESTAMP"}


def well(check: Check) -> str:
    """SQL that is true where the check passes."""
    column = check.column
    low, high = check.values if len(check.values) == 2 else (None, None)
    match check.kind:
        case "type":
            return f"any_value(typeof({column})) = '{TYPES[check.text]}'"
        case "nulls":
            return f"count({column}) = count(*)"
        case "range":
            return f"count(*) FILTER ({column} NOT BETWEEN {low} AND {high}) = 0"
        case "window":
            return f"count(*) FILTER ({column} NOT BETWEEN TIMESTAMP '{low}' AND TIMESTAMP '{high}') = 0"
        case "set":
            return f"count(*) FILTER ({column} NOT IN {check.values}) = 0"
        case "regex":
            return f"count(*) FILTER (NOT regexp_matches({column}, '{check.text}')) = 0"
        case "unique":
            return f"count(DISTINCT {column}) = count({column})"
        case "duplicates":
            return f"count(DISTINCT hash({', '.join(COLUMNS)})) = count(*)"
        case "mean":
            return f"avg({column}) BETWEEN {low} AND {high}"
        case "deviation":
            return f"stddev({column}) BETWEEN {low} AND {high}"
        case "rows":
            return f"count(*) BETWEEN {low} AND {high}"
    raise ValueError(check.kind)


answers = duckdb.execute(f"SELECT {', '.join(map(well, CHECKS))} FROM '{sys.argv[1]}'").fetchone()
failed = [check.name for check, passed in zip(CHECKS, answers, strict=True) if not passed]
tell(duckdb.__version__, failed, len(answers))
