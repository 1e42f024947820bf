"""The dashboard: what Grafana's documentation demands of the JSON, and its API on the wire (a stand-in, no Grafana)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from mlops_gates import dashboards
from mlops_gates.errors import CheckError, ConfigError, UsageError

CONFIG = """\
monitor:
  version: v7
  live: live.csv
  answers: {probability: score}
  labels: {source: labels.csv}
  thresholds: {accuracy: {min: 0.74}, log_loss: 0.5}
  max_age: 90d
  trained: 2026-11-01
"""
TOKEN = "glsa_S3CRET"


def told(folder: Path, text: str = CONFIG, grafana: str = "") -> str:
    for name in ("live.csv", "labels.csv"):
        (folder / name).write_text("id\n1\n", encoding="utf-8")
    (folder / "mlops-gates.yml").write_text(text, encoding="utf-8")
    return dashboards.told(dashboards.Asked("mlops-gates.yml", str(folder), (), "", "local", grafana, ""))


def test_the_json_is_what_the_dashboard_model_demands(tmp_path: Path) -> None:
    found = json.loads(told(tmp_path))
    # "Dashboard JSON model": id null for a new one, uid of at most 40 characters, a title, panels on a grid of 24.
    assert found["id"] is None
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,40}", found["uid"])
    assert isinstance(found["schemaVersion"], int)
    assert {"title", "tags", "time", "templating", "annotations", "timezone", "refresh"} <= set(found)
    numbers = [panel["id"] for panel in found["panels"]]
    assert sorted(set(numbers)) == sorted(numbers)
    cells: set[tuple[int, int]] = set()
    for panel in found["panels"]:
        assert panel["type"] in ("stat", "timeseries", "table")
        grid = panel["gridPos"]
        here = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert max(x for x, _ in here) < 24
        assert not here & cells, "panels lie on each other"
        cells |= here
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert steps[0]["value"] is None
        assert [step["value"] for step in steps[1:]] == sorted(step["value"] for step in steps[1:])
        for target in panel["targets"]:
            assert target["expr"].count('"') % 2 == 0
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    titles = {panel["title"]: panel for panel in found["panels"]}
    assert titles["accuracy"]["fieldConfig"]["defaults"]["thresholds"]["steps"] == [
        {"color": "red", "value": None},
        {"color": "green", "value": 0.74},
    ]
    assert titles["model_age_days"]["fieldConfig"]["defaults"]["thresholds"]["steps"][1] == {
        "color": "red",
        "value": 90.0,
    }


def test_the_same_config_gives_the_same_text(tmp_path: Path) -> None:
    assert told(tmp_path) == told(tmp_path)


def test_a_config_without_a_monitor_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no monitor"):
        told(tmp_path, "data:\n  source: live.csv\n")


def test_a_server_needs_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAFANA_TOKEN", raising=False)
    with pytest.raises(UsageError, match="GRAFANA_TOKEN is not set"):
        told(tmp_path, grafana="http://127.0.0.1:1")


class StandIn(HTTPServer):
    """No Grafana: the two calls as its documentation has them, with its statuses and bodies."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, StandIn)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._say(401, {"message": "Invalid API key"})
        known = {uid for path, one in self.server.asked if (uid := one.get("dashboard", {}).get("uid"))}
        if self.path == "/grafana/api/dashboards/db":
            uid = body["dashboard"]["uid"]
            if uid in known and not body.get("overwrite"):
                return self._say(412, {"status": "version-mismatch", "message": "changed by someone else"})
            self.server.asked.append((self.path, body))
            url = f"/grafana/d/{uid}/model-monitor"
            return self._say(200, {"id": 1, "uid": uid, "url": url, "status": "success", "version": 1, "slug": "m"})
        if self.path == "/grafana/api/annotations":
            if body["dashboardUID"] not in known or not body.get("text"):
                return self._say(404, {"message": "Dashboard not found"})
            self.server.asked.append((self.path, body))
            return self._say(200, {"message": "Annotation added", "id": 7})
        return self._say(404, {"message": "Not found"})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        said = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    one = StandIn()
    thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    one.shutdown()
    thread.join()
    one.server_close()


@pytest.mark.acceptance
def test_it_is_created_and_replaced_with_the_version_as_an_annotation(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    url = f"http://127.0.0.1:{stand_in.server_port}/grafana/"
    for _ in range(2):
        assert (
            told(tmp_path, grafana=url)
            == "saved /grafana/d/mlops-gates-monitor/model-monitor\nannotated with version v7\n"
        )
    paths = [path for path, _ in stand_in.asked]
    assert paths == ["/grafana/api/dashboards/db", "/grafana/api/annotations"] * 2
    assert stand_in.asked[1][1]["text"] == "model version v7"


@pytest.mark.acceptance
def test_a_refusal_is_told_without_the_token(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_WRONG")
    with pytest.raises(CheckError, match="401") as raised:
        told(tmp_path, grafana=f"http://127.0.0.1:{stand_in.server_port}/grafana")
    assert "glsa" not in str(raised.value)
