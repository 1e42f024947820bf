"""The planted defects of the model gate (tests/mutants/model/defects.yml): each is caught by the check it is meant for.

And the other way round: what is no fault (its `twins`) raises no alarm. A defect that is missed is known by name
(missed.yml); one that is named there and caught must be taken out of it. docs/model-mutants.md
says what these tests show (MLOPS_GATES_UPDATE_GOLDEN=1 writes it).
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from mlops_gates import registry
from mutants.model import told
from mutants.model.bench import MODELS, Bench, Case, change_of, listed

pytest.importorskip("lightgbm")
pytest.importorskip("xgboost")

LIST = listed("defects.yml")
DEFECTS: list[Case] = LIST["defects"]
TWINS: list[Case] = LIST["twins"]
MISSED: dict[str, Case] = listed("missed.yml")
CHECKS = [check.id for gate, check in registry.every_check() if gate.name == "model"]
DOCS = Path(__file__).parents[2] / "docs/model-mutants.md"


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.mark.parametrize(
    ("case", "model"),
    [pytest.param(case, model, id=f"{case['id']}-{model}") for case in DEFECTS for model in case["in"]],
)
def test_the_defect_is_caught(case: Case, model: str, bench: Bench, tmp_path: Path) -> None:
    answer = bench.run(tmp_path, case, model, whole=False)
    assert answer.report.fatal is None, answer.words
    found = answer.catches(case)
    if model in MISSED.get(case["id"], {}).get("in", ()):
        assert not found, f"{case['id']} is caught: take it out of missed.yml\n{answer.words}"
        return
    assert found, f"{case['what']}\n{answer.words}"
    assert answer.report.status.value != "passed", answer.words
    if not case.get("warns"):
        assert not answer.report.status.good, answer.words
        assert answer.code in (1, 3), answer.words


@pytest.mark.parametrize(
    ("case", "model"),
    [pytest.param(case, model, id=f"{case['id']}-{model}") for case in TWINS for model in case["in"]],
)
def test_what_is_no_fault_raises_no_alarm(case: Case, model: str, bench: Bench, tmp_path: Path) -> None:
    answer = bench.run(tmp_path, case, model, whole=True)
    assert answer.report.findings == (), f"{case['what']}\n{answer.words}"
    assert (answer.report.status.value, answer.code) == ("passed", 0)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_a_defect_that_it_must_catch(check: str) -> None:
    assert check in {case["by"] for case in DEFECTS}


@pytest.mark.parametrize("check", sorted({case["by"] for case in DEFECTS}))
def test_every_check_of_the_list_is_one(check: str) -> None:
    assert check in CHECKS


def test_the_list_is_in_order() -> None:
    assert [name for name, times in Counter(case["id"] for case in DEFECTS + TWINS).items() if times > 1] == []
    for case in DEFECTS + TWINS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case["id"])
        assert case["what"].endswith("."), case["id"]
        assert case["in"], case["id"]
        assert set(case["in"]) <= set(MODELS), case["id"]
        assert callable(change_of(case))


def test_what_is_missed_has_a_reason() -> None:
    models = {case["id"]: case["in"] for case in DEFECTS}
    for name, missed in MISSED.items():
        assert set(missed) == {"in", "reason"}
        assert missed["in"]
        assert set(missed["in"]) <= set(models[name])
        assert missed["reason"].endswith(".")


def test_the_page_of_the_docs_says_what_these_tests_show() -> None:
    page = told.page(DEFECTS, TWINS, MISSED)
    if os.environ.get("MLOPS_GATES_UPDATE_GOLDEN") == "1":
        DOCS.write_text(page, encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == page
