"""Genuine steps, pipelines and builders of both SDKs, in other styles than the planted ones: no rule says a word."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.building.workers import Asked, Where, render
from mutants.builders import bench
from mutants.builders.rendering import BUILDERS, python

HERE = Path(__file__).parent / "genuine"
HELPERS = ("trainer",)

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]


def named(sdk: str) -> list[str]:
    """The functions and classes of a file."""
    tree = ast.parse((HERE / f"of_{sdk}.py").read_text(encoding="utf-8"))
    return [
        one.name for one in tree.body if isinstance(one, ast.FunctionDef | ast.ClassDef) and one.name not in HELPERS
    ]


@pytest.fixture(scope="module", params=["v2", "v3"])
def answers(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """What became of each, rendered in one worker."""
    sdk = str(request.param)
    where = Where((HERE, BUILDERS), python=python(sdk), seconds=120.0)
    asked = [Asked(f"of_{sdk}:{name}") for name in named(sdk)]
    yield {answer["target"]: answer for answer in render(asked, where)}


def test_nothing_is_said_of_what_is_genuine(answers: dict[str, Any]) -> None:
    assert len(answers) >= 13
    for name, answer in answers.items():
        assert "error" not in answer, (name, answer["error"])
        target = targets.of_entry(name, answer["builder"], "us-east-1", lambda _: Location("x.py", 1))
        assert target.requests, name
        assert [f"{one.check}.{one.rule.id} {one.path}: {one.told}" for one in bench.judge(target)] == [], name
