"""Any router through a pair of commands or webhooks: `shift` sets the candidate's share, `state` tells it.

A command reads MLOPS_GATES_CANARY_ACTION (shift, restore, state), _CANDIDATE, _SHARE (0-1), _PERCENT and _MIRROR (true where
the candidate is only to get copies). A webhook gets the same as JSON: action, candidate, share, percent, mirror. `state`
answers the candidate's share as a number, or weights by name as `{"canary": 10, "baseline": 90}`, as JSON.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from mlops_gates.adapters import command, webhook
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary import routes
from mlops_gates.gates.canary.routes import Weights
from mlops_gates.gates.canary.streams import BASELINE, CANARY
from mlops_gates.records import dataclass

_STATE = 'Let `state` answer the share of the candidate as JSON: 0.1, or {"baseline": 90, "canary": 10}.'
_URL = "${SHIFT_URL:?set it to canary.route.shift_url of the config}"
_MOST = 1e12
_PREFIX = "MLOPS_GATES_CANARY_"


@dataclass(frozen=True)
class Told:
    """How one half of the pair is asked: the words of a command, or a URL."""

    words: tuple[str, ...] = ()
    url: str = ""


class Commands:
    """A router of two arms, `baseline` and `canary`. Each call has `seconds` altogether; `token` authorizes webhooks, and lies
    in the environment variable `token_from`."""

    steps_itself = False

    def __init__(
        self,
        endpoint: str,
        candidate: str,
        shift: Told,
        state: Told,
        seconds: float = 60.0,
        token: str = "",
        token_from: str = "",
    ) -> None:
        self._endpoint = endpoint
        self._candidate = candidate
        self._shift = shift
        self._state = state
        self._seconds = seconds
        self._token = token
        self._token_from = token_from
        self.mirrors = False
        """Whether the candidate gets copies while it has no share."""

    @property
    def name(self) -> str:
        return f"router {self._endpoint}"

    def check(self, strategy: str) -> None:
        self.mirrors = strategy == "shadow"
        self.target(0.0, self.shares())

    def shares(self) -> Weights:
        return _read(self._ask(self._state, "state", None))

    def target(self, share: float, before: Weights) -> Weights:
        return routes.mixed(share, CANARY, before)

    def shift(self, share: float, before: Weights) -> None:  # noqa: ARG002 - of `Route`
        self._ask(self._shift, "shift", share)

    def restore(self, before: Weights) -> None:
        self._ask(self._shift, "restore", routes.normal(before).get(CANARY, 0.0))

    def settled(self) -> bool:
        return True

    def refresh(self) -> None:
        return

    def by_hand(self, before: Weights) -> str:
        share = routes.normal(before).get(CANARY, 0.0)
        if self._shift.words:
            variables = self._variables("restore", share).items()
            return " ".join(
                [*(f"{name}={shlex.quote(value)}" for name, value in variables), shlex.join(self._shift.words)]
            )
        # The URL may be a secret, and this stands in logs: the shell asks for it by name.
        body = shlex.quote(json.dumps(self._body("restore", share)))
        bearer = f' -H "Authorization: Bearer ${{{self._token_from}:?}}"' if self._token_from else ""
        return f"curl --fail -H 'Content-Type: application/json'{bearer} -d {body} \"{_URL}\""

    def _ask(self, told: Told, action: str, share: float | None) -> str:
        if told.words:
            return command.asked(told.words, self._variables(action, share), self._seconds)
        return webhook.posted(told.url, self._body(action, share), self._seconds, self._token)

    def _body(self, action: str, share: float | None) -> dict[str, object]:
        said: dict[str, object] = {"action": action, "candidate": self._candidate, "endpoint": self._endpoint}
        if share is not None:
            mirror = self.mirrors and action == "shift" and share < 1
            said |= {"share": round(share, 6), "percent": round(100 * share, 4), "mirror": mirror}
        return said

    def _variables(self, action: str, share: float | None) -> dict[str, str]:
        body = self._body(action, share)
        return {f"{_PREFIX}{name.upper()}": _text(value) for name, value in body.items()}


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(said: str) -> Weights:
    try:
        value = json.loads(said, parse_constant=_never)
    except (ValueError, RecursionError):
        raise CheckError("`state` answered no JSON", next_step=_STATE) from None
    if isinstance(value, dict) and CANARY in value and len(value) > 1:
        weights = {str(name): _weight(weight) for name, weight in value.items()}
        if sum(weights.values()) > 0:
            return weights
        raise CheckError("`state` tells no traffic at all", next_step=_STATE)
    share = _weight(value.get(CANARY) if isinstance(value, dict) else value)
    if share > 1:
        raise CheckError("`state` tells a share above 1", next_step=_STATE)
    return {BASELINE: 1 - share, CANARY: share}


def _weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST:
        raise CheckError("`state` answered no share or weight", next_step=_STATE)
    return float(value)


def _never(_: str) -> float:
    raise ValueError


def words(given: str | Sequence[str]) -> tuple[str, ...]:
    """The words of a command: a list as it is; text split as a shell would, though none runs (`[sh, -c, ...]` asks for one).

    Raises ValueError.
    """
    return tuple(shlex.split(given)) if isinstance(given, str) else tuple(given)
