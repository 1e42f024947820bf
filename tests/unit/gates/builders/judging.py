"""Single requests, changed in one place each, and what a check's rules say of them."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlops_gates.checks import Check
from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.requests.request import Unknown, text
from mlops_gates.gates.builders.rules import Rule, broken
from mlops_gates.gates.builders.scope import BuildersScope, Target

Seen = list[tuple[str, str, bool]]
RUN_TIME = {"Get": "Steps.Before.Something"}
MORE = {
    "Definition": {"Steps": [{"Name": "Before", "Type": "Training", "Arguments": {}}], "Version": "2020-12-01"},
}
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from([10**400, "s3://", "s3://bucket", "CANARY", "Direct", RUN_TIME, {"Std:Join": {"Values": [1]}}]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def target(operation: str, root: Any) -> Target:
    return targets.of_request("churn", operation, root, "us-east-1", lambda _: Location("builder.py", 1))


def seen(check: Check[BuildersScope], operation: str, root: Any) -> Seen:
    """(rule, path in words, whether it is believed) of all that is broken."""
    rules = [one for one in check.rules if isinstance(one, Rule)]
    found = broken(check.id, rules, target(operation, root))
    return [(one.rule.id, text(one.path, root), one.rule.believed) for one in found]


def changed(root: Any, changes: dict[str, Any]) -> Any:
    """A copy with other values at paths such as `Containers.0.Image`; `...` takes away, what is missing is made."""
    root = copy.deepcopy(root)
    for path, value in changes.items():
        *before, last = (int(part) if part.isdecimal() else part for part in path.split("."))
        here: Any = root
        for part in before:
            here = here[part] if isinstance(part, int) else here.setdefault(part, {})
        if value is ...:
            del here[last]
        else:
            here[last] = value
    return root


def paths(found: Any, before: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The paths of all that is in a request."""
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [one for key, value in inner for one in ((*before, key), *paths(value, (*before, key)))]


def survives_anything(check: Check[BuildersScope], operation: str, root: Any) -> None:
    """No rule raises, and each says something of a member, whatever stands in place of whichever member."""

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(paths(root)), JSON)
    def whatever(path: tuple[str | int, ...], value: Any) -> None:
        other = changed(root, {".".join(map(str, path)): value})
        rules = [one for one in check.rules if isinstance(one, Rule)]
        for one in broken(check.id, rules, target(operation, {**other, **MORE})):
            assert one.told and text(one.path, other)

    whatever()


def judges_no_unknown(check: Check[BuildersScope], operation: str, root: Any) -> None:
    """What only a run knows is never called wrong: each scalar is replaced by a reference in turn."""
    for path in paths(root):
        here: Any = root
        for part in path:
            here = here[part]
        if not isinstance(here, dict | list):
            other = changed(root, {".".join(map(str, path)): RUN_TIME})
            assert seen(check, operation, {**other, **MORE}) == [], path
    assert isinstance(target(operation, {"A": RUN_TIME, **MORE}).requests[0].part.get("A"), Unknown)
