"""Evidently's report with tests: its own metrics, custom metrics for what it has none. Usage: run.py TABLE"""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))


import evidently
import pandas as pd
from checks import CHECKS, FLOATS, INTEGERS, WORDS, Check, tell
from evidently import DataDefinition, Dataset, Report, metrics
from evidently.core.metric_types import SingleValueCalculation, SingleValueMetric
from evidently.tests import eq, gte, lte

TYPES = {"number": "f", "integer": "i", "string": "O", "boolean": "b", "timestamp": "M"}
BY_NAME = {check.name: check for check in CHECKS}


class Broken(SingleValueMetric):
    """Cells (of a type: 1) that break the check; a custom metric, as its documentation says how to write one."""

    column: str
    check: str


class BrokenCalculation(SingleValueCalculation[Broken]):
    def calculate(self, context, current_data, reference_data):  # noqa: ARG002
        counted = self.result(value=broken(BY_NAME[self.metric.check], current_data.column(self.metric.column).data))
        counted.widget = []
        return counted, None

    def display_name(self) -> str:
        return self.metric.check


def broken(check: Check, cells: pd.Series) -> int:
    match check.kind:
        case "type":
            return int(cells.dtype.kind != TYPES[check.text])
        case "window":
            return int((~cells.between(*map(pd.Timestamp, check.values))).sum())
        case "regex":
            return int((~cells.str.match(check.text)).sum())
        case "unique":
            return int(cells.duplicated().sum())
    raise ValueError(check.kind)


def metric(check: Check):
    """The metric with the test that asks the same."""
    column, values = check.column, check.values
    low, high = values if len(values) == 2 else (None, None)
    none = [eq(0)]
    match check.kind:
        case "nulls":
            return metrics.MissingValueCount(column=column, tests=none)
        case "range":
            return metrics.OutRangeValueCount(column=column, left=low, right=high, tests=none)
        case "set":
            return metrics.OutListValueCount(column=column, values=list(values), tests=none)
        case "duplicates":
            return metrics.DuplicatedRowCount(tests=none)
        case "mean":
            return metrics.MeanValue(column=column, tests=[gte(low), lte(high)])
        case "deviation":
            return metrics.StdValue(column=column, tests=[gte(low), lte(high)])
        case "rows":
            return metrics.RowCount(tests=[gte(low), lte(high)])
    return Broken(column=column, check=check.name, tests=none)


made = [metric(check) for check in CHECKS]
definition = DataDefinition(
    numerical_columns=[*FLOATS, *INTEGERS, "target"],
    categorical_columns=[*WORDS, "flag"],
    text_columns=["id"],
    datetime_columns=["moment"],
)
results = Report(made).run(Dataset.from_pandas(pd.read_parquet(sys.argv[1]), definition), None).metric_results
tests = {check.name: results[one.metric_id].tests for check, one in zip(CHECKS, made, strict=True)}
failed = [name for name, its in tests.items() if not its or any(test.status.value != "SUCCESS" for test in its)]
tell(evidently.__version__, failed, len(results))
