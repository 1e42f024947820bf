from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mlops_gates.findings import Finding, Location, Severity, Status
from mlops_gates.hosts.annotations import chosen


def finding(subject: str, severity: Severity = Severity.ERROR, *, related: int = 0, waived: str = "") -> Finding:
    places = tuple(Location("data.csv", 100 + at) for at in range(related))
    return Finding(
        "data.nulls",
        subject,
        Status.FAILED,
        severity,
        f"{subject} is bad",
        Location("data.csv", 2),
        places,
        "fix",
        waived,
    )


def test_every_finding_comes_before_any_related_line() -> None:
    made = chosen([finding("a", related=9), finding("b", related=9)], 10)
    assert [each.message.split("\n")[0] for each in made[:3]] == ["a is bad", "b is bad", "Also here: a is bad"]
    assert len(made) == 10
    assert made[0].message == f"a is bad\nAlso at {', '.join(f'data.csv:{100 + at}' for at in range(9))}\nfix"


def test_ten_findings_fit_and_eleven_do_not() -> None:
    ten = chosen([finding(str(at)) for at in range(10)], 10)
    assert [each.title for each in ten] == [f"data.nulls {at}" for at in range(10)]
    many = chosen([finding(str(at)) for at in range(12)], 10)
    assert len(many) == 10
    assert many[-1].title == "3 more errors"
    assert "All 12 are in the job summary" in many[-1].message
    assert "data.nulls 9, data.nulls 10, data.nulls 11" in many[-1].message


def test_waived_findings_are_not_annotated() -> None:
    assert chosen([finding("a", waived="until 2027-01-31")], 10) == []


def test_the_worst_come_first() -> None:
    made = chosen([finding("n", Severity.NOTE), finding("w", Severity.WARNING), finding("e")], 10)
    assert [each.kind for each in made] == ["error", "warning", "notice"]


@given(st.lists(st.builds(finding, st.text(), st.sampled_from(Severity), related=st.integers(0, 12)), max_size=40))
def test_no_kind_has_more_than_ten_and_every_kind_found_is_told(findings: list[Finding]) -> None:
    kinds = Counter(each.kind for each in chosen(findings, 10))
    assert all(amount <= 10 for amount in kinds.values())
    assert set(kinds) == {{"note": "notice"}.get(each.severity.value, each.severity.value) for each in findings}
