"""What a route asks for, what it refuses, and its config; SageMaker is the stand-in called directly, commands are real ones."""

from __future__ import annotations

import sys
import time

import pytest
from canary_fakes import DirectEndpoints
from pydantic import ValidationError

from mlops_gates.adapters import command
from mlops_gates.adapters.again import Expired, Passing
from mlops_gates.adapters.endpoints import refusal
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import mixed, same
from mlops_gates.gates.canary.routes_command import Commands, Told, words
from mlops_gates.gates.canary.routes_guardrails import Guardrails, Rollout
from mlops_gates.gates.canary.routes_options import RouteOptions, route
from mlops_gates.gates.canary.routes_sagemaker import Variants
from standins.sagemaker import StandIn, variant

PYTHON = sys.executable


@pytest.mark.parametrize(
    ("left", "right", "are"),
    [
        ({"a": 1.0, "b": 0.0}, {"a": 70.0}, True),
        ({"a": 0.1, "b": 0.9}, {"a": 0.10000000149011612, "b": 0.8999999761581421}, True),
        ({"a": 0.1, "b": 0.9}, {"a": 0.11, "b": 0.89}, False),
        ({"a": 3.0, "b": 1.0, "c": 0.0}, {"a": 0.75, "b": 0.25}, True),
        ({"a": 1.0}, {"b": 1.0}, False),
        ({"a": 0.0}, {"a": 0.0}, False),
        ({}, {}, False),
    ],
)
def test_shares_are_the_same_whatever_their_unit(left, right, are):
    assert same(left, right) is are


def test_a_share_is_taken_from_the_others_in_proportion():
    assert mixed(0.2, "new", {"a": 3.0, "b": 1.0, "new": 0.0}) == pytest.approx({"a": 2.4, "b": 0.8, "new": 0.8})
    with pytest.raises(CheckError, match="nothing but new has any traffic"):
        mixed(0.2, "new", {"new": 1.0})


@pytest.mark.parametrize(
    ("code", "status", "message", "kind"),
    [
        ("ThrottlingException", 400, "Rate exceeded", Passing),
        ("Whatever", 502, "", Passing),
        ("ValidationException", 400, 'Cannot update in-progress endpoint "x".', Passing),
        ("ResourceInUse", 400, "", Passing),
        ("ExpiredTokenException", 400, "", Expired),
        ("AccessDeniedException", 400, "", CheckError),
        ("UnrecognizedClientException", 400, "", CheckError),
        ("ValidationException", 400, "Could not find endpoint", CheckError),
    ],
)
def test_what_an_error_of_aws_means(code, status, message, kind):
    answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    assert type(refusal("UpdateEndpoint", answer)) is kind


def test_a_variant_without_a_weight_is_no_zero():
    aws = StandIn()
    aws.endpoint("churn", {"blue": 1.0, "green": 0.0})
    aws.endpoints["churn"]["weights"]["green"] = None
    with pytest.raises(CheckError, match="tells no weight of the variant green"):
        Variants(DirectEndpoints(aws), "churn", "green").shares()


@pytest.mark.parametrize(
    ("rollout", "why"),
    [
        (Rollout("canary", 51), "1 to 50 %"),
        (Rollout("linear", 9), "10 to 50 %"),
        (Rollout("rolling", 4), "5 to 50 %"),
        (Rollout("canary", 10, wait=3601, timeout=28_800), "the wait is 0 to 3600"),
        (Rollout("canary", 10, termination_wait=4000, timeout=28_800), "termination wait"),
        (Rollout("canary", 10, timeout=599), "timeout is 600 to 28800"),
        (Rollout("canary", 10, timeout=28_801), "timeout is 600 to 28800"),
        (Rollout("linear", 10, wait=3000, timeout=28_800), "ends before the waits of 30300 s"),
        (Rollout("canary", 10, alarms=("a",) * 11), "at most 10 alarms"),
    ],
)
def test_a_rollout_that_aws_would_refuse_is_refused_before(rollout, why):
    assert why in "; ".join(rollout.problems())
    aws = StandIn()
    aws.endpoint("churn", {"blue": 1.0})
    with pytest.raises(CheckError, match=why.replace("(", r"\(")):
        Guardrails(DirectEndpoints(aws), "churn", "second", rollout).check("canary")
    assert aws.asked == []


@pytest.mark.parametrize("kind", ["canary", "linear", "rolling", "blue-green"])
def test_requests_are_of_the_shape_that_aws_takes(kind):
    loaders = pytest.importorskip("botocore.loaders")
    from botocore.model import ServiceModel
    from botocore.validate import ParamValidator

    shape = ServiceModel(loaders.Loader().load_service_model("sagemaker", "service-2")).operation_model(
        "UpdateEndpoint"
    )
    rollout = Rollout(kind, 20, 60, 60, 3600, ("errors",))
    assert rollout.problems() == []
    asked = {"EndpointName": "a", "EndpointConfigName": "b", "DeploymentConfig": rollout.request()}
    assert not ParamValidator().validate(asked, shape.input_shape).has_errors()


def test_one_variant_may_roll():
    aws = StandIn()
    aws.endpoint("churn", {"blue": 1.0})
    aws.configs["second"] = [variant("blue", ModelName="new")]
    Guardrails(DirectEndpoints(aws), "churn", "second", Rollout("rolling", 20)).check("canary")


ROUTER = """
import json, os, sys
from pathlib import Path
file, action = Path(sys.argv[1]), os.environ["MLOPS_GATES_CANARY_ACTION"]
if action == "state":
    print(file.read_text() if file.exists() else "0")
else:
    file.write_text(os.environ["MLOPS_GATES_CANARY_SHARE"])
    with Path(sys.argv[1] + ".log").open("a") as log:
        names = ("ACTION", "PERCENT", "MIRROR", "CANDIDATE")
        print(*(os.environ["MLOPS_GATES_CANARY_" + name] for name in names), file=log)
"""


def router(tmp_path, candidate="v2"):
    asked = Told((PYTHON, "-c", ROUTER, str(tmp_path / "share")))
    return Commands("nginx", candidate, asked, asked, 20.0)


def test_a_pair_of_commands_shifts_and_tells(tmp_path):
    made = router(tmp_path, candidate='v2"; rm -rf / #')
    made.check("canary")
    before = made.shares()
    made.shift(0.25, before)
    assert made.shares() == {"baseline": 0.75, "canary": 0.25}
    assert same(made.shares(), made.target(0.25, before))
    made.restore(before)
    assert made.shares() == before == {"baseline": 1.0, "canary": 0.0}
    log = (tmp_path / "share.log").read_text().splitlines()
    assert log == ['shift 25 false v2"; rm -rf / #', 'restore 0 false v2"; rm -rf / #']
    assert "MLOPS_GATES_CANARY_SHARE=0 " in made.by_hand(before)


def test_a_shadow_gets_copies_and_no_share(tmp_path):
    made = router(tmp_path)
    made.check("shadow")
    made.shift(0.0, made.shares())
    made.shift(1.0, made.shares())
    log = (tmp_path / "share.log").read_text().splitlines()
    assert [line.split()[2] for line in log] == ["true", "false"]


@pytest.mark.parametrize(
    ("said", "shares"),
    [
        ("0.1", {"baseline": 0.9, "canary": 0.1}),
        ('{"canary": 0.1}', {"baseline": 0.9, "canary": 0.1}),
        ('{"baseline": 90, "canary": 10}', {"baseline": 90, "canary": 10}),
        ("", None),
        ("10 %", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e999", None),
        ("-0.1", None),
        ("10", None),
        ("true", None),
        ('"0.1"', None),
        ("null", None),
        ("[0.1]", None),
        ("{}", None),
        ('{"baseline": 1}', None),
        ('{"baseline": 0, "canary": 0}', None),
        ('{"baseline": 1, "canary": NaN}', None),
        ("[" * 50_000, None),
        ('{"baseline": 1e308, "canary": 1e308}', None),
    ],
)
def test_what_state_may_answer(tmp_path, said, shares):
    (tmp_path / "share").write_text(said)
    if shares is None:
        with pytest.raises(CheckError, match="state"):
            router(tmp_path).shares()
    else:
        assert router(tmp_path).shares() == pytest.approx(shares)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import sys; print('::error::x', file=sys.stderr); sys.exit(3)", "ended with 3: :"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11: it said nothing"),
    ],
)
def test_a_command_that_fails_is_told_harmlessly(code, words):
    with pytest.raises(CheckError, match=words) as raised:
        command.asked((PYTHON, "-c", code), {}, 20.0)
    assert "::error" not in str(raised.value)


def test_a_command_that_cannot_start_a_temporary_failure_and_a_flood():
    with pytest.raises(CheckError, match="cannot start"):
        command.asked(("/no/such/command",), {}, 5.0)
    with pytest.raises(Passing):
        command.asked((PYTHON, "-c", "raise SystemExit(75)"), {}, 20.0)
    flood = "import sys\nfor _ in range(2000): sys.stdout.write('x' * 10000); sys.stderr.write('y' * 10000)"
    assert command.asked((PYTHON, "-c", flood), {}, 60.0) == "x" * command.MOST


@pytest.mark.acceptance
def test_a_command_that_hangs_is_ended_with_its_children(tmp_path):
    mark = tmp_path / "alive"
    code = f"import subprocess, sys, time; subprocess.Popen(['sh', '-c', 'sleep 3; touch {mark}']); time.sleep(60)"
    began = time.monotonic()
    with pytest.raises(Passing, match="took more than 1 s"):
        command.asked((PYTHON, "-c", code), {}, 1.0)
    assert time.monotonic() - began < 5
    time.sleep(3)
    assert not mark.exists()


def test_no_shell_reads_a_command():
    assert words("a 'b c' $(d); e") == ("a", "b c", "$(d);", "e")
    assert command.asked(words("echo $(id); echo 2"), {}, 20.0) == "$(id); echo 2\n"
    assert command.asked(("sh", "-c", "echo $((1 + 1))"), {}, 20.0) == "2\n"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"kind": "command"}, "needs shift and state"),
        ({"kind": "webhook", "shift_url": "http://x"}, "needs shift_url and state_url"),
        ({"shift": "x", "state": "y"}, "is for kind command, not variants"),
        ({"kind": "command", "shift": "'open", "state": "x"}, "quotes closed"),
        ({"kind": "command", "shift": [], "state": "x"}, "at least 1 item"),
        ({"kind": "mesh"}, "variants"),
        ({"settle": "0s"}, "positive duration"),
        ({"regoin": "x"}, "not permitted"),
    ],
)
def test_config_that_cannot_be(options, why):
    with pytest.raises(ValidationError, match=why):
        RouteOptions.model_validate(options)


def test_the_config_makes_the_route():
    given = {"kind": "command", "shift": "set-share", "state": ["get", "share"]}
    assert route(RouteOptions.model_validate(given), "web", "v2", "canary", 0.1).name == "router web"
    assert isinstance(route(RouteOptions.model_validate({}), "churn", "v2", "canary", 0.1), Variants)
    guarded = RouteOptions.model_validate({"kind": "guardrails"})
    assert isinstance(route(guarded, "churn", "v2", "canary", 0.1), Guardrails)
    with pytest.raises(CheckError, match="whole percentage"):
        route(guarded, "churn", "v2", "linear", 0.125)
    hook = {"kind": "webhook", "shift_url": "https://x/s", "state_url": "https://x/t", "token_from": "NO_SUCH_TOKEN"}
    with pytest.raises(CheckError, match="NO_SUCH_TOKEN"):
        route(RouteOptions.model_validate(hook), "web", "v2", "canary", 0.1)
