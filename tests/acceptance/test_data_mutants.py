"""The planted defects of the data gate (tests/mutants/data/defects.yml): each is caught by the check it is meant for.

And the other way round: what is no fault (its `twins`) raises no alarm. A defect that is missed is known by name
(missed.yml); one that is named there and caught must be taken out of it.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from mlops_gates import registry
from mutants.data.bench import CONFIGS, Bench, Case, Said, change_of, init, listed

LIST = listed("defects.yml")
DEFECTS: list[Case] = LIST["defects"]
TWINS: list[Case] = LIST["twins"]
MISSED: dict[str, Case] = listed("missed.yml")
CHECKS = [check.id for gate, check in registry.every_check() if gate.name == "data"]
NAMES = {*CONFIGS, "init"}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def by_init() -> list[str]:
    """Holds the config that `init` writes for the clean table, from the first test on that asks for it."""
    return []


def said(bench: Bench, by_init: list[str], folder: Path, case: Case, config: str) -> Said:
    if config != "init":
        return bench.run(folder, case, config)
    if not by_init:
        asked = folder / "init"
        asked.mkdir()
        by_init.append(init(asked, bench.clean["test"]))
    return bench.run(folder, case, config, by_init[0])


@pytest.mark.parametrize(
    ("case", "config"),
    [pytest.param(case, config, id=f"{case['id']}-{config}") for case in DEFECTS for config in case["by"]],
)
def test_the_defect_is_caught(case: Case, config: str, bench: Bench, by_init: list[str], tmp_path: Path) -> None:
    answer = said(bench, by_init, tmp_path, case, config)
    assert answer.report.fatal is None, answer.words
    caught = answer.catches(case, case["by"][config])
    if config in MISSED.get(case["id"], {}).get("in", ()):
        assert not caught, f"{case['id']} is caught: take it out of missed.yml\n{answer.words}"
        return
    assert caught, f"{case['what']}\n{answer.words}"
    assert answer.report.status.value != "passed", answer.words
    if not case.get("warns"):
        assert not answer.report.status.good, answer.words
        assert answer.code in (1, 3), answer.words


@pytest.mark.parametrize(
    ("case", "config"),
    [pytest.param(case, config, id=f"{case['id']}-{config}") for case in TWINS for config in case["in"]],
)
def test_what_is_no_fault_raises_no_alarm(
    case: Case, config: str, bench: Bench, by_init: list[str], tmp_path: Path
) -> None:
    answer = said(bench, by_init, tmp_path, case, config)
    assert answer.report.findings == (), f"{case['what']}\n{answer.words}"
    assert (answer.report.status.value, answer.code) == ("passed", 0)
    assert any(check.status.value == "passed" for _, check in answer.report.checks)


@pytest.mark.parametrize("check", CHECKS)
def test_every_check_has_a_defect_that_it_must_catch(check: str) -> None:
    assert check in {rule for case in DEFECTS for rule in case["by"].values()}


@pytest.mark.parametrize("rule", sorted({rule for case in DEFECTS for rule in case["by"].values()}))
def test_every_rule_of_the_list_is_a_check(rule: str) -> None:
    assert rule in CHECKS


def test_the_list_is_in_order() -> None:
    twice = [name for name, times in Counter(case["id"] for case in DEFECTS + TWINS).items() if times > 1]
    assert twice == []
    for case in DEFECTS + TWINS:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", case["id"])
        assert case["what"].endswith("."), case["id"]
        assert set(case.get("by", case.get("in"))) <= NAMES, case["id"]


@pytest.mark.parametrize("case", DEFECTS, ids=lambda case: case["id"])
def test_a_defect_changes_its_table_the_same_way_every_time(case: Case, bench: Bench) -> None:
    for table in case.get("tables", ["test"]):
        changed = bench.changed(case, table)
        assert changed != bench.clean[table]
        assert changed == bench.changed(case, table)
    assert change_of(case)[0].__doc__


def test_what_is_missed_has_a_reason() -> None:
    by = {case["id"]: case["by"] for case in DEFECTS}
    for name, missed in MISSED.items():
        assert set(missed) == {"in", "reason"}
        assert missed["in"]
        assert set(missed["in"]) <= set(by[name])
        assert missed["reason"].endswith(".")
