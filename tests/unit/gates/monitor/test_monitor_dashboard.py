"""The dashboard: what Grafana's documentation demands of the JSON, and its API on the wire (a stand-in, no Grafana)."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from monitoring import ran
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from mlops_gates import dashboards
from mlops_gates.errors import CheckError, ConfigError, UsageError
from mlops_gates.gates.monitor.dashboard import Watched, uid

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


def measured(folder: Path, block: str) -> set[tuple[str, str]]:
    """(name of the metric, its label name) of each sample of metrics.txt of a run in which everything is measured."""
    rows = "".join(f"{one},{one / 300},{one % 2}\n" for one in range(300))
    config = f"""\
name: "{block}"
live: live.csv
reference: live.csv
answers: {{probability: score, predicted: said}}
labels: {{source: live.csv, id: id, truth: said}}
service: {{source: r.csv, objective: {{target: 99 %}}}}
thresholds: {{accuracy: 0.1, log_loss: 5, p95_latency_ms: 100, error_rate: 0.5}}
max_age: 90d
trained: 2026-11-01
until: 2026-11-20T06:00:00Z
"""
    requests = "time,latency_ms,status\n" + "2026-11-20T05:59:00Z,10,200\n" * 100
    ran(folder, config, {"live.csv": f"id,score,said\n{rows}", "r.csv": requests})
    families = text_string_to_metric_families((folder / "report" / "metrics.txt").read_text(encoding="utf-8"))
    return {(one.name, one.labels.get("name", "")) for family in families for one in family.samples}


@pytest.mark.parametrize("block", ["", "eu-west.1"])
def test_the_panels_ask_for_metrics_that_there_are(block: str, tmp_path: Path) -> None:
    there = measured(tmp_path, block)
    config = (tmp_path / "mlops-gates.yml").read_text(encoding="utf-8")
    found = json.loads(dashboards.told(dashboards.Asked("mlops-gates.yml", str(tmp_path), (), "", "local", "", "")))
    assert block in config
    asked = [target["expr"] for panel in found["panels"] for target in panel["targets"]]
    assert len(asked) == 13
    assert all('job=~"$job"' in one for one in asked)
    for one in asked:
        name = re.search(r"mlops_gates_\w+", one)
        assert name
        equal, like = re.search(r'name="([^"]+)"', one), re.search(r'name=~"([^"]+)"', one)
        if equal:
            assert (name[0], equal[1]) in there
        elif like:
            pattern = like[1].replace("\\\\", "\\")
            assert [label for metric, label in there if metric == name[0] and re.fullmatch(pattern, label)]
        else:
            assert name[0] in {metric for metric, _ in there}


def _lost(ours: object, theirs: object, at: str = "") -> list[str]:
    """Members of ours that are not in theirs, or are another value there."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [word for key, one in ours.items() for word in _lost(one, theirs.get(key), f"{at}/{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = zip(ours, theirs, strict=True)
        return [word for place, (one, other) in enumerate(pairs) for word in _lost(one, other, f"{at}[{place}]")]
    return [] if ours == theirs else [f"{at}: {ours!r} became {theirs!r}"]


@pytest.mark.acceptance
def test_grafanas_own_model_knows_every_member(tmp_path: Path) -> None:
    """The classes that Grafana generates from its schemas read it and write it again, and nothing is lost."""
    models = pytest.importorskip("grafana_foundation_sdk.models.dashboard")
    encoder = pytest.importorskip("grafana_foundation_sdk.cog.encoder")
    found = json.loads(told(tmp_path))
    again = json.loads(encoder.JSONEncoder().encode(models.Dashboard.from_json(found)))
    assert not _lost(found, again)
    found["panels"][0]["girdPos"] = {}
    assert _lost(found, json.loads(encoder.JSONEncoder().encode(models.Dashboard.from_json(found))))


def test_no_two_blocks_have_the_same_dashboard() -> None:
    names = ["", "churn", "a.b", "a-b", "x" * 20, "x" * 21, "x" * 20 + "y", "x" * 60, "x" * 61]
    found = [uid(Watched(name, "", ())) for name in names]
    assert len(set(found)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,40}", one) for one in found)
    assert found[:2] == ["mlops-gates-monitor", "mlops-gates-monitor-churn"]


def test_versions_of_other_monitors_are_not_shown(tmp_path: Path) -> None:
    one, other = (json.loads(told(tmp_path, CONFIG.replace("version", f"name: {name}\n  version"))) for name in "ab")
    tags = [found["annotations"]["list"][0]["target"]["tags"] for found in (one, other)]
    assert tags[0][:2] == tags[1][:2] == ["mlops-gates", "model-version"]
    assert tags[0][2] != tags[1][2]


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
    """No Grafana: the four calls as its documentation has them, with its statuses and bodies."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.known: dict[str, dict[str, Any]] = {}
        self.marks: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), Handler)


class Handler(BaseHTTPRequestHandler):
    server: StandIn

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._say(401, {"message": "Invalid API key"})
        if path.startswith("/grafana/api/dashboards/uid/"):
            meta = self.server.known.get(path.rpartition("/")[2])
            return self._say(200, {"meta": meta, "dashboard": {}}) if meta else self._say(404, {"message": "not found"})
        assert path == "/grafana/api/annotations"
        wanted = parse_qs(query)
        return self._say(
            200,
            [
                one
                for one in self.server.marks
                if [one["dashboardUID"]] == wanted["dashboardUID"] and set(wanted["tags"]) <= set(one["tags"])
            ],
        )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            return self._say(401, {"message": f"Invalid API key {self.headers['Authorization']}"})
        self.server.asked.append((self.path, body))
        if self.path == "/grafana/api/dashboards/db":
            uid = body["dashboard"]["uid"]
            if uid in self.server.known and not body.get("overwrite"):
                return self._say(412, {"status": "version-mismatch", "message": "changed by someone else"})
            # Without a folder it goes to the root, wherever it was.
            self.server.known[uid] = {"provisioned": False, "folderUid": body.get("folderUid", "")}
            url = f"/grafana/d/{uid}/model-monitor"
            return self._say(200, {"id": 1, "uid": uid, "url": url, "status": "success", "version": 1, "slug": "m"})
        assert self.path == "/grafana/api/annotations"
        if body["dashboardUID"] not in self.server.known or not body.get("text"):
            return self._say(404, {"message": "Dashboard not found"})
        self.server.marks.append({"id": len(self.server.marks) + 1, **body})
        return self._say(200, {"message": "Annotation added", "id": len(self.server.marks)})

    def _say(self, status: int, body: dict[str, Any] | list[dict[str, Any]]) -> None:
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
def test_it_is_created_and_replaced_with_each_version_marked_once(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    url = f"http://127.0.0.1:{stand_in.server_port}/grafana/"
    saved = "saved /grafana/d/mlops-gates-monitor/model-monitor\n"
    assert told(tmp_path, grafana=url) == f"{saved}annotated with version v7\n"
    assert told(tmp_path, grafana=url) == f"{saved}version v7 stands there\n"
    for version in ("v8", "v7"):  # rolled back
        assert told(tmp_path, CONFIG.replace("v7", version), url) == f"{saved}annotated with version {version}\n"
    assert [one["text"] for one in stand_in.marks] == [f"model version v{one}" for one in (7, 8, 7)]
    assert {one["dashboardUID"] for one in stand_in.marks} == {"mlops-gates-monitor"}


@pytest.mark.acceptance
def test_it_stays_in_the_folder_into_which_somebody_put_it(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    stand_in.known["mlops-gates-monitor"] = {"provisioned": False, "folderUid": "models"}
    told(tmp_path, grafana=f"http://127.0.0.1:{stand_in.server_port}/grafana")
    assert stand_in.asked[0][1]["folderUid"] == "models"


@pytest.mark.acceptance
def test_one_that_grafana_has_from_a_file_is_not_saved(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", TOKEN)
    stand_in.known["mlops-gates-monitor"] = {"provisioned": True, "folderUid": ""}
    with pytest.raises(CheckError, match="from a file of its own"):
        told(tmp_path, grafana=f"http://127.0.0.1:{stand_in.server_port}/grafana")
    assert stand_in.asked == []


@pytest.mark.acceptance
def test_a_refusal_is_told_without_the_token(
    stand_in: StandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAFANA_TOKEN", "glsa_WRONG")
    with pytest.raises(CheckError, match=r"Grafana at 127\.0\.0\.1 answered 401") as raised:
        told(tmp_path, grafana=f"http://127.0.0.1:{stand_in.server_port}/grafana")
    assert "glsa" not in str(raised.value)
