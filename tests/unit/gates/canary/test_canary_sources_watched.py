"""Sources as the gate watches them: what is forecast before, what comes too late, and which source an address means."""

from __future__ import annotations

import os
import threading
from email.utils import formatdate

import pytest

from mlops_gates.checks import Context
from mlops_gates.document import Document
from mlops_gates.errors import CheckError, ConfigError
from mlops_gates.gates.canary import _facts, watching
from mlops_gates.gates.canary.scope import CanaryOptions, CanaryScope
from mlops_gates.gates.canary.sources.clock import Clock, last
from mlops_gates.gates.canary.stopping import Turns
from mlops_gates.gates.canary.streams import Count, Look

T = 1_800_000_000.0


def scope_of(folder, **more):
    asked = {"endpoint": "churn", "candidate": "v2", "metrics_from": "http://127.0.0.1:9", "steps": ["10 %"], **more}
    context = Context(
        Document({}), ("canary",), folder, 1e12, 0, threading.Event(), lambda _: None, lambda _: None, samples=False
    )
    return CanaryScope(context, CanaryOptions.model_validate(asked))


class World:
    """A machine whose time is spent by sleeping, and a source that notes what it is asked, and when."""

    def __init__(self, look):
        self.passed, self.look, self.asked = 0.0, look, []

    def clock(self):
        return Clock(lambda: T + 7, lambda: self.passed)

    def sleep(self, seconds):
        self.passed += seconds

    def ready(self):
        pass

    def read(self, start, end):
        self.asked.append((start, end, T + 7 + self.passed))
        return self.look(start, end)


def looks(monkeypatch, scope, look, count=3):
    world = World(look)
    monkeypatch.setattr(watching, "source_of", lambda *_: world)
    monkeypatch.setattr(watching, "_sleeper", lambda _: world.sleep)
    return world, list(watching._looks(scope, None, world.clock(), count))


def counted(baseline, canary=None):
    arms = {"baseline": Count(*baseline)} | ({"canary": Count(*canary)} if canary else {})
    return lambda start, end: Look(start, end, {"error_rate": arms})


@pytest.mark.parametrize("interval", [60, 600, 3600])
def test_no_interval_is_read_before_its_late_points_are_there_not_even_for_the_forecast(
    tmp_path, monkeypatch, interval
):
    scope = scope_of(tmp_path, interval=interval, duration=interval * 9, late=180)
    world, _ = looks(monkeypatch, scope, counted((4000, 40)))
    assert all(now >= end + 180 for _, end, now in world.asked)
    assert world.asked[0][1] <= world.asked[1][0] and len({start for start, *_ in world.asked}) == 4


def test_the_forecast_is_of_all_traffic_also_where_a_part_is_the_candidates_already(tmp_path, monkeypatch):
    alone, shared = scope_of(tmp_path), scope_of(tmp_path)
    looks(monkeypatch, alone, counted((5000, 50)))
    looks(monkeypatch, shared, counted((4500, 45), (500, 5)))
    assert alone.forecast == shared.forecast and "times the baseline's rate" in alone.forecast


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (lambda start, end: Look(start, end, errors={"error_rate": "busy"}), "error_rate: none, busy"),
        (Look, "error_rate: none, no requests of the baseline yet"),
        (counted((0, 0)), "error_rate: none, no requests of the baseline yet"),
    ],
)
def test_no_forecast_says_why(tmp_path, monkeypatch, look, words):
    scope = scope_of(tmp_path)
    looks(monkeypatch, scope, look)
    assert scope.forecast == words


def test_a_source_that_cannot_be_asked_gives_no_forecast_and_silent_looks(tmp_path, monkeypatch):
    def look(start, end):
        raise CheckError("nobody there")

    scope = scope_of(tmp_path)
    _, found = looks(monkeypatch, scope, look)
    assert scope.forecast == "none, since the baseline could not be read: nobody there"
    assert [one.errors for one in found] == [{"error_rate": "nobody there"}] * 3 and not any(
        one.counts for one in found
    )


def test_what_came_too_late_is_among_the_facts(tmp_path, monkeypatch):
    scope = scope_of(tmp_path)
    looks(monkeypatch, scope, lambda start, end: Look(start, end, late={"error_rate": 600}))
    assert _facts(scope)["came too late, judged nowhere"] == "1,800 of error_rate"


def test_the_last_boundary_before_a_moment():
    assert [last(one, 60) for one in (59.9, 60, 61, 120)] == [0, 60, 60, 120]


def test_where_our_clock_is_ahead_the_forecast_waits_that_much_longer(tmp_path, monkeypatch):
    scope = scope_of(tmp_path, late=1)
    world = World(counted((10, 1)))
    clock = world.clock()
    clock.against(formatdate(T + 7 - 50, usegmt=True), "Prometheus")
    monkeypatch.setattr(watching, "source_of", lambda *_: world)
    monkeypatch.setattr(watching, "_sleeper", lambda _: world.sleep)
    next(watching._looks(scope, None, clock, 1))
    assert world.asked[0][1] == T - 60


@pytest.mark.parametrize("address", ["HTTP://prometheus:9090", "https://prometheus/x"])
def test_the_scheme_of_an_address_may_be_in_capitals(tmp_path, address):
    assert watching.source_of(scope_of(tmp_path, metrics_from=address).options, Clock())


@pytest.mark.parametrize("address", ["http//user:s3cret@host", "s3cret", "samples.tsv", "ftp://s3cret", "cloudwatch "])
def test_what_is_no_source_is_an_error_of_the_config_and_not_shown(tmp_path, address):
    with pytest.raises(ValueError, match="metrics_from: should be cloudwatch") as error:
        scope_of(tmp_path, metrics_from=address)
    assert "s3cret" not in str(error.value)


def test_credentials_in_an_address_are_not_shown(tmp_path):
    with pytest.raises(ValueError, match="the address of Prometheus is none") as error:
        scope_of(tmp_path, metrics_from="https://user:s3cret@host")
    assert "s3cret" not in str(error.value)


@pytest.mark.parametrize("name", ["v'1", "v`1", "v\n1", "\x00"])
def test_an_arm_whose_name_could_leave_its_quotes_is_refused(tmp_path, name):
    scope = scope_of(tmp_path, arms={"canary": name})
    with pytest.raises(ConfigError, match="the name of an arm has a quote"):
        watching.source_of(scope.options, Clock())


def test_an_interval_of_cloudwatch_is_of_whole_minutes(tmp_path):
    with pytest.raises(ValueError, match="whole minutes"):
        scope_of(tmp_path, metrics_from="cloudwatch", interval="90s")
    assert scope_of(tmp_path, metrics_from="cloudwatch", interval="2m")


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("", ""),
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"),
        ("http://localhost:4566", "http://localhost:4566"),
        ("https://vpce-1.api.sagemaker.eu-west-1.vpce.amazonaws.com", ""),
    ],
)
def test_an_address_of_sagemaker_in_a_vpc_is_not_that_of_cloudwatch(tmp_path, url, asked):
    scope = scope_of(tmp_path, metrics_from="cloudwatch", route={"region": "eu-west-1", "endpoint_url": url})
    assert watching.source_of(scope.options, Clock())._aws._endpoint == asked


@pytest.fixture
def nowhere(monkeypatch, tmp_path):
    """An environment that names no account."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.parametrize("url", ["", "http://127.0.0.1:9"])
def test_the_region_is_that_of_the_environment_where_the_config_names_none(tmp_path, monkeypatch, nowhere, url):
    scope = scope_of(tmp_path, metrics_from="cloudwatch", route={"endpoint_url": url})
    with pytest.raises(CheckError, match="there is no AWS region") as error:
        watching.source_of(scope.options, Clock()).ready()
    assert "AWS_DEFAULT_REGION" in error.value.next_step
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    aws = watching.source_of(scope.options, Clock())._aws
    assert aws._client("cloudwatch", aws.region).meta.region_name == "eu-west-1"


@pytest.mark.parametrize("source", ["cloudwatch", "http://127.0.0.1:9"])
def test_a_metric_that_no_source_has_is_an_error_of_the_config(tmp_path, source):
    with pytest.raises(ValueError, match="metric revenue does not say where"):
        scope_of(tmp_path, metrics_from=source, metrics={"revenue": {}})
    with pytest.raises(ValueError, match="latency_above has no bound_ms"):
        scope_of(tmp_path, metrics_from=source, thresholds={"latency_above": {"max": 0.1}})


@pytest.mark.parametrize(("more", "looks"), [({}, 10), ({"initial_delay": "4m"}, 6)])
def test_a_recording_is_judged_as_long_as_is_planned_and_no_longer(tmp_path, more, looks):
    rows = [f"{T + 60 * at:.0f},{arm},error_rate,40,2" for at in range(300) for arm in ("baseline", "canary")]
    (tmp_path / "samples.csv").write_text("time,arm,metric,n,bad\n" + "\n".join(rows))
    scope = scope_of(tmp_path, metrics_from="samples.csv", duration="10m", **more)
    turns = Turns(scope.context.cancel, lambda: None, False, scope.context.advance)
    assert watching.watch(scope, None, turns).looks == looks
    assert len(scope.verdicts) == 10
    assert scope.forecast == "none, since the samples are recorded"
