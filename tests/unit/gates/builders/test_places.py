"""Lines: of a builder's own source, of the sources of what it derives from, and of the function that made a step."""

from __future__ import annotations

import textwrap
from typing import Any

from mlops_gates.findings import Location
from mlops_gates.gates.builders.requests.places import SourcePlaces

MINE = textwrap.dedent(
    """\
    from base import Team


    class Mine(Team):
        def get_outputs(self):
            return dict(max_run=3600)
    """
)
BASE = textwrap.dedent(
    """\
    class Other:
        def create_step(self):
            return Job(instance_type="elsewhere")


    class Team(Other):
        COUNT = 1

        def create_step(self):
            return Job(
                instance_count=self.COUNT,
                instance_type="ml.m5.large",
            )
    """
)
FILES = {"/r/base.py": ("team/base.py", BASE)}
ENTRY: dict[str, Any] = {
    "class": "make.<locals>.Mine",
    "file": "/r/mine.py",
    "line": 4,
    "methods": {"get_outputs": 5, "create_step": 4, "deploy": 4},
    "places": {"get_outputs": ["/r/mine.py", 5], "create_step": ["/r/base.py", 9], "deploy": ["/library/x.py", 700]},
    "bases": [{"class": "Team", "file": "/r/base.py"}, {"class": "Lost", "file": "/library/x.py"}],
}
PLACES = SourcePlaces("mine.py", MINE, ENTRY, FILES.get)


def test_an_inherited_method_is_told_in_its_own_file() -> None:
    assert PLACES.locate(("create_step",)) == Location("team/base.py", 9)
    assert PLACES.locate(("get_outputs",)) == Location("mine.py", 5)


def test_what_lies_outside_the_repository_is_told_at_the_class() -> None:
    assert PLACES.locate(("deploy",)) == Location("mine.py", 4)


def test_a_member_is_sought_in_the_class_and_then_in_its_bases() -> None:
    assert PLACES.locate(("StoppingCondition", "MaxRuntimeInSeconds")) == Location("mine.py", 6)
    assert PLACES.locate(("ResourceConfig", "InstanceType")) == Location("team/base.py", 12)
    assert PLACES.locate(("ResourceConfig", "InstanceCount")) == Location("team/base.py", 11)
    assert PLACES.locate(("Nowhere",)) == Location("team/base.py", 9)


def test_a_function_is_the_place_of_the_step_that_it_made() -> None:
    source = "def other():\n    return Job(role=1)\n\n\ndef step():\n    return Job(\n        role=2)\n"
    entry = {"class": "TrainingStep", "function": "step", "file": "/r/steps.py", "line": 5, "methods": {}}
    places = SourcePlaces("steps.py", source, entry)
    assert places.locate(("RoleArn",)) == Location("steps.py", 7)
    assert places.locate(()) == Location("steps.py", 5)


def test_forged_places_are_left_alone() -> None:
    for forged in (
        {"places": 5, "bases": {}},
        {"places": {"create_step": ["/r/base.py", "x"]}, "bases": [5, {"file": 1}]},
    ):
        places = SourcePlaces("mine.py", MINE, {**ENTRY, **forged}, FILES.get)
        assert places.locate(("create_step",)) == Location("mine.py", 4)
