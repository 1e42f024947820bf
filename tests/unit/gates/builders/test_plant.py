"""The language in which the planted defects of the builders gate are written."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mutants.builders import plant

ROOT: dict[str, Any] = {
    "Steps": [{"Name": "Prepare", "Retries": 1}, {"Name": "Train", "Arguments": {"Uri": "s3://a/b", "Tags": ["x"]}}],
    "Environment": {"LEVEL": "info"},
}


def test_a_path_leads_by_members_names_and_numbers() -> None:
    assert plant.parse("Steps[Train].Arguments.Tags[-1]") == ("Steps", "Train", "Arguments", "Tags", -1)
    assert isinstance(plant.parse("Steps[Train]")[1], plant.Named)
    assert plant.parse("HyperParameters.log-level") == ("HyperParameters", "log-level")
    with pytest.raises(ValueError, match="no path"):
        plant.parse("Steps[")


@pytest.mark.parametrize(
    ("change", "path", "value"),
    [
        ({"set": {"Steps[Train].Retry.Most": {"text": "ab", "times": 3}}}, ("Steps", 1, "Retry"), {"Most": "ababab"}),
        ({"delete": ["Steps[0]", "Steps[1]"]}, ("Steps",), []),
        ({"append": {"Steps[Train].Arguments.Tags": "y"}}, ("Steps", 1, "Arguments", "Tags"), ["x", "y"]),
        ({"append": {"Tags": "y"}}, ("Tags",), ["y"]),
        ({"copy": {"Environment": "Steps[Prepare]"}}, ("Environment",), {"Name": "Prepare", "Retries": 1}),
        ({"rename": {"Environment": "Env"}}, ("Env",), {"LEVEL": "info"}),
        ({"substitute": {"Steps[1].Arguments.Uri": ["s3", "gs"]}}, ("Steps", 1, "Arguments", "Uri"), "gs://a/b"),
        (
            {"repeat": {"Environment": {"as": {"A{n}": "{n}"}, "times": 2}}},
            ("Environment",),
            {"LEVEL": "info", "A0": "0", "A1": "1"},
        ),
        ({"repeat": {"Steps": {"as": {"Name": "s{n}"}, "times": 2}}}, ("Steps",), [{"Name": "s0"}, {"Name": "s1"}]),
    ],
)
def test_a_change_is_made_in_a_copy(change: plant.Change, path: plant.Numbered, value: Any) -> None:
    before = copy.deepcopy(ROOT)
    changed = plant.apply(ROOT, change)
    for part in path:
        changed = changed[part]
    assert changed == value
    assert before == ROOT


def test_a_change_that_does_not_fit_is_no_change() -> None:
    with pytest.raises(KeyError):
        plant.apply(ROOT, {"set": {"Steps[Score].Name": "x"}})
    with pytest.raises(ValueError, match="does not have"):
        plant.apply(ROOT, {"substitute": {"Environment.LEVEL": ["debug", "info"]}})


def test_a_place_is_numbered_as_it_was_and_from_the_end_as_it_is() -> None:
    changed = plant.apply(ROOT, {"set": {"Steps[Train].Name": "Fit"}, "append": {"Steps": {"Name": "Score"}}})
    assert plant.numbered(ROOT, changed, "Steps[Train].Name") == ("Steps", 1, "Name")
    assert plant.numbered(ROOT, changed, "Steps[-1].Name") == ("Steps", 2, "Name")
    assert plant.numbered(ROOT, changed, "Steps[Prepare].Not.There[0]") == ("Steps", 0, "Not", "There", 0)


def test_the_place_stands_for_itself_in_each_builder() -> None:
    case = {"at": {"one": "A.B", "two": "C"}, "change": {"set": {"@": "@"}, "delete": ["@", "D"]}}
    assert plant.change_of(case, "two") == {"set": {"C": "C"}, "delete": ["C", "D"]}


def test_every_case_can_be_read() -> None:
    builders, defects, twins = plant.listed()
    for case in (*defects, *twins):
        assert case["on"] and set(case["on"]) <= set(builders), case["id"]
        for builder in case["on"]:
            plant.parse(plant.at_of(case, builder))
            for what, told in plant.change_of(case, builder).items():
                assert what in ("set", "delete", "append", "copy", "rename", "substitute", "repeat", "source"), case
                if what != "source":
                    assert all(map(plant.parse, told)), case["id"]
