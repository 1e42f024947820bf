"""JSON to a URL of the user's, and its JSON answer: within a total time, capped, no redirect, no insecure retry."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from urllib.parse import parse_qsl, unquote, urlsplit

from mlops_gates.adapters.again import Passing
from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.textsafe import one_line

MOST = 64 * 1024
LEAST_SECRET = 6
"""Characters of the shortest thing that is kept out of a message."""
_LATER = (408, 425, 429, 500, 502, 503, 504)


class Refused(CheckError):
    """A server answered with `status`, which asking again would not change."""

    def __init__(self, what: str, status: int) -> None:
        super().__init__(what)
        self.status = status


@dataclass(frozen=True)
class Asking:
    """How a server is asked: `token` goes into `Authorization: Bearer`, and into no message.

    `called` is what messages call the server; `tells`: they tell what it said, too, without what it repeats of the address.
    """

    seconds: float
    token: str = ""
    called: str = "the webhook"
    tells: bool = True


def posted(url: str, body: Mapping[str, object], seconds: float, token: str = "", *, tells: bool = True) -> str:
    """The answer's text to a POST; see `asked`."""
    return asked("POST", url, body, Asking(seconds, token, tells=tells))


def asked(method: str, url: str, body: Mapping[str, object] | None, how: Asking) -> str:
    """The answer's text. A user and password of the URL are sent as Basic authorization.

    Raises Passing where the server is busy, breaks off or takes longer than `how.seconds` altogether; Refused for redirects
    and other statuses; CheckError for TLS errors and answers above `MOST` bytes.
    """
    host = f"{how.called} at {one_line(urlsplit(url).hostname or '?', 80)}"  # its path and query may be secrets
    connection = _connection(url, how.seconds)
    # A timeout of a socket starts anew with each byte; this one ends a server that drips.
    late = threading.Event()
    watch = threading.Timer(how.seconds, _broken, (connection, late))
    watch.daemon = True
    watch.start()
    try:
        connection.request(method, _target(url), None if body is None else json.dumps(body), _headers(url, how.token))
        answer = _answer(connection, url, host, how)
        if late.is_set():  # headers that break off read like an answer without a body
            raise TimeoutError
        return answer
    except ssl.SSLError as error:
        if late.is_set():
            raise Passing(f"{host} took more than {how.seconds:.0f} s") from None
        why = one_line(error.reason or type(error).__name__)
        raise CheckError(f"{host} has no TLS that can be trusted ({why})") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        if isinstance(error, http.client.InvalidURL | ValueError) and not late.is_set():  # no request was sent
            raise CheckError(
                f"{host} cannot be asked: its URL or its token has characters that do not go there"
            ) from None
        what = (
            f"took more than {how.seconds:.0f} s" if late.is_set() else f"could not be reached ({type(error).__name__})"
        )
        raise Passing(f"{host} {what}") from None
    finally:
        watch.cancel()
        connection.close()


def _answer(connection: http.client.HTTPConnection, url: str, host: str, how: Asking) -> str:
    response = connection.getresponse()
    said = response.read(MOST + 1)
    status = response.status
    if status in _LATER:
        raise Passing(f"{host} answered {status}")
    if not 200 <= status < 300:
        told = one_line(_discreet(said.decode("utf-8", errors="replace"), url, how.token)) if how.tells else ""
        redirect = ", a redirect, which is not followed" if 300 <= status < 400 else ""
        raise Refused(f"{host} answered {status}{redirect}{f': {told}' if told else ''}", status)
    if len(said) > MOST:
        raise CheckError(f"{host} answered more than {MOST // 1024} KiB")
    return said.decode("utf-8", errors="replace")


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _headers(url: str, token: str) -> dict[str, str]:
    parts = urlsplit(url)
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "mlops-gates"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    elif parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    return headers


def _discreet(said: str, url: str, token: str) -> str:
    """What a server says, which may repeat what it was asked, without what may be a secret in that."""
    parts = urlsplit(url)
    asked = [token, parts.password or "", parts.query, *(value for _, value in parse_qsl(parts.query)), parts.path]
    for secret in sorted({*asked, *parts.path.split("/")}, key=len, reverse=True):
        if len(secret) >= LEAST_SECRET:
            said = said.replace(secret, "…")
    return said


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
        raise CheckError("the webhook is no http or https URL", next_step="Write it as https://host/path.")
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, port, timeout=seconds)
    return http.client.HTTPSConnection(parts.hostname, port, timeout=seconds, context=ssl.create_default_context())


def _broken(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
