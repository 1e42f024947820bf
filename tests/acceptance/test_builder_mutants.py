"""The planted defects of the builders gate (tests/mutants/builders/defects.yml), in builders of both SDKs that were rendered
for real: each is told at its place. And the other way round: what is no fault (its `twins`) raises no alarm.

A defect that is missed is known by name (missed.yml); one that is named there and caught must be taken out of it.
docs/builders-mutants.md says what these tests show (MLOPS_GATES_UPDATE_GOLDEN=1 writes it).
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from builders import TARGETS
from mlops_gates.gates.builders.shapes import service
from mutants.builders import bench, plant, rendering, told
from mutants.builders.rendering import SDKS, Planting

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

BUILDERS, DEFECTS, TWINS = plant.listed()
MISSED: dict[str, dict[str, Any]] = yaml.safe_load((plant.HERE / "missed.yml").read_text(encoding="utf-8")) or {}
DOCS = Path(__file__).parents[2] / "docs/builders-mutants.md"


def plantings(cases: list[plant.Case], where: str) -> Iterator[Any]:
    """Every case in every builder of every SDK, as a parameter; the two SDKs may run side by side."""
    for sdk in SDKS:
        for case in cases:
            for builder in case["on"] if case.get("sdk", sdk) == sdk and told.place(case) == where else ():
                mark = pytest.mark.xdist_group(f"builders-{sdk}")
                yield pytest.param(Planting(case, builder, sdk), id=f"{case['id']}-{builder}-{sdk}", marks=mark)


@pytest.fixture(scope="session")
def entries() -> Callable[[str], dict[str, dict[str, Any]]]:
    """What each SDK makes of the builders, rendered once."""
    found: dict[str, dict[str, dict[str, Any]]] = {}

    def of(sdk: str) -> dict[str, dict[str, Any]]:
        if sdk not in found:
            found[sdk] = rendering.rendered(sdk)
        return found[sdk]

    return of


@pytest.fixture(scope="session")
def sourced(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], dict[str, dict[str, Any]]]:
    """What became of the builders whose own code was changed, rendered once."""
    found: dict[str, dict[str, dict[str, Any]]] = {}

    def of(sdk: str) -> dict[str, dict[str, Any]]:
        if sdk not in found:
            folder = tmp_path_factory.mktemp(f"planted_{sdk}")
            for parent in (folder, folder.parent, folder.parent.parent):
                parent.chmod(0o755)
            wanted = [one.values[0] for one in plantings(DEFECTS + TWINS, "code")]
            mine = [one for one in wanted if one.sdk == sdk]
            found[sdk] = rendering.planted(mine, folder, threading.Event())
        return found[sdk]

    return of


def held(found: bench.Judged, one: Planting) -> None:
    missed = MISSED.get(one.case["id"], {})
    caught = found.catches(one.case, one.builder)
    if one.builder in missed.get("on", ()) and missed.get("sdk", one.sdk) == one.sdk:
        assert not caught, f"{one.case['id']} is caught: take it out of missed.yml\n{found.words}"
        return
    assert caught, f"{one.case['what']}\n{found.words}"


@pytest.mark.parametrize("one", list(plantings(DEFECTS, "request")))
def test_a_defect_of_the_request_is_told(one: Planting, entries: Callable[[str], Any]) -> None:
    held(bench.planted(entries(one.sdk)[one.builder], one.case, one.builder), one)


@pytest.mark.parametrize("one", list(plantings(DEFECTS, "code")))
def test_a_defect_of_the_builder_is_told(one: Planting, sourced: Callable[[str], Any]) -> None:
    held(rendering.judged(sourced(one.sdk)[one.module], one.case, one.builder), one)


@pytest.mark.parametrize("one", list(plantings(DEFECTS, "archive")))
def test_a_defect_of_the_archive_is_told(one: Planting, entries: Callable[[str], Any], tmp_path: Path) -> None:
    held(bench.archived(entries(one.sdk)[one.builder], one.case, one.builder, tmp_path), one)


@pytest.mark.parametrize("one", list(plantings(TWINS, "request")))
def test_what_is_no_fault_raises_no_alarm(one: Planting, entries: Callable[[str], Any]) -> None:
    found = bench.planted(entries(one.sdk)[one.builder], one.case, one.builder)
    assert found.broken == (), f"{one.case['what']}\n{found.words}"


@pytest.mark.parametrize("one", list(plantings(TWINS, "code")))
def test_a_builder_without_a_fault_raises_no_alarm(one: Planting, sourced: Callable[[str], Any]) -> None:
    found = rendering.judged(sourced(one.sdk)[one.module], one.case, one.builder)
    assert found.broken == (), f"{one.case['what']}\n{found.words}"


@pytest.mark.parametrize("sdk", [pytest.param(one, marks=pytest.mark.xdist_group(f"builders-{one}")) for one in SDKS])
def test_builders_as_they_are_keep_every_rule_with_their_config(sdk: str, entries: Callable[[str], Any]) -> None:
    from mlops_gates.gates.builders import targets

    for name, entry in entries(sdk).items():
        target = targets.of_entry(name, entry, bench.REGION, bench.nowhere)
        assert target.requests, f"{name} gave no request"
        found = [f"{one.check}.{one.rule.id} {one.path}: {one.told}" for one in bench.judge(target)]
        assert found == [], name


def test_the_list_is_in_order() -> None:
    assert [name for name, times in Counter(case["id"] for case in DEFECTS + TWINS).items() if times > 1] == []
    for case in DEFECTS + TWINS:
        assert case["what"].endswith("."), case["id"]
        assert set(case["on"]) <= set(BUILDERS), case["id"]
    assert set(MISSED) <= {case["id"] for case in DEFECTS}
    assert all(one["reason"].endswith(".") for one in MISSED.values())
    assert set(BUILDERS) == set(TARGETS)


def test_the_page_of_the_docs_says_what_these_tests_show() -> None:
    page = told.page(DEFECTS, TWINS, MISSED, SDKS, service.service().version)
    if os.environ.get("MLOPS_GATES_UPDATE_GOLDEN") == "1":
        DOCS.write_text(page, encoding="utf-8")
    assert DOCS.read_text(encoding="utf-8") == page
