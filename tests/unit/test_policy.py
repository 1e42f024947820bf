from __future__ import annotations

import itertools
import math
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlops_gates import policy
from mlops_gates.checks import Check, Observed, Outcome
from mlops_gates.errors import CheckError, Inconclusive, Skip
from mlops_gates.findings import (
    CheckResult,
    Finding,
    GateResult,
    Interval,
    Limit,
    Location,
    Measurement,
    Severity,
    Status,
)
from mlops_gates.options import Policy

HERE, LINE, ROW = Location("c.yml", 1), Location("c.yml", 7), Location("d.csv", 490)
TODAY = date(2026, 11, 21)
CHECK: Check[Any] = Check("data.nulls", "Nulls", "Help.", "Mend it.", "data: {}", body=lambda _: ())
OTHER: Check[Any] = Check("data.rows", "Rows", "Help.", "Mend it.", "data: {}", body=lambda _: ())


def judge(**settings: Any) -> policy.Judge:
    return policy.Judge(Policy.model_validate(settings), TODAY)


def measured(
    value: float | None, low: float | None = None, high: float | None = None, subject: str = "n", **more: Any
) -> Measurement:
    limit = None if low is None and high is None else Limit(low, high, "the limit", LINE)
    return Measurement("data.nulls", subject, "nulls", value, "eleven", limit, **more)


def interval(low: float, high: float) -> Interval:
    return Interval(low, high, 0.9, "test")


def checked(*seen: Any, error: Any = None, **settings: Any) -> CheckResult:
    return judge(**settings).check("data", "", Observed(CHECK, seen, error), HERE)


def gate(
    *observed: Observed, error: Any = None, pending: Any = (), name: str = "data", block: str = "", **settings: Any
):
    outcome = Outcome(list(observed), list(pending))
    return judge(**settings).gate(name, block, outcome, error, HERE, 0.0)


# The lattice


def test_the_lattice() -> None:
    order = [Status.PASSED, Status.WARNED, Status.INCONCLUSIVE, Status.ERRORED, Status.FAILED]
    for better, worse in itertools.combinations(order, 2):
        assert Status.worst([better, worse]) is Status.worst([worse, better]) is worse
    assert Status.worst([]) is Status.INCONCLUSIVE
    assert Status.worst([Status.SKIPPED]) is Status.INCONCLUSIVE
    for one in order:
        assert Status.worst([Status.SKIPPED, one]) is one
    assert [one for one in Status if one.good] == [Status.PASSED, Status.WARNED]


def test_the_exit_code_of_every_verdict() -> None:
    assert {status.value: policy.exit_code(status) for status in Status if status is not Status.SKIPPED} == {
        "passed": 0, "warned": 0, "inconclusive": 3, "errored": 3, "failed": 1,
    }  # fmt: skip


TABLE = [
    # verdict, truth, error, warning, never, --exit-zero
    (Status.PASSED, 0, 0, 0, 0, 0),
    (Status.WARNED, 0, 0, 1, 0, 0),
    (Status.FAILED, 1, 1, 1, 0, 0),
    (Status.INCONCLUSIVE, 3, 3, 3, 0, 0),
    (Status.ERRORED, 3, 3, 3, 0, 0),
    (Status.ERRORED, 2, 2, 2, 2, 2),
    (Status.ERRORED, 130, 130, 130, 130, 130),
    (Status.ERRORED, 143, 143, 143, 143, 143),
]


@pytest.mark.parametrize(("status", "truth", "error", "warning", "never", "zero"), TABLE)
def test_what_the_process_exits_with(
    status: Status, truth: int, error: int, warning: int, never: int, zero: int
) -> None:
    found = [policy.process_exit(truth, status, fail_on, False) for fail_on in ("error", "warning", "never")]
    assert found == [error, warning, never]
    assert {policy.process_exit(truth, status, fail_on, True) for fail_on in ("error", "warning", "never")} == {zero}


# One measurement


@pytest.mark.parametrize(
    ("low", "high", "least", "most", "status"),
    [
        (0.76, 0.80, 0.75, None, "passed"),
        (0.75, 0.80, 0.75, None, "passed"),
        (0.70, 0.80, 0.75, None, "inconclusive"),
        (0.70, 0.75, 0.75, None, "inconclusive"),
        (0.70, 0.7499, 0.75, None, "failed"),
        (0.10, 0.20, None, 0.20, "passed"),
        (0.10, 0.21, None, 0.20, "inconclusive"),
        (0.21, 0.30, None, 0.20, "failed"),
        (0.40, 0.60, 0.30, 0.70, "passed"),
        (0.20, 0.60, 0.30, 0.70, "inconclusive"),
        (0.40, 0.80, 0.30, 0.70, "inconclusive"),
        (0.10, 0.90, 0.30, 0.70, "inconclusive"),
        (0.10, 0.20, 0.30, 0.70, "failed"),
        (0.80, 0.90, 0.30, 0.70, "failed"),
    ],
)
def test_an_interval_has_three_answers(
    low: float, high: float, least: float | None, most: float | None, status: str
) -> None:
    seen = measured((low + high) / 2, least, most, interval=interval(low, high))
    found, finding = policy.judge(seen, HERE)
    assert found.value == status
    assert (finding is None) is (status == "passed")
    if finding:
        assert finding.location == LINE
        assert ("too close to tell" in finding.message) is (status == "inconclusive")
        assert ("more rows" in finding.remedy) is (status == "inconclusive")


@given(
    value=st.floats(0, 1), spread=st.floats(0, 0.5), least=st.floats(0, 1) | st.none(), most=st.floats(0, 1) | st.none()
)
def test_passed_means_that_all_of_the_interval_keeps_the_limit(
    value: float, spread: float, least: float | None, most: float | None
) -> None:
    low, high = value - spread, value + spread
    status, _ = policy.judge(measured(value, least, most, interval=interval(low, high)), HERE)
    keeps = [(least is None or end >= least) and (most is None or end <= most) for end in (low, high)]
    assert (status is Status.PASSED) is all(keeps)
    if status is Status.FAILED:
        assert not any(keeps)


def test_exact_values_are_compared_with_both_ends_of_the_limit() -> None:
    assert policy.judge(measured(0, None, 0), HERE) == (Status.PASSED, None)
    status, finding = policy.judge(measured(11, None, 0, places=(ROW, LINE), first="first at line 490"), HERE)
    assert status is Status.FAILED
    assert finding == Finding(
        "data.nulls", "n", Status.FAILED, Severity.ERROR, "n: eleven, limit the limit, first at line 490", ROW, (LINE,)
    )
    assert policy.judge(measured(3, 1, 3), HERE)[0] is Status.PASSED
    assert policy.judge(measured(0.5, 1, 3), HERE)[0] is Status.FAILED


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("ends", [(0.5, 0.5), (0.9, 1.0)])
@pytest.mark.parametrize("limit", [(None, None), (0.1, None), (None, 5.0)])
def test_what_is_not_finite_is_errored_never_compared(
    value: float, ends: tuple[float, float], limit: tuple[float | None, float | None]
) -> None:
    for seen in (
        measured(value, *limit),
        measured(value, *limit, interval=interval(*ends)),
        measured(0.5, *limit, interval=interval(value, ends[1])),
        measured(0.5, *limit, interval=interval(ends[0], value)),
    ):
        status, finding = policy.judge(seen, HERE)
        assert status is Status.ERRORED
        assert finding
        assert "no finite number" in finding.message


def test_what_was_not_measured_is_inconclusive_even_without_a_limit() -> None:
    for seen in (measured(None, 0.5, reason="no labels"), measured(None, reason="no labels")):
        status, finding = policy.judge(seen, HERE)
        assert status is Status.INCONCLUSIVE
        assert finding
        assert "no labels" in finding.message
    assert policy.judge(measured(0.1), HERE) == (Status.PASSED, None), "a measurement without limit informs"


def test_how_many_rows_would_decide() -> None:
    """Twice the distance between value and limit that the interval has halves its width: four times the rows."""
    seen = measured(0.80, 0.78, interval=interval(0.76, 0.84), n=100)
    _, finding = policy.judge(seen, HERE)
    assert finding
    assert "400 rows" in finding.message
    _, finding = policy.judge(measured(0.8, 0.8, interval=interval(0.76, 0.84), n=100), HERE)
    assert finding
    assert "no number of rows would decide" in finding.message


# One check


def test_the_worst_observation_is_the_checks_status() -> None:
    assert checked(measured(0, None, 0), measured(1, None, 0)).status is Status.FAILED
    assert checked(measured(None, None, 0), measured(1, None, 0)).status is Status.FAILED
    assert checked(measured(0, None, 0), error=CheckError("broke")).status is Status.ERRORED
    assert checked(measured(1, None, 0), error=CheckError("broke")).status is Status.FAILED


def test_a_check_that_observed_nothing_is_inconclusive() -> None:
    found = checked()
    assert (found.status, found.reason) == (Status.INCONCLUSIVE, "the check observed nothing")
    assert found.findings[0].location == HERE


def test_a_skip_is_no_finding_and_never_counts() -> None:
    found = checked(error=Skip("the job has one instance: InstanceCount = 1"))
    assert (found.status, found.findings) == (Status.SKIPPED, ())
    assert "InstanceCount" in found.reason
    assert checked(measured(0, None, 0), error=Skip("rest")).status is Status.PASSED
    assert checked(measured(1, None, 0), error=Skip("rest")).status is Status.FAILED


def test_an_error_of_a_check_keeps_its_place_and_next_step() -> None:
    found = checked(error=CheckError("bad bytes", where=ROW, next_step="Mend it."))
    assert found.findings[0].location == ROW
    assert (found.findings[0].message, found.findings[0].remedy) == ("bad bytes", "Mend it.")
    assert checked(error=Inconclusive("too few")).status is Status.INCONCLUSIVE


# One gate


def test_a_gate_that_ended_early_tells_what_was_not_looked_at() -> None:
    found = gate(error=CheckError("hang"), pending=[CHECK, OTHER])
    assert [(one.check, one.status.value) for one in found.checks] == [
        ("data.nulls", "errored"),
        ("data.rows", "inconclusive"),
    ]
    assert found.status is Status.ERRORED


def test_a_gate_that_broke_after_its_last_check_is_errored() -> None:
    found = gate(Observed(CHECK, (measured(0, None, 0),)), error=CheckError("crashed"))
    assert [(one.check, one.status.value) for one in found.checks] == [
        ("data.nulls", "passed"),
        ("data.run", "errored"),
    ]
    assert found.status is Status.ERRORED


def test_checks_left_pending_without_an_error_do_not_pass() -> None:
    found = gate(Observed(CHECK, (measured(0, None, 0),)), pending=[OTHER])
    assert found.status is Status.INCONCLUSIVE


def test_nothing_ran() -> None:
    assert gate().status is Status.INCONCLUSIVE
    assert policy.verdict([]) is Status.INCONCLUSIVE
    assert policy.verdict([gate()]) is Status.INCONCLUSIVE
    assert policy.verdict([gate(), gate(Observed(CHECK, (measured(0, None, 0),)))]) is Status.PASSED
    assert policy.verdict([gate(Observed(CHECK, (), Skip("none")))]) is Status.INCONCLUSIVE


def test_nothing_ran_is_not_softened() -> None:
    """An empty run can never end as passed, whatever the switches say."""
    assert not policy.verdict([gate(inconclusive="warn")]).good
    assert not policy.verdict([gate(advisory=["data"])]).good


# Softeners


@pytest.mark.parametrize(
    "observed",
    [
        Observed(CHECK, (measured(1, None, 0),)),
        Observed(CHECK, (), CheckError("broke")),
        Observed(CHECK, (), Inconclusive("few")),
    ],
)
def test_an_advisory_gate_only_warns_and_says_so(observed: Observed) -> None:
    found = gate(observed, advisory=["data"])
    assert found.status is Status.WARNED
    assert found.softened.startswith("policy.advisory: data was ")
    assert found.checks[0].findings[0].severity is Severity.WARNING
    assert found.checks[0].status is not Status.WARNED, "the check keeps the truth"
    assert gate(observed, advisory=["model"]).softened == ""
    assert gate(observed, advisory=["data"], block="a").softened.startswith("policy.advisory: data (a) was ")


def test_an_advisory_gate_that_passes_is_not_softened() -> None:
    found = gate(Observed(CHECK, (measured(0, None, 0),)), advisory=["data"])
    assert (found.status, found.softened) == (Status.PASSED, "")


def test_inconclusive_warn_softens_that_and_nothing_else() -> None:
    found = gate(Observed(CHECK, (), Inconclusive("few")), inconclusive="warn")
    assert (found.status, found.softened.split(":")[0]) == (Status.WARNED, "policy.inconclusive")
    assert found.checks[0].findings[0].severity is Severity.WARNING
    for worse in (Observed(CHECK, (), CheckError("x")), Observed(CHECK, (measured(1, None, 0),))):
        assert gate(worse, inconclusive="warn").status in (Status.ERRORED, Status.FAILED)
        assert gate(worse, Observed(OTHER, (), Inconclusive("x")), inconclusive="warn").softened == ""


# Waivers


def waiver(**more: Any) -> dict[str, Any]:
    return {"rule": "data.nulls", "reason": "new customers", "expires": "2026-11-21", **more}


def test_a_waiver_silences_a_failed_rule_until_its_last_day() -> None:
    found = checked(measured(1, None, 0), waivers=[waiver()])
    assert found.status is Status.PASSED
    assert found.findings[0].waived == "new customers (until 2026-11-21)"
    assert found.findings[0].severity is Severity.NOTE
    assert found.findings[0].status is Status.FAILED, "the finding stays what it is"


def test_an_expired_waiver_is_told_and_waives_nothing() -> None:
    found = checked(measured(1, None, 0), waivers=[waiver(expires="2026-11-20")])
    assert found.status is Status.FAILED
    assert found.findings[0].message.endswith("(its waiver expired on 2026-11-20)")
    assert not found.findings[0].waived


@pytest.mark.parametrize(
    ("subject", "waived"), [("", True), ("n", True), ("m", False), ("N", False), ("data/n", False)]
)
def test_a_waiver_covers_its_subject_only(subject: str, waived: bool) -> None:
    found = checked(measured(1, None, 0), waivers=[waiver(subject=subject)])
    assert (found.status is Status.PASSED) is waived


def test_a_waiver_covers_its_rule_only() -> None:
    assert checked(measured(1, None, 0), waivers=[waiver(rule="data")]).status is Status.FAILED
    assert checked(measured(1, None, 0), waivers=[waiver(rule="data.null")]).status is Status.FAILED


def test_a_renewed_waiver_counts_beside_its_expired_one() -> None:
    found = checked(measured(1, None, 0), waivers=[waiver(expires="2026-01-01"), waiver(expires="2027-01-01")])
    assert found.status is Status.PASSED


@pytest.mark.parametrize(
    "observed",
    [
        Observed(CHECK, (measured(None, None, 0),)),
        Observed(CHECK, (measured(math.nan, None, 0),)),
        Observed(CHECK, (measured(0, None, 0),), CheckError("broke")),
        Observed(CHECK, (), Inconclusive("few")),
        Observed(CHECK),
    ],
)
def test_a_waiver_never_silences_what_was_not_decided(observed: Observed) -> None:
    found = judge(waivers=[waiver(), waiver(subject="n")]).check("data", "", observed, HERE)
    assert found.status in (Status.ERRORED, Status.INCONCLUSIVE)
    assert not any(finding.waived for finding in found.findings)


def test_a_waiver_of_a_named_block() -> None:
    for subject, waived in (("a/n", True), ("n", True), ("b/n", False)):
        found = judge(waivers=[waiver(subject=subject)]).check(
            "data", "a", Observed(CHECK, (measured(1, None, 0),)), HERE
        )
        assert (found.status is Status.PASSED) is waived
        assert found.findings[0].subject == "a/n"


def test_waivers_that_expired_or_that_nothing_needed_are_noted() -> None:
    settings = {
        "waivers": [
            waiver(subject="n"),
            waiver(subject="m"),
            waiver(rule="data.rows", expires="2020-01-01"),
            waiver(rule="data.unique"),
        ]
    }
    gates = [gate(Observed(CHECK, (measured(1, None, 0),)), **settings)]
    assert judge(**settings).notes(gates) == (
        "the waiver of data.nulls for m was not needed: remove it",
        "the waiver of data.rows expired on 2020-01-01: remove or renew it",
        "the waiver of data.unique was not needed: remove it",
    )


def test_the_fingerprint_does_not_depend_on_values() -> None:
    one = checked(measured(11, None, 0)).findings[0]
    two = checked(measured(12, None, 5, places=(ROW,))).findings[0]
    other = checked(measured(11, None, 0, subject="m")).findings[0]
    assert one.fingerprint == two.fingerprint != other.fingerprint


def test_a_gate_result_keeps_no_status_of_its_own() -> None:
    assert isinstance(gate(Observed(CHECK, (measured(0, None, 0),))), GateResult)
