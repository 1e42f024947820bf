from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.errors import UsageError
from mlops_gates.findings import Report
from mlops_gates.reporters import results

from . import fixture
from .strategies import few, reports, texts

Change = Callable[[dict[str, Any]], object]


@few
@given(reports)
def test_the_round_trip_is_exact(report: Report) -> None:
    text = results.render(report)
    assert results.parse(text) == report
    assert results.render(results.parse(text)) == text


def test_numbers_that_json_lacks_survive() -> None:
    text = results.render(fixture.rich())
    assert '"roc_auc": "NaN"' in text
    json.loads(text, parse_constant=pytest.fail)
    assert results.render(results.parse(text)) == text


def test_times_are_only_in_their_fields() -> None:
    def timeless(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: timeless(value) for key, value in tree.items() if key not in ("started", "seconds")}
        return [timeless(value) for value in tree] if isinstance(tree, list) else tree

    text = json.dumps(timeless(json.loads(results.render(fixture.rich()))))
    assert "2026-11-21" not in text
    assert "13.75" not in text


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda tree: tree.update(schema="mlops-gates/results/2"), "schema is 'mlops-gates/results/2'"),
        (lambda tree: tree.pop("schema"), "schema is null"),
        (lambda tree: tree.pop("gates"), "gates is missing"),
        (lambda tree: tree.update(extra=1), "extra is unknown"),
        (lambda tree: tree.update(status="fine"), "status is 'fine', not one of"),
        (lambda tree: tree.update(exit_code=True), "exit_code is a boolean where an integer is needed"),
        (lambda tree: tree.update(exit_code=7), "exit_code is 7"),
        (lambda tree: tree.update(exit_code=0), "contradicts the status failed"),
        (lambda tree: tree.update(status="passed", exit_code=0), "better than that of a gate"),
        (lambda tree: tree.update(gates={}), "gates is an object where a list is needed"),
        (lambda tree: tree["gates"][0]["checks"][0].update(title=3), "gates[0].checks[0].title is a number"),
        (lambda tree: tree["gates"][0].update(facts=[["a"]]), "gates[0].facts[0] is a list where a list of 2"),
        (
            lambda tree: tree["gates"][0]["checks"][0]["findings"][0]["location"].update(line=0),
            "location.line is below 1",
        ),
        (lambda tree: tree["metrics"].update(a=10**400), "metrics.a is too large"),
        (lambda tree: tree["metrics"].update({"a\n::error::": "x"}), "metrics.a\\n::error:: is a string"),
    ],
)
def test_what_is_not_ours_is_refused_with_its_key(change: Change, says: str) -> None:
    tree = json.loads(results.render(fixture.rich()))
    change(tree)
    with pytest.raises(UsageError) as caught:
        results.parse(json.dumps(tree))
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", "[" * 100_000, '{"a": 1, "a": 2}', '{"schema": NaN}', "1" * 5000]
)
def test_what_is_no_json_object_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        results.parse(text)


def test_results_from_before_series_had_lines_are_read() -> None:
    tree = json.loads(results.render(fixture.canary()))
    for series in tree["gates"][0]["series"]:
        for name in ("decides", "since", "lines", "unit", "limit", "said"):
            del series[name]
    read = results.parse(json.dumps(tree)).gates[0].series
    assert read[0].plot == fixture.canary().gates[0].series[0].plot
    assert (read[0].lines, read[0].limit, read[0].since) == ((), None, 1)


@given(texts, st.integers(0, 6000), st.integers(0, 400))
def test_damage_never_gives_another_error(noise: str, at: int, length: int) -> None:
    text = results.render(fixture.rich())
    try:
        results.parse(text[:at] + noise + text[at + length :])
    except UsageError as error:
        assert error.next_step
