"""builders.storage: buckets, prefixes, keys."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from rules_bench import TRAINING, TUNING, ids, mistyped, seen, target, told

from mlops_gates.gates.builders.requests.request import Unknown
from mlops_gates.gates.builders.storage import CHECK

OUT = "OutputDataConfig.S3OutputPath"
KEY = "OutputDataConfig.KmsKeyId"
BAD = [
    ("bucket-impossible", "s3://{bucket}/output/", False),
    ("bucket-impossible", "s3://${BUCKET}/output/", False),
    ("bucket-impossible", "s3://<your bucket>/output/", False),
    ("bucket-impossible", "s3://my bucket/output/", False),
    ("bucket-impossible", "s3://ab/output/", False),
    ("bucket-impossible", "s3://example..models/output/", False),
    ("bucket-impossible", "s3://192.168.0.1/output/", False),
    ("bucket-of-nothing", "s3://None/output/", True),
    ("bucket-of-nothing", "s3://null", True),
    ("bucket-of-nothing", "s3://example-models/None/output", True),
    ("bucket-of-old-form", "s3://Example_Models/output/", True),
    ("bucket-of-old-form", "s3://-example/output/", True),
    ("prefix-unfilled", "s3://example-models/{run}/", True),
    ("prefix-unfilled", "s3://example-models/%(run)s/", True),
    ("default-bucket-of-another-region", "s3://sagemaker-eu-west-3-111122223333/x", True),
]
GOOD = [
    "s3://example-models",
    "s3://models.example.com/output",
    "s3://abc/none/x",
    "s3://sagemaker-us-east-1-111122223333/x",
    "s3://arn:aws:s3:us-east-1:111122223333:accesspoint/models/x",
    "s3:///output/",
    "s3:/example-models/output",
    "file:///tmp/output",
    "",
    7,
    None,
    Unknown("step", "Steps.Train.ModelArtifacts.S3ModelArtifacts"),
    Unknown("join", "s3://?/output"),
    Unknown("join", "s3://sagemaker?"),
    "s3://example-models--use1-az4--x-s3/output",
]


@pytest.mark.parametrize(("rule", "uri", "believed"), BAD)
def test_what_breaks(rule: str, uri: str, believed: bool) -> None:
    assert seen(CHECK.rules, target(TRAINING, {OUT: uri})) == [(rule, OUT, believed)]


@pytest.mark.parametrize("uri", GOOD)
def test_what_keeps(uri: Any) -> None:
    assert seen(CHECK.rules, target(TRAINING, {OUT: uri})) == []


def test_a_key_lies_where_the_job_does() -> None:
    elsewhere = {KEY: "arn:aws:kms:eu-west-3:111122223333:key/1234abcd"}
    assert seen(CHECK.rules, target(TRAINING, elsewhere)) == [("key-of-another-region", KEY, True)]
    assert seen(CHECK.rules, target(TRAINING, elsewhere, region="eu-west-3")) == []
    for key in ("alias/models", "1234abcd-12ab-34cd-56ef-1234567890ab", 5, Unknown("parameter", "Parameters.Key")):
        assert seen(CHECK.rules, target(TRAINING, {KEY: key})) == []


def test_a_bucket_that_a_join_tells_is_judged_before_the_run() -> None:
    joined = {OUT: Unknown("join", "s3://{bucket}/?/output")}
    assert seen(CHECK.rules, target(TRAINING, joined)) == [("bucket-impossible", OUT, False)]


def test_uris_are_found_anywhere_but_not_in_the_teams_own_texts() -> None:
    at = "TrainingJobDefinition.InputDataConfig[1].DataSource.S3DataSource.S3Uri"
    found = seen(CHECK.rules, target(TUNING, {at: "s3://{bucket}/x"}))
    assert found == [("bucket-impossible", at.replace("[1]", "[validation]"), False)]
    free = {"HyperParameters.to": "s3://{bucket}/{day}", "Environment.TO": "s3://{bucket}/{day}"}
    assert seen(CHECK.rules, target(TRAINING, free)) == []


def test_a_long_name_is_cut() -> None:
    assert len(told(CHECK.rules, target(TRAINING, {OUT: f"s3://{'a b' * 400}/x"}))) < 300


def test_every_rule_is_broken_once() -> None:
    assert {one[0] for one in BAD} | {"key-of-another-region"} == ids(CHECK.rules)


@given(mistyped())
def test_nothing_crashes_a_rule(one: Any) -> None:
    seen(CHECK.rules, one)
