"""The page of the docs that says what is caught."""

from __future__ import annotations

from typing import Any

Case = dict[str, Any]
_HEAD = """# What the model gate catches

Defects were planted in models before the checks were written that shall catch them: what goes wrong between training and
serving, in scikit-learn forests and linear models, LightGBM and XGBoost, on four tables. `churn` is made (4,000 customers
of a telephone company), `cancer`, `diabetes` and `digits` are measured and come with scikit-learn. A defect counts as caught
when the check that it is meant for fails and says where; another check that fails by accident does not count. A defect is
never taken out. Each is judged by its check and by those that every model gets; models without a fault are judged by all.
After a first run had missed them, three were caught by changed checks: one feature may be six times as important as the next
(it was eight), and what is expected must have a leading feature's share. This page is what
`pytest -m acceptance tests/acceptance/test_model_mutants.py` proves: a defect that it counts as caught and is not, one that it
counts as missed and is caught, a model without a fault that raises an alarm, and a page that says otherwise each fail it.
"""


def page(defects: list[Case], twins: list[Case], missed: dict[str, Case]) -> str:
    """The page as Markdown: every defect is caught but for those that are named as missed."""
    caught = {
        (case["id"], model): model not in missed.get(case["id"], {}).get("in", ())
        for case in defects
        for model in case["in"]
    }
    parts = [
        _HEAD,
        f"**{sum(caught.values())} of {len(caught)} are caught** ({len(defects)} defects, each in one to four models). "
        f"Of {sum(len(case['in']) for case in twins)} models that have no fault none raises an alarm, not even a warning.\n",
        _by_check(defects, caught),
        "## Missed\n\n" + _missed(defects, missed),
        "## All defects\n\n" + _all(defects, caught),
    ]
    return "\n".join(parts)


def _by_check(defects: list[Case], caught: dict[tuple[str, str], bool]) -> str:
    lines = ["| check | caught | planted |", "| --- | ---: | ---: |"]
    for check in dict.fromkeys(case["by"] for case in defects):
        found = [caught[case["id"], model] for case in defects if case["by"] == check for model in case["in"]]
        lines.append(f"| `{check}` | {sum(found)} | {len(found)} |")
    return "\n".join(lines) + "\n"


def _missed(defects: list[Case], missed: dict[str, Case]) -> str:
    if not missed:
        return "None.\n"
    what = {case["id"]: case["what"] for case in defects}
    lines = [f"- `{name}` ({', '.join(one['in'])}): {what[name]} {one['reason']}" for name, one in missed.items()]
    return "\n".join(lines) + "\n"


def _all(defects: list[Case], caught: dict[tuple[str, str], bool]) -> str:
    lines = ["| defect | how it comes about | caught by | in |", "| --- | --- | --- | --- |"]
    for case in defects:
        models = ", ".join(model if caught[case["id"], model] else f"~~{model}~~" for model in case["in"])
        lines.append(f"| {case['id']} | {case['what']} | `{case['by']}` | {models} |")
    return "\n".join(lines) + "\n"
