"""What somebody types where we cannot: through a real shell. And what routes say and leave unsaid, or cannot bring back."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from canary_fakes import DirectEndpoints
from pydantic import TypeAdapter, ValidationError

from mlops_gates.adapters import command, webhook
from mlops_gates.adapters.again import Passing
from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import same
from mlops_gates.gates.canary.routes_command import Commands, Told
from mlops_gates.gates.canary.routes_guardrails import Guardrails, Rollout
from mlops_gates.gates.canary.routes_options import Part, RouteOptions, route
from mlops_gates.gates.canary.routes_sagemaker import Variants
from standins.sagemaker import StandIn

PYTHON = sys.executable


def typed(command, tmp_path, **more):
    """What a shell makes of a command: the words that each program got. Programs are ours, of the same names."""
    for name in ("aws", "curl"):
        fake = tmp_path / name
        fake.write_text(f"#!{PYTHON}\nimport json, sys\nprint(json.dumps(sys.argv[1:]))\n")
        fake.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONNOUSERSITE": "1"}
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False, env={**path, **more})
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


HOSTILE = "x'; touch owned; $(id) `id` \" & é"


@pytest.mark.acceptance
def test_what_is_typed_by_hand_is_what_was_meant(tmp_path):
    before = {"blue": 0.7, HOSTILE: 0.1, "green": 0.0}
    said = Variants(Endpoints("eu-west-1", "https://vpce/x;y"), HOSTILE, "green").by_hand(before)
    [words_], _ = typed(said, tmp_path)
    assert words_[:4] == ["sagemaker", "update-endpoint-weights-and-capacities", "--endpoint-name", HOSTILE]
    assert words_[4:8] == ["--region", "eu-west-1", "--endpoint-url", "https://vpce/x;y"]
    wanted = {one["VariantName"]: one["DesiredWeight"] for one in json.loads(words_[-1])}
    assert wanted == before
    rollout = Rollout("canary", 10, alarms=("5xx $(id)",))
    guarded = Guardrails(Endpoints("eu-west-1"), HOSTILE, "second", rollout).by_hand({"first; id": 1.0})
    alarm, wait, back = typed(guarded, tmp_path)[0]
    assert alarm[:4] == ["cloudwatch", "set-alarm-state", "--alarm-name", "5xx $(id)"]
    assert wait[:4] == ["sagemaker", "wait", "endpoint-in-service", "--endpoint-name"]
    assert back[-2:] == ["--endpoint-config-name", "first; id"]
    assert not (tmp_path / "owned").exists()


@pytest.mark.acceptance
def test_a_webhook_by_hand_asks_the_shell_for_what_is_secret(tmp_path):
    url = Told(url="https://router/T0P/SECRET?key=SECRET")
    said = Commands("w", HOSTILE, url, url, token="TOKEN", token_from="ROUTER_TOKEN").by_hand({"canary": 0.1, "b": 0.9})
    assert "SECRET" not in said
    assert "TOKEN}" not in said.replace("ROUTER_TOKEN:?}", "")
    [words_], _ = typed(said, tmp_path, SHIFT_URL="https://router/x", ROUTER_TOKEN="t")
    assert words_[-1] == "https://router/x"
    assert "Authorization: Bearer t" in words_
    body = json.loads(words_[words_.index("-d") + 1])
    assert (body["action"], body["share"], body["candidate"]) == ("restore", 0.1, HOSTILE)
    words_, error = typed(said, tmp_path, ROUTER_TOKEN="t")
    assert (words_, "canary.route.shift_url" in error) == ([], True)


def test_what_a_command_says_of_secrets_is_not_told(monkeypatch):
    monkeypatch.setenv("ROUTER_TOKEN", "s3cr3t-value")
    monkeypatch.setenv("HOMEPAGE", "not-a-secret")
    code = "import os, sys; sys.exit('curl: ' + os.environ['ROUTER_TOKEN'] + ' ' + os.environ['HOMEPAGE'])"
    with pytest.raises(CheckError, match="curl: … not-a-secret"):
        command.asked((PYTHON, "-c", code), {}, 20.0)


def test_variants_that_changed_under_way_are_told_and_the_candidate_is_brought_back():
    aws = StandIn()
    aws.endpoint("churn", {"blue": 0.5, "green": 0.3, "red": 0.2})
    made = Variants(DirectEndpoints(aws), "churn", "green")
    before = {"blue": 0.6, "old": 0.4, "green": 0.0}
    with pytest.raises(CheckError, match="old is gone, red is new and has traffic"):
        made.restore(before)
    assert aws.weights("churn")["green"] == 0.0
    assert "old" not in made.by_hand(before)
    aws.endpoint("churn", {"blue": 0.5, "green": 0.5})
    made.restore({"blue": 0.6, "old": 0.0, "green": 0.0})
    assert same(aws.weights("churn"), {"blue": 1.0})


def test_a_little_traffic_is_not_none():
    assert not same({"a": 0.99995, "b": 0.00005}, {"a": 1.0, "b": 0.0})
    assert same({"a": 1.0, "b": 2e-17}, {"a": 1.0})
    with pytest.raises(ValidationError, match="at least"):
        TypeAdapter(Part).validate_python("0.001 %")


@pytest.mark.parametrize(
    ("url", "token", "words"),
    [
        ("http://127.0.0.1:9/a b", "", "cannot be asked"),
        ("http://127.0.0.1:9/\u00e9", "", "cannot be asked"),
        ("http://127.0.0.1:9/a", "two\nlines", "cannot be asked"),
    ],
)
def test_a_request_that_cannot_be_sent_is_not_tried_for_half_an_hour(url, token, words):
    with pytest.raises(CheckError, match=words) as raised:
        webhook.posted(url, {}, 1.0, token)
    assert type(raised.value) is CheckError
    assert "two" not in str(raised.value)


def test_the_line_break_of_a_token_is_none_of_it(monkeypatch):
    given = {"kind": "webhook", "shift_url": "https://x/s", "state_url": "https://x/t", "token_from": "ROUTER_TOKEN"}
    options = RouteOptions.model_validate(given)
    monkeypatch.setenv("ROUTER_TOKEN", "abc\n")
    assert route(options, "web", "v2", "canary", 0.1)._token == "abc"
    monkeypatch.setenv("ROUTER_TOKEN", "ab\nc")
    with pytest.raises(CheckError, match="characters that no token has"):
        route(options, "web", "v2", "canary", 0.1)


@pytest.mark.parametrize("member", ["EndpointArn", "EndpointConfigName", "EndpointStatus"])
def test_an_answer_without_what_each_answer_has_is_asked_again(member):
    aws = StandIn()
    aws.endpoint("churn", {"blue": 1.0, "green": 0.0})
    answer = aws.answer
    aws.answer = lambda *asked: {name: one for name, one in answer(*asked).items() if name != member}
    with pytest.raises(Passing, match=f"has no {member}"):
        Variants(DirectEndpoints(aws), "churn", "green").settled()
