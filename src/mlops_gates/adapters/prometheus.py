"""Prometheus through its HTTP API: instant queries, and nothing that it makes up.

Source of the format: prometheus.io/docs/prometheus/latest/querying/api.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, TypeAlias
from urllib.parse import urlencode, urlsplit

from mlops_gates.adapters.fetching import Answer, Unreachable, fetch
from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.textsafe import one_line

DEADLINE = 30.0
"""Seconds for a query, all tries together."""
CAP = 16 << 20
"""Bytes of an answer."""
PAUSES = (0.5, 2.0)
"""Seconds before another try."""
_BUSY = (429, 500, 502, 503, 504)
Point: TypeAlias = tuple[float, float]
"""Unix seconds and a value, which may be NaN."""


@dataclass(frozen=True)
class Series:
    """The samples of one series, oldest first."""

    labels: Mapping[str, str]
    points: tuple[Point, ...]


class QueryError(Exception):
    """A query was not answered, or not as a whole; the text says why. Others may be. `wrong`: it never will be."""

    def __init__(self, what: str, wrong: bool = False) -> None:
        super().__init__(what)
        self.wrong = wrong


class Prometheus:
    """The API at `url` (a path before /api is kept); `token` is sent as a bearer, or else `user` and `password`.

    `date` is the Date header of the last answer.
    """

    def __init__(
        self,
        url: str,
        token: str = "",
        user: str = "",
        password: str = "",
        deadline: float = DEADLINE,
        cap: int = CAP,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.host = host(url)
        self._url = url.rstrip("/")
        self._headers = {"Accept": "application/json", "User-Agent": "mlops-gates"}
        # Secrets out of files and variables often end with a line break.
        token, basic = token.strip(), base64.b64encode(f"{user}:{password}".encode()).decode() if user else ""
        if not (token.isascii() and token.isprintable()):
            raise CheckError(
                "the token of Prometheus has characters that no token has",
                next_step="Is it cut, or of two lines? Give the token alone.",
            )
        self._secrets = tuple(one for one in (token, basic, password) if len(one) > 3)
        if token or basic:
            self._headers["Authorization"] = f"Bearer {token}" if token else f"Basic {basic}"
        self._deadline = deadline
        self._cap = cap
        self._sleep = sleep
        self.date = ""

    def query(self, query: str, at: float) -> tuple[Series, ...]:
        """What a query gives at a moment (Unix seconds): one point per series, or all samples of a range selector.

        Raises QueryError where this query fails (a mistake in it, a partial answer, too large an answer, an overload that
        lasts), CheckError where no query can succeed (nobody there, credentials refused, no Prometheus).
        """
        asked = urlencode({"query": query, "time": f"{at:.3f}", "timeout": f"{self._deadline:.0f}s"})
        answer = self._asked(f"{self._url}/api/v1/query?{asked}")
        self.date = answer.date
        self._accepted(answer)
        if answer.cut:
            raise QueryError(f"the answer is larger than {self._cap:,} bytes")
        return self._series(answer)

    def _asked(self, url: str) -> Answer:
        until = time.monotonic() + self._deadline
        for pause in (*PAUSES, None):
            left = until - time.monotonic()
            try:
                answer = fetch(url, self._headers, max(left, 0.1), self._cap)
            except Unreachable as error:
                if not error.again or pause is None or time.monotonic() + pause >= until:
                    raise
            else:
                if answer.status not in _BUSY or pause is None or time.monotonic() + pause >= until:
                    return answer
            self._sleep(pause)
        raise AssertionError  # the last round returns or raises

    def _accepted(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise CheckError(
                f"Prometheus at {self.host} refuses our credentials ({answer.status})",
                next_step="Are they given, and still valid?",
            )
        if answer.status == 404:
            raise CheckError(
                f"there is no API of Prometheus at {self.host} (404)",
                next_step="Give the address before /api/v1, such as https://host/prometheus.",
            )
        if answer.status != 200:
            said = self._said(answer)
            raise QueryError(
                f"Prometheus answers {answer.status}" + (f": {said}" if said else ""), answer.status == 400
            )

    def _series(self, answer: Answer) -> tuple[Series, ...]:
        told = _json(answer.body)
        if not isinstance(told, dict) or "status" not in told:
            raise CheckError(
                f"what answers at {self.host} is no Prometheus",
                next_step="Give its address; a page to log in at answers with 200, too.",
            )
        if told["status"] != "success":
            raise QueryError(f"Prometheus answers: {self._said(answer) or 'an error'}")
        if warnings := _warnings(told):
            raise QueryError(f"the answer is not whole: {self._without_secrets(warnings)}")
        try:
            return _once(_found(told["data"]))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            raise QueryError("the answer has not the form of Prometheus's API") from None

    def _said(self, answer: Answer) -> str:
        told = _json(answer.body)
        said = told.get("error", "") if isinstance(told, dict) else answer.body.decode("utf-8", "replace")
        return self._without_secrets(str(said))

    def _without_secrets(self, said: str) -> str:
        """What a server says may hold the header that it was sent."""
        for secret in self._secrets:
            said = said.replace(secret, "***")
        return one_line(said, 200)


def host(url: str) -> str:
    """Host and port of an address. Raises CheckError, without the address, where it is none, or has credentials in it."""
    try:
        parts = urlsplit(url)
        fine = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        fine = False
    if not fine or "@" in parts.netloc or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise CheckError(
            "the address of Prometheus is none",
            next_step="Give it as https://host:port, and credentials apart from it.",
        )
    return parts.netloc


def _warnings(told: Mapping[str, Any]) -> str:
    """Why an answer may not be whole. Before 2.54 infos on the style of a query came as warnings, too; they are no reason."""
    warnings = told.get("warnings") or ()
    every = warnings if isinstance(warnings, list) else [warnings]
    return "; ".join(str(one) for one in every if one and not str(one).startswith("PromQL info"))


def _found(data: Any) -> tuple[Series, ...]:
    kind, result = data["resultType"], data["result"]
    if kind == "scalar":
        return (Series({}, (_point(result),)),)
    if kind == "vector":
        return tuple(Series(_labels(one), (_point(one["value"]),)) for one in result)
    if kind == "matrix":
        return tuple(Series(_labels(one), tuple(sorted(set(map(_point, one["values"]))))) for one in result)
    raise ValueError


def _labels(one: Any) -> dict[str, str]:
    if "histogram" in one or "histograms" in one:
        raise QueryError("the answer has native histograms, which are not read")
    labels = dict(one["metric"])
    if not all(isinstance(part, str) for pair in labels.items() for part in pair):
        raise ValueError
    return labels


def _point(pair: Any) -> Point:
    at, value = pair
    # float() takes more than Prometheus says: true, and 1_000.
    if isinstance(at, bool | str) or not math.isfinite(at := float(at)) or not isinstance(value, str) or "_" in value:
        raise ValueError
    return at, float(value)


def _once(series: tuple[Series, ...]) -> tuple[Series, ...]:
    """Raises QueryError where something is said twice: what merges several servers may do so, and it would count twice."""
    if len({frozenset(one.labels.items()) for one in series}) < len(series):
        raise QueryError("the answer has the same series twice")
    if any(before[0] == now[0] for one in series for before, now in pairwise(one.points)):
        raise QueryError("the answer has two values of one series at the same time")
    return series


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
