"""Soda Core on DuckDB. Usage: run.py TABLE"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

import duckdb
from checks import CHECKS, COLUMNS, Check, tell
from soda.scan import Scan

TYPES = {"number": "double", "integer": "bigint", "string": "varchar", "boolean": "boolean", "timestamp": "timestamp"}


def sodacl(check: Check):
    """The SodaCL that asks the same."""
    column, values = check.column, check.values
    low, high = values if len(values) == 2 else (None, None)
    named = {"name": check.name}
    match check.kind:
        case "type":
            return {"schema": {**named, "fail": {"when wrong column type": {column: TYPES[check.text]}}}}
        case "nulls":
            return {f"missing_count({column}) = 0": named}
        case "range":
            return {f"invalid_count({column}) = 0": {**named, "valid min": low, "valid max": high}}
        case "window":
            outside = f"count(*) FILTER (WHERE NOT {column} BETWEEN TIMESTAMP '{low}' AND TIMESTAMP '{high}')"
            return {f"outside_{column} = 0": {**named, f"outside_{column} expression": outside}}
        case "set":
            return {f"invalid_count({column}) = 0": {**named, "valid values": list(values)}}
        case "regex":
            return {f"invalid_count({column}) = 0": {**named, "valid regex": check.text}}
        case "unique":
            return {f"duplicate_count({column}) = 0": named}
        case "duplicates":
            return {f"duplicate_count({', '.join(COLUMNS)}) = 0": named}
        case "mean":
            return {f"avg({column}) between {low} and {high}": named}
        case "deviation":
            return {f"stddev({column}) between {low} and {high}": named}
        case "rows":
            return {f"row_count between {low} and {high}": named}
    raise ValueError(check.kind)


connection = duckdb.connect()
connection.execute(f"CREATE VIEW data AS SELECT * FROM '{sys.argv[1]}'")
scan = Scan()
scan.add_duckdb_connection(connection, "table")
scan.set_data_source_name("table")
scan.add_sodacl_yaml_str(json.dumps({"checks for data": [sodacl(check) for check in CHECKS]}))  # JSON is YAML
scan.execute()
failed = [one.name for one in scan._checks if one.outcome is None or one.outcome.value != "pass"]
tell(version("soda-core"), failed, len(scan._checks))
