"""The page of the docs about the planted defects."""

from __future__ import annotations

from collections import Counter
from typing import Any

Case = dict[str, Any]
TELLERS = {
    "B": "botocore's service model",
    "O": "an older service model (botocore 1.29)",
    "D": "the API reference",
    "G": "the developer guide",
    "S": "the SDK's data or code",
    "I": "an answer of AWS in public",
    "H": "this project's contract of a builder",
    "K": "belief, so it warns",
}
_HEAD = """# Planted defects of the builders gate

What goes wrong between a step builder and the request that AWS receives was written down before the rules that see it, in
`tests/mutants/builders/defects.yml`, with the constraint that each breaks and who states it. 18 builders were written for each
SDK (tests/builders), rendered for real in environments of their own, and spoilt one defect at a time: in the request, in the
builder's own code, in the model's archive. A defect is caught when it is told at its very place (the member's path, or the
builder's method) and as loudly as it must be: a finding elsewhere does not count, nor a warning where it must fail. A defect is
never taken out. The rules were written with the list at hand: it shows that nothing of it is missed, not how much lies beyond.

This page is what `pytest -m acceptance tests/acceptance/test_builder_mutants.py` proves: a defect that it
counts as caught and is not, a builder without a fault that raises an alarm, and a page that says otherwise each fail it.
"""


def place(case: Case) -> str:
    """Where a case is planted: request, code or archive."""
    source = (case.get("change") or {}).get("source")
    if not source or source["do"] == "reverse steps":
        return "request"
    return "archive" if source["do"] == "archive" or case["id"] == "artifacts-told-otherwise" else "code"


def page(defects: list[Case], twins: list[Case], missed: dict[str, Case], sdks: tuple[str, ...], version: str) -> str:
    """The page as Markdown."""
    caught = {
        (case["id"], builder, sdk): not _is_missed(missed, case, builder, sdk)
        for case, builder, sdk in _all(defects, sdks)
    }
    total = len(caught)
    parts = [
        _HEAD,
        f"**{sum(caught.values())} of {total} plantings are caught** ({len(defects)} defects, each in one or more builders of "
        f"one or both SDKs). Of {len(list(_all(twins, sdks)))} builders that have no fault none raises an alarm, not even a "
        "warning. "
        f"The service model was that of botocore {version.rpartition('.')[0]}.\n",
        _by_teller(defects, caught, sdks),
        _by_kind(defects, caught, sdks),
        "## Missed\n\n" + ("".join(f"- `{name}`: {one['reason']}\n" for name, one in missed.items()) or "None.\n"),
        "## All defects\n\n" + _every(defects, missed),
        "## No fault\n\n"
        + "".join(f"- `{case['id']}`: {case['what']} In {', '.join(case['on'])}.\n" for case in twins),
    ]
    return "\n".join(parts)


def _all(cases: list[Case], sdks: tuple[str, ...]) -> list[tuple[Case, str, str]]:
    return [
        (case, builder, sdk) for case in cases for builder in case["on"] for sdk in sdks if case.get("sdk", sdk) == sdk
    ]


def _is_missed(missed: dict[str, Case], case: Case, builder: str, sdk: str) -> bool:
    one = missed.get(case["id"], {})
    return builder in one.get("on", ()) and one.get("sdk", sdk) == sdk


def _counted(
    defects: list[Case], caught: dict[Any, bool], sdks: tuple[str, ...], key: str
) -> list[tuple[str, int, int]]:
    planted: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for case, builder, sdk in _all(defects, sdks):
        planted[case["breaks"][key]] += 1
        seen[case["breaks"][key]] += caught[case["id"], builder, sdk]
    return [(name, seen[name], count) for name, count in planted.most_common()]


def _by_teller(defects: list[Case], caught: dict[Any, bool], sdks: tuple[str, ...]) -> str:
    rows = [f"| {TELLERS[name]} | {seen} | {count} |" for name, seen, count in _counted(defects, caught, sdks, "told")]
    return "\n".join(["| the constraint is stated by | caught | planted |", "| --- | ---: | ---: |", *rows, ""])


def _by_kind(defects: list[Case], caught: dict[Any, bool], sdks: tuple[str, ...]) -> str:
    rows = [f"| {name} | {seen} | {count} |" for name, seen, count in _counted(defects, caught, sdks, "kind")]
    return "\n".join(["| kind | caught | planted |", "| --- | ---: | ---: |", *rows, ""])


def _every(defects: list[Case], missed: dict[str, Case]) -> str:
    rows = []
    for case in defects:
        breaks = case["breaks"]
        rule = str(breaks["rule"]).replace("|", "\\|")
        said = "missed" if case["id"] in missed else "warns" if case.get("warns") else "fails"
        rows.append(
            f"| `{case['id']}` | {case['what']} | `{rule}` | {breaks['told']} | {', '.join(case['on'])} | {said} |"
        )
    head = [
        "| defect | how it comes about | the constraint | told by | in | |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    return "\n".join([*head, *rows, ""])
