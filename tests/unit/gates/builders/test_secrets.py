"""builders.secrets: what is a secret, what only sounds like one, and that no value is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rules_bench import MADE, REGION_OF_TESTS, TRAINING, TUNING, mistyped, seen, target, told

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.requests import secrecy
from mlops_gates.gates.builders.requests.request import Unknown
from mlops_gates.gates.builders.secrets import CHECK

HEX = "8f14e45fceea167a5a36dedd4bea2543"
# Put together here, so that no scanner takes this file for a leak.
AWS_KEY = "AKIA" + "IOSFODNN7EXAMPLE"
GITHUB = "ghp_" + "a1B2" * 9
DRAWN = "q7Rk2TzX9" + "vLw4Pm8NsYd3HbGf6Jc1"
JWT = "eyJhbGciOiJIUzI1NiJ9" + ".eyJzdWIiOiIxMjM0In0" + ".c2lnbmF0dXJlMTIz"

NAMED = [
    ("db_password", "correct-horse-battery"),
    ("DB_PASSWORD", "hunter2"),
    ("dbPassword", '"quoted"'),
    ("TRACKER_API_KEY", HEX),
    ("wandb-api-key", HEX),
    ("apikey", "x1"),
    ("AWS_SECRET_ACCESS_KEY", "abc/def+ghi"),
    ("CLIENT_SECRET", "s3cr3t"),
    ("AccountKey", "b2xk"),
    ("HF_TOKEN", "abcd1234efgh"),
    ("credentials", "svc-account-77"),
]
FORMED = [
    ("NAME", AWS_KEY),
    ("args", f"--key {AWS_KEY}"),
    ("TRACKER", GITHUB),
    ("URL", "postgresql://churn:hunter2@db.example.com/churn"),
    ("CONNECTION", "Server=db;User=churn;Password=hunter22"),
    ("JWT", JWT),
    ("CERTIFICATE", "-----BEGIN RSA PRIVATE KEY-----\nMII"),
]
INNOCENT = [
    ("max_tokens", "512"),
    ("TOKENIZERS_PARALLELISM", "false"),
    ("pad_token", "[PAD-0]"),
    ("eos_token", "<|endoftext|>"),
    ("DB_PASSWORD_ARN", "arn:aws:secretsmanager:us-east-1:111122223333:secret:churn-AbCdEf"),
    ("DB_PASSWORD", "arn:aws:secretsmanager:us-east-1:111122223333:secret:churn-AbCdEf"),
    ("DB_PASSWORD", "{{resolve:secretsmanager:churn}}"),
    ("DB_PASSWORD", "${DB_PASSWORD}"),
    ("DB_PASSWORD", "********"),
    ("DB_PASSWORD", ""),
    ("DB_PASSWORD", "None"),
    ("password_length", "twelve"),
    ("SECRET_NAME", "prod/churn/db"),
    ("DB_SECRET", "prod/churn/db"),
    ("TOKEN_FILE", "/run/secrets/token"),
    ("token", "word"),
    ("primary_key", "customer_id"),
    ("sort_key", "day"),
    ("keyboard", "qwertz"),
    ("COMMIT", "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"),
    ("RUN", "123e4567-e89b-12d3-a456-426614174000"),
    ("URL", "https://example.com:8080/a@b"),
    ("URL", "postgresql://db.example.com:5432/churn"),
    ("URL", "postgresql://${USER}:${PASSWORD}@db.example.com/churn"),
    ("IMAGE", "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:2026-11-21"),
    ("sagemaker_job_name", '"churn-xgboost-2026-11-21-00-00-00-125"'),
    ("SAGEMAKER_SERVE_SECRET_KEY", HEX),
    ("layers", "[64, 32]"),
    ("MODEL_CLASS", "sagemaker.xgboost.estimator.XGBoostEstimator2"),
]


@pytest.mark.parametrize(("name", "value"), NAMED)
def test_a_secret_by_its_name(name: str, value: str) -> None:
    found = seen(CHECK.rules, target(TRAINING, {"Environment": {name: value}}))
    assert found == [("secret-by-name", f"Environment.{name}", False)]


@pytest.mark.parametrize(("name", "value"), FORMED)
def test_a_secret_by_its_form(name: str, value: str) -> None:
    found = seen(CHECK.rules, target(TRAINING, {"HyperParameters": {name: value}}))
    assert found == [("secret-by-form", f"HyperParameters.{name}", False)]


@pytest.mark.parametrize(("name", "value"), INNOCENT)
def test_what_only_sounds_so(name: str, value: str) -> None:
    assert seen(CHECK.rules, target(TRAINING, {"Environment": {name: value}})) == []


def test_what_looks_drawn_warns() -> None:
    found = seen(CHECK.rules, target(TRAINING, {"Environment": {"TRACKER": DRAWN}}))
    assert found == [("secret-by-chance", "Environment.TRACKER", True)]


def test_arguments_are_named_by_their_flag() -> None:
    arguments = ["--rows", "100", "--db-password", "hunter2", f"--api-key={HEX}", "--verbose"]
    found = seen(CHECK.rules, target("CreateProcessingJob", {"AppSpecification.ContainerArguments": arguments}))
    assert found == [("secret-by-name", f"AppSpecification.ContainerArguments[{n}]", False) for n in (3, 4)]


def test_a_models_and_a_tuning_jobs_settings_are_looked_at() -> None:
    for operation, member in (
        ("CreateModel", "PrimaryContainer.Environment"),
        (TUNING, "TrainingJobDefinition.StaticHyperParameters"),
    ):
        found = seen(CHECK.rules, target(operation, {member: {"DB_PASSWORD": "hunter2"}}))
        assert found == [("secret-by-name", f"{member}.DB_PASSWORD", False)]


def test_a_parameters_default() -> None:
    parameters = [
        {"Name": "DbPassword", "Type": "String", "DefaultValue": "hunter2"},
        {"Name": "ApiKey", "Type": "String"},
        "DbPassword",
    ]
    root = {"Definition": {"Version": "2020-12-01", "Parameters": parameters, "Steps": []}}
    one = targets.of_pipeline("p.json", root, REGION_OF_TESTS, lambda _: Location("p.json", 1), {})
    assert seen(CHECK.rules, one) == [("secret-in-parameter", "Definition.Parameters[DbPassword].DefaultValue", False)]


def test_what_a_run_tells_is_not_judged() -> None:
    assert seen(CHECK.rules, target(TRAINING, {"Environment": {"DB_PASSWORD": Unknown("parameter", "P.X")}})) == []


@pytest.mark.parametrize(("name", "value"), [*NAMED, *FORMED, ("TRACKER", DRAWN)])
def test_no_value_is_told(name: str, value: str) -> None:
    words = told(CHECK.rules, target(TRAINING, {"Environment": {name: value}}))
    assert words
    assert value.strip('"') not in words


@pytest.mark.parametrize("operation", sorted(MADE))
def test_requests_as_they_are(operation: str) -> None:
    assert seen(CHECK.rules, target(operation, {})) == []


@given(st.text(max_size=300), st.text(max_size=20))
def test_any_text_is_looked_at_in_time(value: str, name: str) -> None:
    for text in (value, json.dumps(value), value * 60):
        secrecy.form(text)
        secrecy.named(name, text)
        secrecy.drawn(text)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "piece", ["a", "a:", "://", "x://a:", "-", "eyJ", "eyJaaaaaaaa.", "password=", "BEGIN ", "(", "a/"]
)
def test_no_text_takes_long(piece: str) -> None:
    secrecy.form((piece * 20_000)[:20_000])


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
