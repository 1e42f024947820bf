"""POST of JSON to a URL of the user's, and its JSON answer: within a total time, capped, no redirect, no insecure retry."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

from mlops_gates.adapters.again import Passing
from mlops_gates.errors import CheckError
from mlops_gates.textsafe import one_line

MOST = 64 * 1024
_LATER = (408, 425, 429, 500, 502, 503, 504)


def posted(url: str, body: Mapping[str, object], seconds: float, token: str = "") -> str:
    """The answer's text. `token` goes into `Authorization: Bearer`, and into no message.

    Raises Passing where the server is busy, breaks off or takes longer than `seconds` altogether; CheckError for TLS errors,
    redirects, other statuses and answers above `MOST` bytes.
    """
    host = _host(url)
    connection = _connection(url, seconds)
    # A timeout of a socket starts anew with each byte; this one ends a server that drips.
    late = threading.Event()
    watch = threading.Timer(seconds, _broken, (connection, late))
    watch.daemon = True
    watch.start()
    try:
        answer = _answer(connection, url, body, token)
        if late.is_set():  # headers that break off read like an answer without a body
            raise TimeoutError
        return answer
    except ssl.SSLError as error:
        if late.is_set():
            raise Passing(f"{host} took more than {seconds:.0f} s") from None
        why = one_line(error.reason or type(error).__name__)
        raise CheckError(f"{host} has no TLS that can be trusted ({why})") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        what = f"took more than {seconds:.0f} s" if late.is_set() else f"could not be reached ({type(error).__name__})"
        raise Passing(f"{host} {what}") from None
    finally:
        watch.cancel()
        connection.close()


def _answer(connection: http.client.HTTPConnection, url: str, body: Mapping[str, object], token: str) -> str:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "mlops-gates"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    connection.request("POST", path, json.dumps(body), headers)
    response = connection.getresponse()
    said = response.read(MOST + 1)
    status, host = response.status, _host(url)
    if status in _LATER:
        raise Passing(f"{host} answered {status}")
    if not 200 <= status < 300:
        raise CheckError(f"{host} answered {status}: {one_line(said.decode('utf-8', errors='replace'))}")
    if len(said) > MOST:
        raise CheckError(f"{host} answered more than {MOST // 1024} KiB")
    return said.decode("utf-8", errors="replace")


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


def _host(url: str) -> str:
    """Of a URL what may stand in a log: no path, query or password, which may be secrets."""
    return f"the webhook at {one_line(urlsplit(url).hostname or '?', 80)}"


def _broken(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
