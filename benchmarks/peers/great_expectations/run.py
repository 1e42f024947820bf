"""Great Expectations on pandas. Usage: run.py TABLE"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

import great_expectations as gx
import great_expectations.expectations as expect
import pandas as pd
from checks import CHECKS, COLUMNS, Check, tell

TYPES = {"number": "float64", "integer": "int64", "string": "str", "boolean": "bool", "timestamp": "datetime64"}


def expectation(check: Check):
    """The expectation that asks the same."""
    column, values = check.column, check.values
    low, high = values if len(values) == 2 else (None, None)
    meta = {"check": check.name}
    match check.kind:
        case "type":
            return expect.ExpectColumnValuesToBeOfType(column=column, type_=TYPES[check.text], meta=meta)
        case "nulls":
            return expect.ExpectColumnValuesToNotBeNull(column=column, meta=meta)
        case "range":
            return expect.ExpectColumnValuesToBeBetween(column=column, min_value=low, max_value=high, meta=meta)
        case "window":
            between = {"min_value": pd.Timestamp(low), "max_value": pd.Timestamp(high)}
            return expect.ExpectColumnValuesToBeBetween(column=column, **between, meta=meta)
        case "set":
            return expect.ExpectColumnValuesToBeInSet(column=column, value_set=list(values), meta=meta)
        case "regex":
            return expect.ExpectColumnValuesToMatchRegex(column=column, regex=check.text, meta=meta)
        case "unique":
            return expect.ExpectColumnValuesToBeUnique(column=column, meta=meta)
        case "duplicates":
            every = list(COLUMNS)
            return expect.ExpectCompoundColumnsToBeUnique(column_list=every, ignore_row_if="never", meta=meta)
        case "mean":
            return expect.ExpectColumnMeanToBeBetween(column=column, min_value=low, max_value=high, meta=meta)
        case "deviation":
            return expect.ExpectColumnStdevToBeBetween(column=column, min_value=low, max_value=high, meta=meta)
        case "rows":
            return expect.ExpectTableRowCountToBeBetween(min_value=low, max_value=high, meta=meta)
    raise ValueError(check.kind)


context = gx.get_context(mode="ephemeral")
context.enable_analytics(False)
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("pandas").add_dataframe_asset("table")
definition = asset.add_batch_definition_whole_dataframe("whole")
batch = definition.get_batch({"dataframe": pd.read_parquet(sys.argv[1])})
suite = context.suites.add(gx.ExpectationSuite("checks", expectations=[expectation(check) for check in CHECKS]))
results = batch.validate(suite).results
failed = [one.expectation_config.meta["check"] for one in results if not one.success]
tell(gx.__version__, failed, len(results))
