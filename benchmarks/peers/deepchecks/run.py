"""Deepchecks on pandas: its own checks for nulls and duplicates, custom checks for what it has none. Usage: run.py TABLE"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))


import deepchecks
import pandas as pd
from checks import CHECKS, COLUMNS, Check, tell
from deepchecks.core import CheckResult, ConditionCategory, ConditionResult
from deepchecks.tabular import Dataset, SingleDatasetCheck, Suite
from deepchecks.tabular.checks import DataDuplicates, PercentOfNulls

TYPES = {"number": "f", "integer": "i", "string": "O", "boolean": "b", "timestamp": "M"}


def broken(check: Check, table: pd.DataFrame) -> int:
    """Cells (of a type, mean, deviation or row count: 1) that break the check."""
    cells = table[check.column] if check.column else table
    low, high = check.values if len(check.values) == 2 else (None, None)
    match check.kind:
        case "type":
            return int(cells.dtype.kind != TYPES[check.text])
        case "range":
            return int(((cells < low) | (cells > high)).sum())
        case "window":
            return int(((cells < pd.Timestamp(low)) | (cells > pd.Timestamp(high))).sum())
        case "set":
            return int((~cells.isin(check.values) & cells.notna()).sum())
        case "regex":
            return int((~cells.str.match(check.text)).sum())
        case "mean":
            return int(not low <= cells.mean() <= high)
        case "deviation":
            return int(not low <= cells.std() <= high)
        case "rows":
            return int(not low <= len(cells) <= high)
    raise ValueError(check.kind)


class Custom(SingleDatasetCheck):
    """A custom check, as its documentation says how to write one."""

    def __init__(self, check: Check):
        super().__init__()
        self.check = check
        self.add_condition("Nothing breaks it", lambda value: ConditionResult(_category(value == 0)))

    def run_logic(self, context, dataset_kind):
        return CheckResult(broken(self.check, context.get_data_by_kind(dataset_kind).data))


def _category(well: bool) -> ConditionCategory:
    return ConditionCategory.PASS if well else ConditionCategory.FAIL


def made(check: Check):
    """The check of Deepchecks, or a custom one, that asks the same."""
    match check.kind:
        case "nulls":
            return PercentOfNulls(columns=[check.column]).add_condition_percent_of_nulls_not_greater_than(0)
        case "unique":
            return DataDuplicates(columns=[check.column], n_samples=10**9).add_condition_ratio_less_or_equal(0)
        case "duplicates":
            return DataDuplicates(n_samples=10**9).add_condition_ratio_less_or_equal(0)
    return Custom(check)


def passed(result: CheckResult) -> bool:
    """A check that crashed has not passed."""
    if not isinstance(result, CheckResult):
        print(result.exception, file=sys.stderr)
        return False
    return result.passed_conditions()


table = pd.read_parquet(sys.argv[1])
words = [check.column for check in CHECKS if check.kind == "set" and check.column != "target"]
dataset = Dataset(table, features=list(COLUMNS), cat_features=words)
suite = Suite("checks", *(made(check) for check in CHECKS))
names = {id(one): check.name for check, one in zip(CHECKS, suite.checks.values(), strict=True)}
results = suite.run(dataset, with_display=False).results
tell(deepchecks.__version__, [names[id(one.check)] for one in results if not passed(one)], len(results))
