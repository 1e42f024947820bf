"""Whom a monitor tells: after the verdict, which nothing that breaks then can change."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mlops_gates import notifying
from mlops_gates.adapters import webhook
from mlops_gates.adapters.again import Passing
from mlops_gates.config import Block
from mlops_gates.findings import CheckResult, Finding, GateResult, Location, Report, Severity, Status, Tool
from mlops_gates.gates.monitor.notices import Notice
from mlops_gates.options import BlockOptions


class Told(BlockOptions):
    notify: tuple[Notice, ...] = ()
    version: str = "v7"


def finding(status: Status, subject: str = "age", message: str = "it drifted") -> Finding:
    return Finding("monitor.drift", subject, status, Severity.ERROR, message, Location("mlops-gates.yml", 1))


def report(status: Status, *findings: Finding) -> Report:
    check = CheckResult("monitor.drift", "drift", status, findings or (finding(status),))
    return Report(status, 1, Tool(), (GateResult("monitor", "", status, (check,)),))


def notified(status: Status, *notices: dict[str, Any], findings: tuple[Finding, ...] = ()) -> list[str]:
    options = Told.model_validate({"notify": tuple(Notice.model_validate(one) for one in notices)})
    block = Block("monitor", ("monitor",), options)
    return list(notifying.notify([block], report(status, *findings), lambda _: None))


class Server(HTTPServer):
    """A receiver of webhooks on loopback that answers with the statuses given, the last one for ever."""

    def __init__(self) -> None:
        self.answers = [200]
        self.bodies: list[dict[str, Any]] = []
        self.authorizations: list[str | None] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.authorizations.append(self.headers["Authorization"])
        answers = self.server.answers
        self.send_response(answers.pop(0) if len(answers) > 1 else answers[0])
        said = f"Cannot POST {self.path}".encode()  # as some frameworks do
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.mark.acceptance
def test_a_webhook_gets_what_the_report_says(server: Server) -> None:
    assert notified(Status.FAILED, {"webhook": f"http://127.0.0.1:{server.server_port}/hook"}) == []
    (body,) = server.bodies
    assert body["text"] == "monitor of v7: failed\nmonitor.drift age: it drifted"
    assert (body["status"], body["exit_code"], body["findings"][0]["rule"]) == ("failed", 1, "monitor.drift")


@pytest.mark.acceptance
def test_who_is_busy_is_asked_again(server: Server) -> None:
    server.answers = [503, 429, 200]
    assert notified(Status.FAILED, {"webhook": f"http://127.0.0.1:{server.server_port}/hook"}) == []
    assert len(server.bodies) == 3


@pytest.mark.acceptance
def test_what_cannot_be_told_is_told_without_the_secret(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.answers = [503]
    monkeypatch.setenv("HOOK", f"http://127.0.0.1:{server.server_port}/services/T0SECRET?token=S3CRET")
    (complaint,) = notified(Status.FAILED, {"webhook": "${HOOK}"})
    assert "notify.0 was not told" in complaint
    assert "503 (3 times)" in complaint
    assert "SECRET" not in complaint
    assert "S3CRET" not in complaint
    for status in (404, 302, 307):
        server.answers = [status]
        before = len(server.bodies)
        (complaint,) = notified(Status.FAILED, {"webhook": "${HOOK}"})
        assert f"answered {status}" in complaint
        assert "SECRET" not in complaint.replace("S3", ""), "a receiver may repeat the address"
        assert len(server.bodies) == before + 1, "neither is a refusal repeated nor a redirect followed"


@pytest.mark.acceptance
def test_a_user_of_the_url_is_sent_and_not_told(server: Server) -> None:
    server.answers = [401]
    (complaint,) = notified(Status.FAILED, {"webhook": f"http://me:p%40ss@127.0.0.1:{server.server_port}/hook"})
    assert server.authorizations == ["Basic " + base64.b64encode(b"me:p@ss").decode()]
    assert "p%40ss" not in complaint
    assert "p@ss" not in complaint


@pytest.mark.acceptance
def test_nobody_is_told_of_what_is_good(server: Server) -> None:
    hook = {"webhook": f"http://127.0.0.1:{server.server_port}/hook"}
    assert notified(Status.PASSED, hook) == notified(Status.WARNED, hook) == []
    assert server.bodies == []
    assert notified(Status.WARNED, {**hook, "when": ["warned"]}) == []
    assert len(server.bodies) == 1


def test_one_that_fails_keeps_no_other_from_being_told(tmp_path: Path) -> None:
    target = tmp_path / "told.json"
    write = {"command": ["sh", "-c", f'printf %s "$MLOPS_GATES_NOTICE" > {target}']}
    complaints = notified(Status.ERRORED, {"webhook": "${NOT_SET_ANYWHERE}"}, {"command": ["false"]}, write)
    assert ["NOT_SET_ANYWHERE is not set" in complaints[0], "ended with 1" in complaints[1]] == [True, True]
    assert json.loads(target.read_text())["status"] == "errored"


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"webhook": "ftp://x/y"},
        {"webhook": "https://x", "command": ["true"]},
        {"sns": "topic"},
        {"sns": "arn:aws:s3:::b"},
    ],
)
def test_what_is_no_notice_is_refused_without_its_value(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as raised:
        Notice.model_validate(wrong)
    assert "ftp://x/y" not in str(raised.value)


def test_what_is_busy_is_asked_three_times_and_then_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def busy(url: str, *_: object, **__: object) -> str:
        asked.append(url)
        raise Passing("the webhook at example.com answered 503")

    monkeypatch.setattr(webhook, "posted", busy)
    (complaint,) = notified(Status.FAILED, {"webhook": "https://example.com/T0SECRET"})
    assert len(asked) == 3
    assert "503 (3 times)" in complaint
    assert "SECRET" not in complaint
    assert notified(Status.PASSED, {"webhook": "https://example.com/T0SECRET"}) == []
    assert len(asked) == 3


def test_however_much_there_is_to_tell_a_command_can_be_started(tmp_path: Path) -> None:
    """Linux holds 128 KiB in one variable; these findings alone are megabytes, of the longest letters that there are."""
    target = tmp_path / "told.json"
    write = {"command": ["sh", "-c", f'printf %s "$MLOPS_GATES_NOTICE" > {target}']}
    long = tuple(finding(Status.WARNED, "\U0001f600\n" * 50_000, '"\U0001f600\ud800\x00' * 50_000) for _ in range(50))
    assert notified(Status.FAILED, write, findings=(*long, finding(Status.FAILED))) == []
    said = target.read_text(encoding="utf-8")
    assert len(said.encode()) < 120_000
    found = json.loads(said)
    assert found["text"].splitlines()[1] == "monitor.drift age: it drifted", "the worst comes first"
    assert found["text"].splitlines()[-1] == "and 31 more"
    assert len(found["findings"]) == 20


def test_a_variable_that_is_not_set_is_told_before_there_is_need(monkeypatch: pytest.MonkeyPatch) -> None:
    (complaint,) = notified(Status.PASSED, {"webhook": "${NOT_SET_ANYWHERE}"})
    assert complaint == "monitor: notify.0 could not be told of a breach: the variable NOT_SET_ANYWHERE is not set"
    monkeypatch.setenv("NOT_SET_ANYWHERE", "https://host/T0SECRET")
    assert notified(Status.PASSED, {"webhook": "${NOT_SET_ANYWHERE}"}) == []
