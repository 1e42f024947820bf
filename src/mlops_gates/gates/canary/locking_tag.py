"""The lock of a SageMaker endpoint that other machines see: tags on it, one per run that asks for it.

AWS has no write that depends on what was there, so no run writes where another one does: each adds a tag of its own, and then
reads all of them (the order of Dekker's algorithm). Of two runs the one that wrote later sees the tag of the other, however
long its calls took; it holds the lock who has seen no other tag after it wrote its own. That rests on a read showing what was
written before it. AWS says nothing of how soon tags are seen everywhere, so there is a pause between; should two hold the lock
for all that, each sees the other at its next step, and who came later refuses.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime

from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.locking import Locked, remedy
from mlops_gates.gates.canary.locking import told as words
from mlops_gates.gates.canary.routes_sagemaker import described
from mlops_gates.gates.canary.waiting import Clock, Patience
from mlops_gates.records import dataclass

TAG = "mlops-gates:canary"
"""The key of a tag begins with it; a colon and the run follow."""
PAUSE = 2.0
"""Seconds between the writing of a tag and the reading of all."""
ROUNDS = 10
"""How often the lowest of several claims looks whether the others have withdrawn."""
_CLAIMED, _HELD = "claimed", "held"


@dataclass(frozen=True)
class _Tag:
    """What a run has on the endpoint; `since` in Unix seconds, 0 where it is not known."""

    run: str
    held: bool
    since: float


class TagLock:
    """`mlops-gates:canary:<run>` = `claimed|held <time>`, on `endpoint`."""

    def __init__(self, endpoints: Endpoints, endpoint: str, clock: Clock, stale: float, pause: float = PAUSE) -> None:
        self._endpoints = endpoints
        self._endpoint = endpoint
        self._clock = clock
        self._stale = stale
        self._pause = pause

    def take(self, run: str, patience: Patience) -> None:
        """Hold it for `run`. Raises Locked, with nothing left behind, and as `Endpoints.call`."""
        arn = patience.call(self._arn)
        mine, others = self._read(arn, run, patience)
        if mine and mine.held:
            if elder := [one for one in others if one.held and (one.since, one.run) < (mine.since, run)]:
                raise self._locked(elder[0], arn)
            return
        if not mine:
            if others:
                raise self._locked(others[0], arn)
            self._write(arn, run, _CLAIMED, patience)
        for _ in range(ROUNDS):
            self._clock.sleep(self._pause)
            mine, others = self._read(arn, run, patience)
            if not mine:
                raise CheckError(f"the tag {TAG}:{run} was written on {self._endpoint} and is not there")
            if not others:
                self._write(arn, run, _HELD, patience)
                return
            if any(one.held or one.run < run for one in others):
                break
        self._remove(arn, run, patience)
        raise self._locked(min(others, key=lambda one: (not one.held, one.run)), arn)

    def release(self, run: str, patience: Patience) -> None:
        """Take the tag of `run` away."""
        arn = patience.call(self._arn)
        if self._read(arn, run, patience)[0]:
            self._remove(arn, run, patience)

    def rest(self) -> None:
        """Nothing: a tag knows no processes."""

    def watching(self) -> AbstractContextManager[None]:
        """Nothing, either."""
        return nullcontext()

    def _locked(self, by: _Tag, arn: str) -> Locked:
        region = f" --region {shlex.quote(self._endpoints.region)}" if self._endpoints.region else ""
        key = shlex.quote(f"{TAG}:{by.run}" if by.run else TAG)
        command = f"aws sagemaker delete-tags{region} --resource-arn {shlex.quote(arn)} --tag-keys {key}"
        age = self._clock.wall() - by.since
        return Locked(words(self._endpoint, by.run or "(unknown)", age, self._stale), next_step=remedy(command))

    def _write(self, arn: str, run: str, what: str, patience: Patience) -> None:
        now = datetime.fromtimestamp(self._clock.wall(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        tag = {"Key": f"{TAG}:{run}", "Value": f"{what} {now}"}
        patience.call(lambda: self._endpoints.call("AddTags", ResourceArn=arn, Tags=[tag]))

    def _remove(self, arn: str, run: str, patience: Patience) -> None:
        patience.call(lambda: self._endpoints.call("DeleteTags", ResourceArn=arn, TagKeys=[f"{TAG}:{run}"]))

    def _arn(self) -> str:
        return str(described(self._endpoints, self._endpoint)["EndpointArn"])

    def _read(self, arn: str, run: str, patience: Patience) -> tuple[_Tag | None, list[_Tag]]:
        """The tag of a run and those of others."""
        found: list[_Tag] = []
        token: dict[str, str] = {}
        while True:
            asked = {"ResourceArn": arn, **token}
            answer = patience.call(lambda asked=asked: self._endpoints.call("ListTags", **asked))  # type: ignore[misc]
            found += [_tag(one) for one in answer.get("Tags") or () if str(one.get("Key")).startswith(TAG)]
            if not answer.get("NextToken"):
                break
            token = {"NextToken": str(answer["NextToken"])}
        return next((one for one in found if one.run == run), None), [one for one in found if one.run != run]


def _tag(told: Mapping[str, str]) -> _Tag:
    """A tag of another form is held by somebody whom we do not know."""
    what, _, since = told.get("Value", "").partition(" ")
    try:
        moment = datetime.fromisoformat(since)
        seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except ValueError:
        seconds = 0.0
    return _Tag(told["Key"][len(TAG) + 1 :], what != _CLAIMED, seconds)
