"""The real SDKs, each in an environment of its own: genuine builders render, twice alike, and nothing leaves."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

import pytest

from builders import TARGETS
from mlops_gates.gates.builders.building.workers import Asked, Where, render
from mlops_gates.worker.environment import provide

from .machine import ROOT

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(1800)]
BUILDERS = ROOT / "tests" / "builders"
CALLS = {
    "realtime": "CreateEndpointConfig",
    "serverless": "CreateEndpointConfig",
    "async": "CreateEndpointConfig",
    "automl": "CreateAutoMLJobV2",
}
TYPES = {
    "tuning": "Tuning",
    "model": "Model",
    "serial": "Model",
    "direct": "Model",
    "package": "RegisterModel",
    "processing": "Processing",
    "transform": "Transform",
    "pipeline": "",
}
HARMLESS = {("s3", "PutObject"), ("s3", "HeadBucket"), ("iam", "SimulatePrincipalPolicy")}


@pytest.fixture(scope="module", params=["v2", "v3"])
def sdk(request: pytest.FixtureRequest) -> tuple[str, Where]:
    version = str(request.param)
    python = provide(BUILDERS / version / "requirements.txt", seconds=1500)
    return version, Where(code=(BUILDERS,), python=python)


@pytest.fixture(scope="module")
def entries(sdk: tuple[str, Where]) -> dict[str, dict[str, Any]]:
    """All builders of one SDK, by their names, rendered in one worker."""
    version, where = sdk
    answers = list(render([Asked(f"{version}.{target}") for target in TARGETS.values()], where))
    assert [answer.get("error") for answer in answers] == [None] * len(TARGETS)
    assert {answer["sdk"]["version"].partition(".")[0] for answer in answers} == {version[1:]}
    return {name: answer["builder"] for name, answer in zip(TARGETS, answers, strict=True)}


def test_every_builder_renders_and_gives_the_request_that_it_is_for(entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        assert [run["error"] for run in entry["runs"]] == [None] * len(entry["runs"]), name
        if name in CALLS:
            made = [call["operation"] for call in entry["runs"][0]["calls"] if call["operation"].startswith("Create")]
            assert made == [CALLS[name]]
        else:
            assert entry["step_type"] == TYPES.get(name, "Training"), name
            assert entry["runs"][0]["steps"], name


def test_two_renderings_are_alike(entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        first, again = entry["runs"][:2]
        for key in ("definition", "steps"):
            assert first[key] == again[key], name
        requests = [[(call["operation"], call["request"]) for call in run["calls"]] for run in (first, again)]
        assert requests[0] == requests[1], name


def test_only_what_an_endpoint_or_a_job_asks_for_is_called(entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        for run in entry["runs"]:
            calls = {(call["service"], call["operation"]) for call in run["calls"]}
            beside = {call for call in calls if call not in HARMLESS}
            assert all(service == "sagemaker" for service, _ in beside), (name, beside)
            assert bool(beside) == (name in CALLS), (name, beside)


def test_a_step_waits_and_is_cached_where_it_is_told_to(entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        waiting = next((run for run in entry["runs"] if run["why"] == "waiting"), None)
        if waiting is None:
            assert name in (*CALLS, "pipeline")
            continue
        probe, *own = waiting["definition"]["Steps"]
        assert probe["Name"] == "Probe"
        assert own[-1]["DependsOn"] == ["Probe"], name
        cached = own[-1].get("CacheConfig", {}).get("Enabled", False)
        assert cached == (own[-1]["Type"] not in ("Model", "RegisterModel")), name


def test_inputs_reach_the_request(entries: dict[str, dict[str, Any]]) -> None:
    for name, entry in entries.items():
        run = entry["runs"][0]
        text = json.dumps(run["definition"])
        assert all(uri in text for uri in run["inputs"].values()), name
    assert entries["pytorch"]["required"] == ["train", "validation"]


def test_rendering_costs_little_beside_the_import(sdk: tuple[str, Where]) -> None:
    """Fifty builders in one worker, against the SDK's own import and fifty builders each rendered once."""
    version, where = sdk
    targets = [f"{version}.{target}" for name, target in TARGETS.items() if name != "pipeline"] * 3
    targets = targets[:50]
    plain = f"""
import importlib, os, sys
os.environ.update(AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x", AWS_DEFAULT_REGION="us-east-1")
sys.path[:0] = [{str(BUILDERS)!r}, {str(ROOT / "src")!r}]
import types
package = types.ModuleType("gates_worker")
package.__path__ = [{str(ROOT / "src" / "mlops_gates" / "worker")!r}]
sys.modules["gates_worker"] = package
from gates_worker.rendering import running, asking
from gates_worker.rendering.offline import Offline
running.asks = lambda *_: [running.Ask("first", {{name: running.synthesised(name) for name in sum(_, [])}})]
Offline._read_models_once = lambda self: None
from gates_worker.rendering.rendering import Rendering
for target in {targets!r}:
    assert "error" not in Rendering(target).all()
"""
    started = time.monotonic()
    subprocess.run([str(where.python), "-c", plain], check=True, capture_output=True, timeout=900)
    floor = time.monotonic() - started
    started = time.monotonic()
    answers = list(render([Asked(target) for target in targets], where))
    ours = time.monotonic() - started
    assert len(answers) == 50
    print(f"\nSDK {version}: {ours:.1f} s for 50 builders, {floor:.1f} s once each without the gate")
    assert ours <= 1.5 * floor
