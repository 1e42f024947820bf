"""The canary's judge: streams in, decisions out. Pure: it asks no clock and no network, and may look every minute.

judge = Judge(Plan((Metric("error_rate"),)))
verdict = judge.look(look)          # continue, promote or rollback
verdict = judge.end()               # what was decided, else inconclusive

A rollback needs evidence that the canary is worse; a promotion needs evidence, from every metric, that it is not. What has
neither is inconclusive. A look that lacks an arm is no evidence of anything, and nothing is promoted while a metric is silent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from mlops_gates.gates.canary.evidence import observer
from mlops_gates.gates.canary.observing import Seen
from mlops_gates.gates.canary.plan import Plan
from mlops_gates.gates.canary.streams import Look
from mlops_gates.records import dataclass

Decision: TypeAlias = Literal["continue", "promote", "rollback", "inconclusive"]


@dataclass(frozen=True)
class Verdict:
    """What is to be done after a look, and why: one sentence per reason. `seen` is by metric what this look showed."""

    decision: Decision
    reasons: tuple[str, ...]
    seen: Mapping[str, Seen]
    looks: int
    end: float


class Judge:
    """One canary, from its first look to its last. Memory does not grow with the looks."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._observers = {metric.name: observer(metric, plan) for metric in plan.metrics}
        self._silent = {metric.name: 0 for metric in plan.metrics}
        self._gone: dict[str, str] = {}
        self._undecided = 0
        self._last_end = float("-inf")
        self._given = 0
        self._decided: Verdict | None = None
        self.looks = 0
        self.repeated = 0

    def look(self, look: Look) -> Verdict:
        """Judge one interval. One that begins before the last one ended was seen already and changes nothing, nor does one
        whose times are none.

        After a decision every look gets that decision again.
        """
        if self._decided:
            return self._decided
        if not (self._last_end <= look.start < look.end < float("inf")):
            self.repeated += 1
            return Verdict(
                "continue", ("an interval that was seen already is left out",), {}, self.looks, self._last_end
            )
        self._last_end = look.end
        self._given += 1
        if self._given <= self.plan.delay:
            return Verdict(
                "continue", (f"warm-up: look {self._given} of {self.plan.delay} is left out",), {}, 0, look.end
            )
        self.looks += 1
        seen = {metric.name: self._observers[metric.name].look(look) for metric in self.plan.metrics}
        self._listen(seen)
        verdict = self._verdict(seen, look.end)
        if verdict.decision != "continue":
            self._decided = verdict
        return verdict

    def end(self) -> Verdict:
        """What is decided when no look follows: what was decided, else inconclusive, with what would have decided it."""
        if self._decided:
            return self._decided
        seen = {name: one.last for name, one in self._observers.items() if one.last}
        return Verdict("inconclusive", tuple(self._undecided_words(seen)), seen, self.looks, self._last_end)

    def _listen(self, seen: Mapping[str, Seen]) -> None:
        """Counts looks in which a metric said nothing."""
        for metric in self.plan.judged:
            if not seen[metric.name].silent:
                self._silent[metric.name] = 0
                continue
            self._silent[metric.name] += 1
            if self._silent[metric.name] > self.plan.error_limit:
                self._gone[metric.name] = seen[metric.name].silent
        self._undecided += any(seen[metric.name].silent for metric in self.plan.judged)

    def _verdict(self, seen: Mapping[str, Seen], end: float) -> Verdict:
        judged = [seen[metric.name] for metric in self.plan.judged]
        if worse := [one.why for one in judged if one.worse]:
            return Verdict("rollback", tuple(worse), seen, self.looks, end)
        if self._gone:
            told = [
                f"{name} said nothing in {self._silent[name]} looks in a row: {why}" for name, why in self._gone.items()
            ]
            return Verdict("inconclusive", tuple(told), seen, self.looks, end)
        limit = self.plan.inconclusive_limit
        if limit is not None and self._undecided > limit:
            return Verdict("inconclusive", (f"{self._undecided} looks lacked a metric",), seen, self.looks, end)
        if judged and self.looks >= self.plan.baked and all(one.good and not one.silent for one in judged):
            return Verdict("promote", tuple(one.why for one in judged), seen, self.looks, end)
        return Verdict("continue", (), seen, self.looks, end)

    def _undecided_words(self, seen: Mapping[str, Seen]) -> list[str]:
        if not self.looks:
            return ["no interval was seen"]
        words = []
        for metric in self.plan.judged:
            one = seen.get(metric.name)
            if one is None or not one.good:
                words.append(
                    one.why if one and not one.silent else f"{metric.name}: {one.silent if one else 'nothing was seen'}"
                )
        if self.looks < self.plan.baked:
            words.append(f"{self.looks} of at least {self.plan.baked} looks before a promotion")
        return words or ["the looks ended before a decision"]

    def state(self) -> dict[str, Any]:
        """Everything that `of` needs to go on, as JSON."""
        return {
            "observers": {name: one.state() for name, one in self._observers.items()},
            "silent": self._silent,
            "gone": self._gone,
            "undecided": self._undecided,
            "last_end": None if self._last_end == float("-inf") else self._last_end,
            "given": self._given,
            "looks": self.looks,
            "repeated": self.repeated,
            "decided": self._decided and {"decision": self._decided.decision, "reasons": list(self._decided.reasons)},
        }

    @classmethod
    def of(cls, plan: Plan, state: Mapping[str, Any]) -> Judge:
        """A judge that goes on where another one stopped. Raises ValueError where the state is of another plan."""
        made = cls(plan)
        if set(state["observers"]) != set(made._observers):
            raise ValueError("the stored state is of other metrics")
        for name, one in made._observers.items():
            one.restore(state["observers"][name])
        made._silent, made._gone = dict(state["silent"]), dict(state["gone"])
        made._undecided, made._given = int(state["undecided"]), int(state["given"])
        made._last_end = float("-inf") if state["last_end"] is None else float(state["last_end"])
        made.looks, made.repeated = int(state["looks"]), int(state["repeated"])
        if decided := state["decided"]:
            seen = {name: one.last for name, one in made._observers.items() if one.last}
            made._decided = Verdict(decided["decision"], tuple(decided["reasons"]), seen, made.looks, made._last_end)
        return made
