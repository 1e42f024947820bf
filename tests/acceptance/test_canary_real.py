"""Real parts of a canary count right: model servers, nginx, the comparer of answers, Prometheus. No gate is asked here."""

from __future__ import annotations

import json
import math
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "examples" / "canary")]

import load  # noqa: E402  (the example's)
import router  # noqa: E402
from server import struck  # noqa: E402

from canary.parts import ARMS, end, missing, parts, train  # noqa: E402

pytestmark = pytest.mark.xdist_group("canary")
NULLED = "worst_texture"


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    train(folder)
    return folder


@pytest.fixture(scope="module")
def running(trained, tmp_path_factory):
    with started(trained, tmp_path_factory.mktemp("parts")) as canary:
        yield canary


@pytest.fixture
def canary(running):
    """The parts without a fault, split in halves, their counters at zero."""
    for arm in ARMS:
        running.fault(arm)
    running.shift(0.5)
    running.settle()
    running.mark()
    return running


@contextmanager
def started(trained, folder):
    if missing():
        pytest.skip(f"{', '.join(missing())} is not here; .ci/tools installs it")
    for file in trained.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    with parts(folder=folder) as canary:
        yield canary


def of(counters, name, **labels):
    """The value of one series, by its labels in the alphabetical order of the text format."""
    inside = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return counters[f"{name}{{{inside}}}"]


def test_a_known_number_of_requests_gives_known_counters(canary):
    seen = canary.send(2000)
    canary.settle()
    base, new = (canary.counters(canary.servers[arm]) for arm in ARMS)
    pairs = canary.counters(canary.comparer)
    assert seen["sent"] == seen["status 200"] == 2000
    for arm, counters in (("baseline", base), ("canary", new)):
        n = seen[f"arm {arm}"]
        assert of(counters, "model_requests_total", code="200") == n
        assert of(counters, "model_requests_total", code="500") == 0
        assert of(counters, "model_features_total", missing="false") == n
        assert counters["model_request_seconds_count"] == n
        decisions = [of(counters, "model_decisions_total", decision=d) for d in ("benign", "malignant")]
        bands = [of(counters, "model_score_bands_total", band=b) for b in ("low", "middle", "high")]
        assert sum(decisions) == sum(bands) == n and min(*decisions, *bands) > 0
    mirrored = of(new, "mirrored_requests_total", code="200")
    changed = [of(pairs, "model_decisions_compared_total", arm="canary", changed=c) for c in ("true", "false")]
    assert mirrored == sum(changed) == seen["arm baseline"]
    assert of(base, "mirrored_requests_total", code="200") == 0
    assert pairs["model_unpaired_total"] == 0


def test_decisions_are_those_of_the_models_on_these_rows(canary, trained):
    import joblib
    import pandas as pd

    seen = canary.send(600, seed=11)
    canary.settle()
    rows = pd.read_csv(trained / "test.csv").drop(columns=["id", "diagnosis"])
    said = {
        arm: joblib.load(trained / f"{name}.joblib").predict(rows) for arm, name in zip(ARMS, ("current", "candidate"))
    }
    asked = load.chosen(11, len(rows), 600)
    live = sum(of(canary.counters(canary.servers[arm]), "model_decisions_total", decision="malignant") for arm in ARMS)
    # Which arm answers a request hangs on nginx's hash; that the two sums bracket the count holds for every split.
    each = [[said[arm][row] == "malignant" for row in asked] for arm in ARMS]
    assert sum(map(min, zip(*each))) <= live <= sum(map(max, zip(*each)))
    differ = sum(one != other for one, other in zip(*each))
    pairs = canary.counters(canary.comparer)
    assert of(pairs, "model_decisions_compared_total", arm="canary", changed="true") <= differ <= 30
    canary.shift(0)
    canary.send(600, seed=11)  # all are mirrored now: the count is exact
    canary.settle()
    after = canary.counters(canary.comparer)
    assert after["model_unpaired_total"] == 0
    grown = of(after, "model_decisions_compared_total", arm="canary", changed="true") - of(
        pairs, "model_decisions_compared_total", arm="canary", changed="true"
    )
    assert grown == differ
    assert seen["sent"] == 600


def test_a_fault_shows_where_it_must_and_nowhere_else(canary):
    canary.fault(errors=0.1)
    seen = canary.send(1000, seed=3)
    canary.settle()
    hit = {name for name in load.names(3, 1000) if struck("error", name, 0.1)}
    base, new = (canary.counters(canary.servers[arm]) for arm in ARMS)
    live, copies = (of(new, f"{kind}_requests_total", code="500") for kind in ("model", "mirrored"))
    assert live == seen["status 500"] == seen["canary 500"] > 0
    assert live + copies == len(hit)
    assert of(base, "model_requests_total", code="500") == 0
    pairs = canary.counters(canary.comparer)
    compared = sum(of(pairs, "model_decisions_compared_total", arm="canary", changed=c) for c in ("true", "false"))
    assert compared == seen["arm baseline"] - copies
    canary.fault()
    assert canary.send(200, seed=4)["status 200"] == 200


def test_slow_requests_are_in_the_slow_bucket(canary):
    canary.fault(slow=0.1, slow_seconds=0.3)
    seen = canary.send(300, seed=5, threads=8)
    canary.settle()
    slow = [name for name in load.names(5, 300) if struck("slow", name, 0.1)]
    assert seen["status 200"] == 300
    above = {}
    for arm in ARMS:
        counters = canary.counters(canary.servers[arm])
        for via in ("live", "mirrored"):
            kind = {"live": "model", "mirrored": "mirrored"}[via]
            count = counters[f"{kind}_request_seconds_count"]
            within = counters[f'{kind}_request_seconds_bucket{{le="0.25"}}']
            above[arm, via] = count - within
    assert above["canary", "live"] + above["canary", "mirrored"] == len(slow) > 10
    assert above["baseline", "live"] == above["baseline", "mirrored"] == 0


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_nginx_splits_as_it_is_told(canary, share):
    canary.shift(share)
    assert canary.shares() == {"baseline": pytest.approx(1 - share), "canary": share}
    seen = canary.send(2000, seed=21)
    # Five standard deviations of a binomial: the ids are fixed, so this is decided once and for all.
    assert abs(seen["arm canary"] - 2000 * share) <= 5 * math.sqrt(2000 * share * (1 - share))
    assert canary.send(2000, seed=21)["arm canary"] == seen["arm canary"], "the same ids go to the same arm"


def test_none_and_all_are_shares_too(canary):
    for share, arm in ((0, "baseline"), (1, "canary"), ("25 %", None)):
        canary.shift(share)
        seen = canary.send(200)
        assert arm is None or seen[f"arm {arm}"] == 200
    assert canary.shares() == {"baseline": 0.75, "canary": 0.25}


def test_no_request_is_lost_while_the_share_moves(canary):
    with canary.traffic(150) as seen:
        for share in (0.1, 0.3, 0.6, 0.9, 0.5):
            time.sleep(0.3)
            canary.shift(share)
    assert seen["status 200"] == seen["sent"] > 200


def test_a_share_that_nginx_does_not_take_leaves_the_split_as_it_was(canary):
    for wrong in ("1.5", "-1", "nan", "much"):
        done = subprocess.run(canary.command("shift", wrong), capture_output=True, text=True, check=False)
        assert done.returncode == 2 and wrong in done.stderr
    before = (canary.folder / "split.conf").read_text()
    conf = canary.folder / "nginx.conf"
    text = conf.read_text()
    conf.write_text(text.replace("http {", "http { no_such_directive 1;"))
    done = subprocess.run(canary.command("shift", "0.9"), capture_output=True, text=True, check=False)
    conf.write_text(text)
    assert done.returncode == 1 and "no_such_directive" in done.stderr
    assert (canary.folder / "split.conf").read_text() == before
    assert canary.shares()["canary"] == 0.5


def test_a_nulled_feature_is_green_to_the_server_and_red_to_model_health(canary):
    canary.fault(nulled=NULLED)
    seen = canary.send(2000, seed=9)
    canary.settle()
    base, new = (canary.counters(canary.servers[arm]) for arm in ARMS)
    n = seen["arm canary"]
    assert seen["status 200"] == 2000
    assert of(new, "model_requests_total", code="200") == n
    assert new['model_request_seconds_bucket{le="0.25"}'] >= 0.99 * n
    assert of(new, "model_features_total", missing="true") == n
    assert of(base, "model_features_total", missing="true") == 0
    pairs = canary.counters(canary.comparer)
    changed, same = (of(pairs, "model_decisions_compared_total", arm="canary", changed=c) for c in ("true", "false"))
    assert changed + same == seen["arm baseline"]
    assert changed / (changed + same) > 0.05
    to_benign, to_malignant = (
        of(pairs, "model_decided_total", arm="canary", decision=d, alone="true") for d in ("benign", "malignant")
    )
    assert to_benign > 10 * max(1, to_malignant), "all decisions turn the same way"
    outside = {
        arm: 1 - of(counters, "model_score_bands_total", band="middle") / seen[f"arm {arm}"]
        for arm, counters in (("baseline", base), ("canary", new))
    }
    assert outside["canary"] > 1.4 * outside["baseline"]


def test_prometheus_has_what_the_servers_say_under_the_name_of_the_arm(canary):
    canary.fault(nulled=NULLED, errors=0.2)
    asked = {
        "all": "sum by (arm) (model_requests_total)",
        "errors": 'model_requests_total{code="500"}',
        "missing": 'model_features_total{missing="true"}',
    }
    canary.scraped()
    before = {name: canary.query(query) for name, query in asked.items()}
    seen = canary.send(1000, seed=13)
    canary.settle()
    canary.scraped()
    grown = {
        name: {arm: value - before[name][arm] for arm, value in canary.query(query).items()}
        for name, query in asked.items()
    }
    assert grown["all"] == {arm: seen[f"arm {arm}"] for arm in ARMS}
    assert grown["errors"] == {"baseline": 0, "canary": seen["status 500"]}
    assert grown["missing"] == {"baseline": 0, "canary": seen["canary 200"]}


def test_state_is_what_runs_and_everything_ends_with_the_block(trained, tmp_path):
    with started(trained, tmp_path) as canary:
        (canary.folder / "split.conf").write_text(router.split(0.99))
        assert canary.shares()["canary"] == 0.5, "what is written and not loaded is not the state"
        ids = [process.pid for process in canary.processes.values()]
        assert len(ids) == 5 and all(Path(f"/proc/{pid}").exists() for pid in ids)
        workers = [int(child) for pid in ids for child in children(pid)]
        assert workers, "nginx has workers"
        end(canary.processes["nginx"])
        done = subprocess.run(canary.command("state"), capture_output=True, text=True, check=False)
        assert done.returncode == 1 and "nginx:" in done.stderr
    assert not [pid for pid in (*ids, *workers) if Path(f"/proc/{pid}").exists()]


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.timeout(600)
def test_the_demo_promotes_the_good_one_and_model_health_rolls_the_bad_one_back(tmp_path):
    if missing():
        pytest.skip(f"{', '.join(missing())} is not here; .ci/tools installs it")
    command = [sys.executable, str(ROOT / "scripts" / "canary_demo.py"), "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    good, bad = (
        json.loads((tmp_path / name / "mlops-gates-report" / "results.json").read_text()) for name in ("good", "bad")
    )
    assert (good["status"], bad["status"]) == ("passed", "failed")
    [check] = [check for gate in bad["gates"] for check in gate["checks"]]
    blamed = {finding["subject"] for finding in check["findings"]}
    assert "missing_features" in blamed
    assert blamed <= {"missing_features", "decision_churn", "score_outside"}, "the server's own metrics stay green"
