from __future__ import annotations

import pytest
from hypothesis import given

from mlops_gates.findings import Report
from mlops_gates.reporters import openmetrics

from . import fixture
from .strategies import few, reports

parser = pytest.importorskip("prometheus_client.openmetrics.parser", reason="prometheus_client parses OpenMetrics")


@few
@given(reports)
def test_any_report_is_openmetrics(report: Report) -> None:
    families = {family.name: family for family in parser.text_string_to_metric_families(openmetrics.render(report))}
    assert families["mlops_gates_passed"].samples[0].value == 0
    assert families["mlops_gates_exit_code"].samples[0].value == report.exit_code


def test_hostile_labels_come_back() -> None:
    text = openmetrics.render(fixture.rich())
    families = {family.name: family for family in parser.text_string_to_metric_families(text)}
    assert sum(sample.value for sample in families["mlops_gates_verdict"].samples) == 1
    assert text.endswith("# EOF\n")
    assert families["mlops_gates_quality_score"].samples[0].value == 0.9984
