"""The page of the docs that says what is caught."""

from __future__ import annotations

from typing import Any

Case = dict[str, Any]
_HEAD = """# What the model gate catches

Defects were planted in models before the checks were written that shall catch them: what goes wrong between training and
serving, in scikit-learn forests and linear models, LightGBM and XGBoost, on four tables. `churn` is made (4,000 customers
of a telephone company), `cancer`, `diabetes` and `digits` are measured and come with scikit-learn. A defect counts as caught
when the check that it is meant for fails and says where; another check that fails by accident does not count. A defect is
never taken out. This page is written by the run of `tests/acceptance/test_model_mutants.py`.
"""


def page(defects: list[Case], twins: list[Case], missed: dict[str, Case], caught: dict[tuple[str, str], bool]) -> str:
    """The page as Markdown. `caught` says so of each (defect, model)."""
    yes = sum(caught.values())
    harmless = sum(len(case["in"]) for case in twins)
    parts = [
        _HEAD,
        f"**{yes} of {len(caught)} are caught** ({len(defects)} defects, each in one to four models). "
        f"{harmless} models that have no fault raise no alarm.\n",
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
