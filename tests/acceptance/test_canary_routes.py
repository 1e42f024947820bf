"""Traffic shifted and brought back over real HTTP, by the command itself and killed in the middle.

`StandIn` takes the place of SageMaker where moto lacks the call (updates of endpoints); it is not AWS. Webhooks are asked
of servers of this file that behave badly.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

from mlops_gates.adapters import webhook
from mlops_gates.adapters.again import Expired, Passing
from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.rollback import NotRestored, restored
from mlops_gates.gates.canary.routes import same
from mlops_gates.gates.canary.routes_sagemaker import Variants
from mlops_gates.gates.canary.waiting import Patience, RealClock
from standins.sagemaker import StandIn, variant

pytest.importorskip("boto3")
BEFORE = {"blue": 0.7, "green": 0.0}
WEIGHTS = "UpdateEndpointWeightsAndCapacities"


@pytest.fixture
def aws():
    with StandIn() as running:
        running.endpoint("churn", BEFORE)
        yield running


class Runner:
    """The command in its own processes, in one working directory."""

    def __init__(self, folder, url, tmpdir, lock="local"):
        self.folder, self.tmpdir, self.lock = folder, tmpdir, lock
        tmpdir.mkdir(parents=True, exist_ok=True)
        folder.mkdir(parents=True, exist_ok=True)
        self.config(route={"endpoint_url": url})

    def config(self, route, **more):
        base = {"region": "us-east-1", "settle": "60s", "rollback": "60s", "lock": self.lock}
        block = {
            "endpoint": "churn",
            "candidate": "green",
            "steps": ["10 %", "50 %"],
            "route": {**base, **route},
            **more,
        }
        (self.folder / "mlops-gates.yml").write_text(json.dumps({"version": 1, "canary": block}))

    @property
    def environment(self):
        kept = {"PATH": os.environ["PATH"], "TMPDIR": str(self.tmpdir), "HOME": str(self.folder)}
        keys = {"AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none", "AWS_EC2_METADATA_DISABLED": "true"}
        return {**kept, **keys}

    def start(self, *words):
        return subprocess.Popen(
            [sys.executable, "-m", "mlops_gates", "canary", *words],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *words):
        process = self.start(*words)
        out, err = process.communicate(timeout=100)
        return process.returncode, out, err

    @property
    def state(self):
        return json.loads((self.folder / "mlops-gates-canary.json").read_text())


@pytest.fixture
def cli(tmp_path, aws):
    return Runner(tmp_path / "work", aws.url, tmp_path / "tmp")


@pytest.fixture
def locked(tmp_path, aws):
    """With the tag that other machines see, which takes seconds."""
    return Runner(tmp_path / "work", aws.url, tmp_path / "tmp", "shared")


def until(true, seconds=30.0):
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.02)


def test_a_canary_is_deployed_and_promoted(locked, aws):
    aws.updating = 1
    code, out, err = locked.run("deploy", "--percentage", "20", "--duration", "3600", "--format", "json")
    assert code == 0, err
    assert json.loads(out)["share"] == 0.2
    assert same(aws.weights("churn"), {"blue": 0.8, "green": 0.2})
    assert list(aws.tags) == [f"mlops-gates:canary:{locked.state['run']}"]
    assert (locked.state["phase"], locked.state["duration"]) == ("watching", 3600.0)
    code, _, err = locked.run("promote", "--override", "no judge in this test")
    assert code == 0, err
    assert same(aws.weights("churn"), {"green": 1.0})
    assert locked.state["phase"] == "promoted"
    assert not aws.tags
    code, _, err = locked.run("rollback")
    assert code == 3
    assert "promoted already" in err


def test_a_rollback_gets_through_throttling_errors_and_broken_connections(cli, aws):
    assert cli.run("deploy")[0] == 0
    for code in ("ThrottlingException", "InternalFailure", "reset", "ServiceUnavailable", "ThrottlingException"):
        aws.fail(WEIGHTS, code)
    aws.fail("DescribeEndpoint", "ThrottlingException", 3)
    aws.partial = 1
    aws.updating = 1
    before = aws.count(WEIGHTS)
    code, _, err = cli.run("rollback")
    assert code == 0, err
    assert same(aws.weights("churn"), BEFORE)
    assert aws.count(WEIGHTS) - before >= 6
    assert cli.state["phase"] == "rolled-back"


def test_a_partial_answer_is_asked_again(cli, aws):
    assert cli.run("deploy")[0] == 0
    aws.partial = 2
    assert cli.run("rollback")[0] == 0
    assert same(aws.weights("churn"), BEFORE)


def test_a_rollback_that_cannot_be_done_says_what_to_do_by_hand(cli, aws):
    assert cli.run("deploy")[0] == 0
    aws.fail(WEIGHTS, "AccessDeniedException", 50)
    code, _, err = cli.run("rollback")
    assert code == 3
    assert "THE TRAFFIC IS NOT BACK" in err
    assert "AWS denies sagemaker:UpdateEndpointWeightsAndCapacities" in err
    words = shlex.split(err.partition("Run this by hand now: ")[2].splitlines()[0])
    assert words[:3] == ["aws", "sagemaker", "update-endpoint-weights-and-capacities"]
    wanted = json.loads(words[words.index("--desired-weights-and-capacities") + 1])
    assert same({one["VariantName"]: one["DesiredWeight"] for one in wanted}, BEFORE)
    assert cli.state["phase"] == "rolling-back"
    aws._faults.clear()
    assert cli.run("promote", "--override", "x")[0] == 3, "a rollback that began is ended first"
    assert cli.run("rollback", "--resume")[0] == 0
    assert same(aws.weights("churn"), BEFORE)


@pytest.mark.parametrize("after", [("rollback",), ("rollback", "--resume")])
def test_killed_while_deploying_and_brought_back(locked, aws, after):
    aws.updating = -1
    process = locked.start("deploy")
    until(lambda: aws.count(WEIGHTS) == 1)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    process.communicate()
    assert same(aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    aws.endpoints["churn"]["left"] = aws.updating = 0
    code, _, err = locked.run("deploy")
    assert code == 3
    assert "--resume" in err
    code, _, err = locked.run(*after)
    assert code == 0, err
    assert same(aws.weights("churn"), BEFORE)
    assert not aws.tags


def test_killed_while_deploying_and_gone_on(cli, aws):
    aws.fail(WEIGHTS, "ThrottlingException", 1000)
    process = cli.start("deploy")
    until(lambda: aws.count(WEIGHTS) >= 1)
    process.kill()
    process.communicate()
    aws._faults.clear()
    assert same(aws.weights("churn"), BEFORE)
    code, _, err = cli.run("deploy", "--resume")
    assert code == 0, err
    assert same(aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    assert same(cli.state["before"], BEFORE)


def test_killed_while_rolling_back_and_gone_on(cli, aws):
    assert cli.run("deploy")[0] == 0
    aws.fail(WEIGHTS, "ThrottlingException", 1000)
    process = cli.start("rollback")
    until(lambda: aws.count(WEIGHTS) >= 3)
    process.kill()
    process.communicate()
    aws._faults.clear()
    assert cli.state["phase"] == "rolling-back"
    assert cli.run("deploy", "--resume")[0] == 3
    code, _, err = cli.run("rollback", "--resume")
    assert code == 0, err
    assert same(aws.weights("churn"), BEFORE)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_in_the_middle_brings_the_traffic_back(cli, aws, number, code):
    aws.updating = -1
    process = cli.start("deploy")
    until(lambda: aws.count(WEIGHTS) == 1 and aws.count("DescribeEndpoint") > 5)
    process.send_signal(number)
    time.sleep(0.3)
    aws.endpoints["churn"]["left"] = aws.updating = 0
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert same(aws.weights("churn"), BEFORE), err
    assert cli.state["phase"] == "rolled-back"


def test_a_signal_while_the_answer_is_awaited_is_not_lost(tmp_path):
    """botocore wraps all that is raised while it sends, a signal's exception too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        cli = Runner(tmp_path / "work", f"http://127.0.0.1:{silent.getsockname()[1]}", tmp_path / "tmp")
        process = cli.start("deploy")
        silent.accept()[0].recv(10)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=15)
    assert process.returncode == 143, err


def test_a_second_run_is_refused_on_this_machine_and_on_another(locked, aws, tmp_path):
    assert locked.run("deploy")[0] == 0
    here = Runner(tmp_path / "here", aws.url, tmp_path / "tmp", "shared")
    elsewhere = Runner(tmp_path / "elsewhere", aws.url, tmp_path / "othertmp", "shared")
    for one, remedy in ((here, "rm "), (elsewhere, "aws sagemaker delete-tags")):
        code, _, err = one.run("deploy", "--percentage", "50")
        assert code == 3
        assert locked.state["run"] in err
        assert remedy in err
        assert not (one.folder / "mlops-gates-canary.json").exists()
    assert same(aws.weights("churn"), {"blue": 0.9, "green": 0.1})
    assert list(aws.tags) == [f"mlops-gates:canary:{locked.state['run']}"], "the refused run took the lock away"
    assert locked.run("rollback")[0] == 0
    assert elsewhere.run("deploy")[0] == 0


def test_two_runs_at_once_never_both_shift(aws, tmp_path):
    runners = [Runner(tmp_path / f"work{at}", aws.url, tmp_path / f"tmp{at}", "shared") for at in range(2)]
    processes = [one.start("deploy") for one in runners]
    codes = [(process.communicate(timeout=60), process.returncode)[1] for process in processes]
    assert sorted(codes) == [0, 3], codes
    assert aws.count(WEIGHTS) == 1
    assert len(aws.tags) == 1


def test_no_endpoint_no_variant_no_credentials(cli, aws, tmp_path):
    code, _, err = cli.run("deploy", "--candidate", "purple")
    assert code == 3
    assert "has no variant purple; it has blue, green" in err
    aws.fail("DescribeEndpoint", "UnrecognizedClientException")
    assert cli.run("deploy")[0] == 3
    assert aws.count(WEIGHTS) == 0
    del aws.endpoints["churn"]
    code, _, err = cli.run("deploy")
    assert code == 3
    assert "Could not find endpoint" in err


GUARDED = {
    "kind": "guardrails",
    "rollout": {"wait": "60s", "termination_wait": "60s", "timeout": "30m", "alarms": ["bad"]},
}


@pytest.fixture
def guarded(cli, aws):
    aws.configs["second"] = [variant("blue", ModelName="new"), variant("green")]
    cli.config({"endpoint_url": aws.url, **GUARDED}, candidate="second", steps=["10 %"])
    return cli


def test_a_guarded_deployment_is_started_awaited_and_brought_back(guarded, aws):
    aws.updating = 2
    code, _, err = guarded.run("deploy")
    assert code == 0, err
    policy = aws.endpoints["churn"]["deployment"]
    routing = policy["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["CanarySize"] == {"Type": "CAPACITY_PERCENT", "Value": 10}
    assert policy["AutoRollbackConfiguration"] == {"Alarms": [{"AlarmName": "bad"}]}
    code, _, err = guarded.run("rollback")
    assert code == 0, err
    assert aws.endpoints["churn"]["config"] == "first"
    assert guarded.run("deploy")[0] == 0
    assert guarded.run("promote", "--override", "its alarms judged")[0] == 0
    assert aws.endpoints["churn"]["config"] == "second"


def test_an_alarm_that_turns_a_deployment_back_is_no_promotion(guarded, aws):
    aws.alarms, aws.updating = True, 1
    assert guarded.run("deploy")[0] == 0
    code, _, err = guarded.run("promote", "--override", "its alarms judged")
    assert code == 3
    assert "rolled back by AWS" in err
    done = subprocess.run(
        [sys.executable, "-m", "mlops_gates", "run", "canary", "--set", "canary.metrics_from=http://127.0.0.1:9"],
        cwd=guarded.folder,
        env=guarded.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "rolled back by AWS" in done.stdout, "the gate judges no rollout that AWS has turned back"
    assert guarded.run("rollback")[0] == 0


MARKET = {
    "InferenceSpecification": {"Containers": [{"Image": "x", "ProductId": "prod-1"}], "SupportedContentTypes": []}
}


@pytest.mark.parametrize(
    ("variants", "rolling", "why"),
    [
        ([variant("blue", ModelName="market"), variant("green")], False, "uses a Marketplace container"),
        ([variant("blue", InstanceType="ml.inf1.xlarge"), variant("green")], False, "Inf1"),
        ([variant("blue", AcceleratorType="ml.eia2.medium"), variant("green")], False, "Elastic Inference"),
        ([variant("blue"), variant("verde")], False, "the variants have other names"),
        ([{"VariantName": "blue", "ModelName": "m", "ServerlessConfig": {}}, variant("green")], False, "serverless"),
        ([variant("blue"), variant("green")], True, "a rolling deployment is for one variant"),
    ],
)
def test_where_aws_would_move_all_at_once_nothing_is_moved(guarded, aws, variants, rolling, why):
    aws.configs["second"] = variants
    aws.models["market"] = {"PrimaryContainer": {"ModelPackageName": "bought"}}
    aws.packages["bought"] = MARKET
    rollout = {**GUARDED["rollout"], "rolling": rolling}
    guarded.config({"endpoint_url": aws.url, **GUARDED, "rollout": rollout}, candidate="second", steps=["10 %"])
    code, _, err = guarded.run("deploy")
    assert code == 3
    assert why in err
    assert aws.count("UpdateEndpoint") == 0


def test_a_package_that_cannot_be_looked_at_is_no_permission(guarded, aws):
    aws.models["new"] = {"PrimaryContainer": {"ModelPackageName": "gone"}}
    code, _, err = guarded.run("deploy")
    assert (code, aws.count("UpdateEndpoint")) == (3, 0), err


@pytest.fixture
def credentials(tmp_path, monkeypatch):
    file = tmp_path / "credentials"

    def write(key):
        file.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = none\n")

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    write("OLD")
    return write


def test_expired_credentials_are_read_anew_once(aws, credentials):
    route = Variants(Endpoints("us-east-1", aws.url), "churn", "green")
    route.shift(0.5, BEFORE)
    aws.expired = {"OLD"}
    credentials("NEW")
    restored(route, BEFORE, Patience(route, RealClock(), 20.0))
    assert same(aws.weights("churn"), BEFORE)
    aws.expired = {"OLD", "NEW"}
    asked = len(aws.asked)
    with pytest.raises(NotRestored, match="credentials have expired"):
        restored(route, BEFORE, Patience(route, RealClock(), 20.0))
    assert len(aws.asked) - asked == 2
    with pytest.raises(Expired):
        route.shares()


def served(answer):
    """A server that gives its connections to `answer`, and its URL."""
    server = socket.create_server(("127.0.0.1", 0))

    def loop():
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    threading.Thread(target=loop, daemon=True).start()
    return server, f"http://127.0.0.1:{server.getsockname()[1]}/shift?key=SECRET"


def said(raw):
    def answer(connection):
        connection.recv(65536)
        connection.sendall(raw)
        connection.close()

    return answer


def drip(connection):
    connection.recv(65536)
    try:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for at in range(1000):
            connection.sendall(f"X-{at}: y\r\n".encode())
            time.sleep(0.1)
    except OSError:
        return


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (drip, Passing, "took more than 1 s"),
        (said(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), Passing, "answered 503"),
        (said(b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n"), CheckError, "302"),
        (said(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99999), CheckError, "more than 64 KiB"),
        (said(b"HTTP/1.1 400 No\r\nContent-Length: 8\r\n\r\n::error:"), CheckError, "answered 400"),
        (said(b"nonsense\r\n\r\n"), Passing, "BadStatusLine"),
        (said(b""), Passing, "RemoteDisconnected"),
    ],
)
def test_bad_webhooks_end_in_time_and_in_words(answer, error, words):
    server, url = served(answer)
    with server:
        began = time.monotonic()
        with pytest.raises(CheckError, match=words) as raised:
            webhook.posted(url, {"share": 0.1}, 1.0, "TOKEN")
        assert time.monotonic() - began < 3
    assert isinstance(raised.value, Passing) is (error is Passing)
    assert "SECRET" not in str(raised.value)
    assert "TOKEN" not in str(raised.value)
    assert "::" not in str(raised.value)


def test_a_webhook_gets_the_share_and_tells_it(tmp_path):
    held = {"share": 0.0}
    asked = []

    def answer(connection):
        raw = b""
        while b"}" not in raw:
            raw += connection.recv(65536)
        body = json.loads(raw.partition(b"\r\n\r\n")[2])
        asked.append((body["action"], raw.partition(b"Authorization: ")[2].partition(b"\r\n")[0]))
        held["share"] = body.get("share", held["share"])
        text = json.dumps({"canary": held["share"]}).encode()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(text) + text)
        connection.close()

    server, url = served(answer)
    with server:
        cli = Runner(tmp_path / "work", "", tmp_path / "tmp")
        cli.config({"kind": "webhook", "shift_url": url, "state_url": url, "token_from": "HOME"})
        code, _, err = cli.run("deploy")
        assert (code, held["share"]) == (0, 0.1), err
        assert cli.run("rollback")[0] == 0
    assert held["share"] == 0.0
    assert {action for action, _ in asked} == {"state", "shift", "restore"}
    assert {token for _, token in asked} == {f"Bearer {cli.folder}".encode()}
