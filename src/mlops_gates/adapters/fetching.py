"""One GET over HTTP that ends: a total deadline, a cap on the body, the certificate verified, no way to another host.

The timeout of a socket is for each of its operations; a server that sends a byte every few seconds never meets it. So the
request runs in a thread of its own, and the caller waits no longer than the deadline.
"""

from __future__ import annotations

import http.client
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass

_CHUNK = 65536


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
        asking.stop()
        raise Unreachable(
            f"{_host(url)} did not answer in full within {deadline:.0f} s", "Is it up, and how busy is it?"
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
        opener = urllib.request.build_opener(_Plain(self.held), _Secure(self.held), _SameHost())
        request = urllib.request.Request(self._url, headers=self._headers)  # noqa: S310 - the scheme is checked before
        try:
            try:
                answer = opener.open(request, timeout=self._deadline)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                self.answer = self._read(answer)
        except CheckError as error:
            self.failed = error
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.failed = _told(error, _host(self._url))

    def stop(self) -> None:
        """Let a thread that waits for headers go; one that waits within a handshake ends by its socket's timeout."""
        for connection in self.held:
            sock = connection.sock
            if sock is not None:
                try:
                    sock.shutdown(2)
                except OSError:
                    continue  # it has gone by itself

    def _read(self, answer: Any) -> Answer:
        parts, size = [], 0
        while size <= self._cap and time.monotonic() < self._until and (part := answer.read1(_CHUNK)):
            parts.append(part)
            size += len(part)
        if time.monotonic() >= self._until:
            raise Unreachable(f"{_host(self._url)} did not answer in full within {self._deadline:.0f} s", "Is it busy?")
        body = b"".join(parts)
        return Answer(int(answer.status), str(answer.headers.get("Date", "")), body[: self._cap], size > self._cap)


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


class _SameHost(urllib.request.HTTPRedirectHandler):
    """A redirect elsewhere would take the token along."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        here, there = urlsplit(req.full_url), urlsplit(urljoin(req.full_url, newurl))
        if (here.scheme, here.hostname, here.port) != (there.scheme, there.hostname, there.port):
            raise Unreachable(
                f"{_host(req.full_url)} sends us on to another host", "Give the address that answers by itself."
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


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
