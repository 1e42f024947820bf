"""builders.caching"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from mlops_gates.gates.builders.pipelines.expressions import own_steps
from mlops_gates.gates.builders.pipelines.forms import kind, shown
from mlops_gates.gates.builders.pipelines.language import NEVER_CACHED
from mlops_gates.gates.builders.requests.definition import Step
from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check
from mlops_gates.gates.builders.scope import Target

_DURATION = re.compile(
    r"P?(?=[0-9]|T[0-9])([0-9]+Y)?([0-9]+M)?([0-9]+W)?([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+S)?)?",
    re.IGNORECASE | re.ASCII,
)
"""ISO 8601, and as the developer guide writes it: without the P, in small letters."""


def _cached(target: Target) -> Iterator[tuple[Step, Mapping[str, Any]]]:
    for step in own_steps(target):
        if isinstance(told := step.raw.get("CacheConfig"), Mapping):
            yield step, told


def _form(target: Target) -> Seeing:
    for step in own_steps(target):
        told = step.raw.get("CacheConfig")
        if told is not None and not isinstance(told, Mapping):
            yield (*step.path, "CacheConfig"), f"a structure is due, and it is a {kind(told)}"


def _enabled(target: Target) -> Seeing:
    for step, cache in _cached(target):
        told = cache.get("Enabled")
        if not isinstance(told, bool | Mapping):
            words = "it is not told" if told is None else f"it is the {kind(told)} {shown(told)}"
            yield (*step.path, "CacheConfig", "Enabled"), f"true or false is due, and {words}"


def _duration(target: Target) -> Seeing:
    for step, cache in _cached(target):
        told = cache.get("ExpireAfter")
        path = (*step.path, "CacheConfig", "ExpireAfter")
        if told is None or isinstance(told, Mapping):
            continue
        if not isinstance(told, str):
            yield path, f"a duration is a string such as P30D, and it is a {kind(told)}"
        elif not _DURATION.fullmatch(told):
            yield path, f"{shown(told)} is no ISO 8601 duration such as P30D, T16m or 30d"


def _endless(target: Target) -> Seeing:
    for step, cache in _cached(target):
        if cache.get("Enabled") is True and cache.get("ExpireAfter") is None:
            yield (*step.path, "CacheConfig", "ExpireAfter"), "the step is cached, and nobody says for how long"


def _needless(target: Target) -> Seeing:
    for step, cache in _cached(target):
        if cache.get("Enabled") is True and step.type in NEVER_CACHED:
            yield (*step.path, "CacheConfig"), f"a step of type {step.type} is never cached"


_GUIDE = "developer guide, Turn on step caching"
CHECK = rules_check(
    id="builders.caching",
    title="Caches of steps are switched on rightly",
    help="A step whose arguments did not change takes its outcome from an earlier run, for as long as ExpireAfter says.",
    remedy='Give CacheConfig(enable_caching=True, expire_after="P30D"), or leave the cache out.',
    rules=(
        Rule(
            id="cache-form",
            states="CacheConfig is a structure",
            source=_GUIDE,
            bad='{"CacheConfig": true}',
            good='{"CacheConfig": {"Enabled": true, "ExpireAfter": "P30D"}}',
            judge=_form,
        ),
        Rule(
            id="cache-enabled",
            states="Enabled is true or false",
            source="CacheConfig of the SDK, enable_caching",
            bad='{"Enabled": "true"}',
            good='{"Enabled": true}',
            judge=_enabled,
        ),
        Rule(
            id="cache-duration",
            states="ExpireAfter is an ISO 8601 duration of years, months, weeks, days, hours or minutes",
            source=_GUIDE,
            bad='{"ExpireAfter": "30 days"}',
            good='{"ExpireAfter": "30d"}',
            judge=_duration,
        ),
        Rule(
            id="cache-expires",
            states="A cache that is on has an ExpireAfter",
            source="CacheConfig of the SDK: a timeout also needs to be defined",
            bad='{"CacheConfig": {"Enabled": true}}',
            good='{"CacheConfig": {"Enabled": true, "ExpireAfter": "P30D"}}',
            judge=_endless,
        ),
        Rule(
            id="never-cached",
            states="Only steps that start jobs or call others are cached",
            source=f"{_GUIDE}, the steps that have keys of a cache; believed to be without effect",
            bad='{"Type": "RegisterModel", "CacheConfig": {"Enabled": true, "ExpireAfter": "P30D"}}',
            good='{"Type": "Training", "CacheConfig": {"Enabled": true, "ExpireAfter": "P30D"}}',
            judge=_needless,
            believed=True,
        ),
    ),
    applies=lambda target: any("CacheConfig" in step.raw for step in own_steps(target)),
    absent="no step has a CacheConfig",
)
