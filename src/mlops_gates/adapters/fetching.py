"""One GET over HTTP that ends: a total deadline, a cap on the body, the certificate verified, no way to another host.

The timeout of a socket is for each of its operations; a server that sends a byte every few seconds never meets it. So the
request runs in a thread of its own, and the caller waits no longer than the deadline.
"""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass

_CHUNK = 65536
_REDIRECTS = (301, 302, 303, 307, 308)
_HOPS = 3
"""Redirects that are followed."""


@dataclass(frozen=True)
class Answer:
    """What a server answered: the status, its Date header, and the body as far as the cap goes."""

    status: int
    date: str
    body: bytes
    cut: bool


class Unreachable(CheckError):
    """A server could not be asked. `again`: another try may succeed."""

    def __init__(self, what: str, next_step: str, again: bool = False) -> None:
        super().__init__(what, next_step=next_step)
        self.again = again


def fetch(url: str, headers: Mapping[str, str], deadline: float, cap: int) -> Answer:
    """The answer to a GET, whatever its status, within `deadline` seconds, at most `cap` bytes of its body.

    Proxies are those of the environment. Raises Unreachable: no connection, a certificate that does not verify, a redirect to
    another host, the deadline.
    """
    asking = _Asking(url, headers, deadline, cap)
    thread = threading.Thread(target=asking.run, name="fetch", daemon=True)
    thread.start()
    thread.join(deadline)
    if thread.is_alive():
        left_open = asking.stop()
        raise Unreachable(
            f"{_host(url)} did not answer in full within {deadline:.0f} s{left_open}", "Is it up, and how busy is it?"
        )
    if asking.answer is not None:
        return asking.answer
    raise asking.failed or Unreachable(f"{_host(url)} could not be asked", "Run again.")


class _Asking:
    def __init__(self, url: str, headers: Mapping[str, str], deadline: float, cap: int) -> None:
        self._url = url
        self._headers = dict(headers)
        self._deadline = deadline
        self._until = time.monotonic() + deadline
        self._cap = cap
        self.held: list[http.client.HTTPConnection] = []
        self.answer: Answer | None = None
        self.failed: CheckError | None = None

    def run(self) -> None:
        try:
            self.answer = self._answered()
        except CheckError as error:
            self.failed = error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failed = _told(error, _host(self._url) + _through(self._url))

    def _answered(self) -> Answer:
        """The answer at the end of redirects. Their bodies are not read: urllib would, to the last byte."""
        opener = urllib.request.build_opener(_Plain(self.held), _Secure(self.held), _Stay())
        url = self._url
        for _ in range(_HOPS + 1):
            request = urllib.request.Request(url, headers=self._headers)  # noqa: S310 - the scheme is checked before
            try:
                answer = opener.open(request, timeout=self._deadline)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                if not (onward := _onward(url, answer)):
                    return self._read(answer)
            url = onward
        raise Unreachable(f"{_host(self._url)} sends us round in circles", "Give the address that answers by itself.")

    def stop(self) -> str:
        """Let a thread that waits for headers go; one that waits within a handshake ends by its socket's timeout.

        Says what could not be closed: such a thread goes on, and its server may drip for as long as it likes.
        """
        for connection in self.held:
            sock = connection.sock
            try:
                if sock is not None:
                    sock.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                if error.errno not in (errno.ENOTCONN, errno.EBADF):  # these have gone by themselves
                    return f", and its connection cannot be closed ({error.strerror or type(error).__name__})"
        return ""

    def _read(self, answer: Any) -> Answer:
        parts, size = [], 0
        while size <= self._cap and time.monotonic() < self._until and (part := answer.read1(_CHUNK)):
            parts.append(part)
            size += len(part)
        if time.monotonic() >= self._until:
            raise Unreachable(f"{_host(self._url)} did not answer in full within {self._deadline:.0f} s", "Is it busy?")
        if size <= self._cap and size < _announced(answer.headers):
            raise Unreachable(f"{_host(self._url)} broke off in the middle of its answer", "Run again.", again=True)
        body = b"".join(parts)
        return Answer(int(answer.status), str(answer.headers.get("Date", "")), body[: self._cap], size > self._cap)


def _announced(headers: Mapping[str, str]) -> int:
    """The length of a body as its head says it; 0 where that says nothing, as of chunks, which end by themselves."""
    said = headers.get("Content-Length", "")
    return int(said) if said.isdecimal() and not headers.get("Transfer-Encoding") else 0


def _onward(url: str, answer: Any) -> str:
    """Where a redirect leads on the same server; empty where it is none. Another server would be given the token."""
    location = answer.headers.get("Location") if answer.status in _REDIRECTS else None
    if not location:
        return ""
    onward = urljoin(url, str(location))
    if _server(url) != _server(onward):
        raise Unreachable(f"{_host(url)} sends us on to another host", "Give the address that answers by itself.")
    return onward


def _server(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, held: list[http.client.HTTPConnection]) -> None:
        super().__init__()
        self._held = held

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req)

    def _connection(self, host: str, **named: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(host, **named)
        self._held.append(connection)
        return connection


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, held: list[http.client.HTTPConnection]) -> None:
        self._verified = ssl.create_default_context()
        super().__init__(context=self._verified)
        self._held = held

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._connection, req, context=self._verified)

    def _connection(self, host: str, **named: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPSConnection(host, **named)
        self._held.append(connection)
        return connection


class _Stay(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect to the caller."""

    def redirect_request(self, *_: object) -> None:
        return None


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _through(url: str) -> str:
    """That a proxy stands before a host, which then may be what fails; not which, as its address may have a password."""
    parts = urlsplit(url)
    proxied = parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.netloc)
    return " (through the proxy of the environment)" if proxied else ""


def _told(error: Exception, host: str) -> Unreachable:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Unreachable(
            f"the certificate of {host} does not verify ({reason.verify_message})",
            "Name the authority in SSL_CERT_FILE; it is not asked without.",
        )
    if isinstance(reason, ssl.SSLError):
        return Unreachable(f"{host} does not speak TLS as it should", "Is it https, and on this port?")
    if isinstance(reason, TimeoutError):
        return Unreachable(f"{host} did not answer in time", "Is it up, and how busy is it?")
    word = "refuses the connection" if isinstance(reason, ConnectionRefusedError) else f"({type(reason).__name__})"
    return Unreachable(f"{host} cannot be reached: {word}", "Is it up, and reachable from this job?", again=True)
