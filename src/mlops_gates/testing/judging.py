"""What the rules of the builders gate say of one target, told apart by member so that each test takes its own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from mlops_gates import registry
from mlops_gates.checks import crash
from mlops_gates.findings import Location
from mlops_gates.gates.builders.requests.request import Path, text
from mlops_gates.gates.builders.rules import Broken, Rule, broken
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass

NEED_A_RUN = ("builders.frozen", "builders.exercise")
"""Checks of a stored definition and of a server: `mlops-gates run builders` asks them."""


@dataclass(frozen=True)
class Breach:
    """A rule that a target breaks. `member` is its path in words, `warns` what was never confirmed by AWS."""

    check: str
    rule: str
    path: Path
    member: str
    told: str
    refusal: str
    source: str
    warns: bool
    location: Location

    @property
    def message(self) -> str:
        """One line: the member, what is wrong with it, and AWS's own words where they are known."""
        return f"{self.member}: {self.told}.{f' AWS says: {self.refusal}' if self.refusal else ''}"

    def names(self, member: str) -> bool:
        """Whether the path goes through a member, told as `A` or `A.B`."""
        words = tuple(member.split("."))
        own = tuple(part for part in self.path if isinstance(part, str))
        return any(own[at : at + len(words)] == words for at in range(len(own)))

    def record(self) -> dict[str, Any]:
        """As a result of a test has it."""
        return {
            "check": self.check,
            "rule": self.rule,
            "member": self.member,
            "message": self.told,
            "refusal": self.refusal,
            "source": self.source,
            "severity": "warning" if self.warns else "error",
            "file": self.location.file,
            "line": self.location.line,
        }


@dataclass(frozen=True)
class Judged:
    """What was found of a target; `asked` are the checks whose rules were run, `crashed` those that did not end."""

    breaches: tuple[Breach, ...]
    asked: frozenset[str]
    crashed: tuple[tuple[str, str], ...]


def judge(target: Target, more: Mapping[str, tuple[Rule, ...]] = MappingProxyType({})) -> Judged:
    """Run the rules of all checks. `more` are rules in place of those that a check states, by its id."""
    breaches: list[Breach] = []
    crashed: list[tuple[str, str]] = []
    asked = set()
    for id_, rules in {**_stated(), **more}.items():
        asked.add(id_)
        try:
            breaches += [_breach(one, target) for one in broken(id_, rules, target)]
        except Exception as error:  # noqa: BLE001 - one rule's crash is told by the tests that ask it, and passes none
            crashed.append((id_, crash(error).sentence))
    return Judged(tuple(breaches), frozenset(asked), tuple(crashed))


@cache
def _stated() -> dict[str, tuple[Rule, ...]]:
    checks = registry.room("builders").checks
    found = {one.id: tuple(rule for rule in one.rules if isinstance(rule, Rule)) for one in checks}
    return {id_: rules for id_, rules in found.items() if rules and id_ not in NEED_A_RUN}


def _breach(one: Broken, target: Target) -> Breach:
    rule = one.rule
    member = text(one.path, target.root) or target.name
    return Breach(
        check=one.check,
        rule=rule.id,
        path=one.path,
        member=member,
        told=one.told,
        refusal=rule.refusal,
        source=rule.source,
        warns=rule.believed,
        location=target.locate(one.path),
    )
