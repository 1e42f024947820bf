"""builders.tags"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from rules_bench import MADE, TRAINING, mistyped, seen, target

from mlops_gates.gates.builders.requests.request import Unknown
from mlops_gates.gates.builders.tags import CHECK


def tags(*keys: Any) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": "x"} for key in keys]


@pytest.mark.parametrize("key", ["aws:cloudformation:stack-name", "AWS:x"])
def test_keys_of_aws_are_its_own(key: str) -> None:
    assert seen(CHECK.rules, target(TRAINING, {"Tags": tags("team", key)})) == [
        ("tag-of-aws", f"Tags[{key}].Key", False)
    ]


def test_a_key_is_there_once() -> None:
    one = target(TRAINING, {"Tags": tags("team", "stage", "team")})
    assert [(rule, believed) for rule, _, believed in seen(CHECK.rules, one)] == [("tag-twice", True)]


@pytest.mark.parametrize("listed", [tags("team", "Team"), tags("awsome", "x:aws:"), [], {"team": "x"}, "team", None])
def test_other_tags_are_free(listed: Any) -> None:
    assert seen(CHECK.rules, target(TRAINING, {"Tags": listed})) == []
    unknown = tags(Unknown("parameter", "Parameters.Key"), Unknown("parameter", "Parameters.Key"))
    assert seen(CHECK.rules, target(TRAINING, {"Tags": unknown})) == []


@pytest.mark.parametrize("operation", sorted(MADE))
def test_requests_as_they_are(operation: str) -> None:
    assert seen(CHECK.rules, target(operation, {})) == []


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
