from __future__ import annotations

import json

from hypothesis import given

from mlops_gates.findings import Report
from mlops_gates.reporters import codequality

from . import fixture
from .strategies import few, reports


@few
@given(reports)
def test_every_entry_is_valid_and_every_fingerprint_unique(report: Report) -> None:
    entries = json.loads(codequality.render(report))
    assert len(entries) == len(report.findings)
    assert len({each["fingerprint"] for each in entries}) == len(entries)
    for each in entries:
        assert isinstance(each["description"], str)
        assert each["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert each["location"]["path"][:2] != "./"
        assert each["location"]["lines"]["begin"] >= 1


def test_nothing_found_is_an_empty_array() -> None:
    assert json.loads(codequality.render(fixture.good())) == []


def test_a_waived_finding_is_information() -> None:
    waived = [each for each in json.loads(codequality.render(fixture.rich())) if each["severity"] == "info"]
    assert waived[0]["description"].startswith("Waived (new customers have none yet")
