"""builders.transform: what is split, sent and joined fits together."""

from __future__ import annotations

from typing import Any

import pytest
from judging import changed, judges_no_unknown, seen, survives_anything

from mlops_gates.gates.builders.transform import CHECK

OPERATION = "CreateTransformJob"
JOB = {
    "ModelName": "churn",
    "BatchStrategy": "MultiRecord",
    "MaxConcurrentTransforms": 5,
    "MaxPayloadInMB": 20,
    "TransformInput": {"ContentType": "text/csv; header=absent", "SplitType": "Line"},
    "TransformOutput": {"S3OutputPath": "s3://data/answers", "AssembleWith": "Line"},
    "DataProcessing": {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
}
SPLIT, ASSEMBLED = "TransformInput.SplitType", "TransformOutput.AssembleWith"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"BatchStrategy": "SingleRecord", SPLIT: ..., ASSEMBLED: ...},
        {"BatchStrategy": ..., SPLIT: "None", ASSEMBLED: "None"},
        {ASSEMBLED: ..., "DataProcessing.JoinSource": "None"},
        {SPLIT: "RecordIO", ASSEMBLED: "None"},
        {"MaxPayloadInMB": 100, "MaxConcurrentTransforms": 1},
        {"MaxPayloadInMB": 0, "MaxConcurrentTransforms": 50},
        {"MaxPayloadInMB": 100, "MaxConcurrentTransforms": ...},
        {"TransformInput.ContentType": "image/png", "DataProcessing": ...},
        {"TransformInput.ContentType": "image/png", "DataProcessing": {"InputFilter": "$", "JoinSource": "None"}},
    ],
)
def test_what_fits_is_not_named(changes: Any) -> None:
    assert seen(CHECK, OPERATION, changed(JOB, changes)) == []


@pytest.mark.parametrize(
    ("changes", "rule", "at", "believed"),
    [
        ({SPLIT: ..., ASSEMBLED: ...}, "batch-without-split", "BatchStrategy", False),
        ({SPLIT: "None", ASSEMBLED: "None"}, "batch-without-split", "BatchStrategy", False),
        ({ASSEMBLED: ...}, "joined-as-split", ASSEMBLED, True),
        ({"BatchStrategy": ..., SPLIT: ...}, "joined-as-split", ASSEMBLED, True),
        ({"MaxPayloadInMB": 101, "MaxConcurrentTransforms": ...}, "payload-beyond-limit", "MaxPayloadInMB", False),
        ({"MaxConcurrentTransforms": 6}, "payloads-beyond-limit", "MaxPayloadInMB", False),
        ({"DataProcessing.InputFilter": "features"}, "filter-is-no-path", "DataProcessing.InputFilter", True),
        ({"DataProcessing.OutputFilter": "features"}, "filter-is-no-path", "DataProcessing.OutputFilter", True),
        ({"TransformInput.ContentType": "image/png"}, "filter-of-another-format", "TransformInput.ContentType", True),
    ],
)
def test_what_does_not_fit_is_named_once(changes: Any, rule: str, at: str, believed: bool) -> None:
    assert seen(CHECK, OPERATION, changed(JOB, changes)) == [(rule, at, believed)]


def test_what_only_a_run_knows_is_never_wrong() -> None:
    judges_no_unknown(CHECK, OPERATION, JOB)


def test_nothing_makes_a_rule_raise() -> None:
    survives_anything(CHECK, OPERATION, JOB)
