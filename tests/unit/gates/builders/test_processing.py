"""builders.processing: a folder and a name for each input and output."""

from __future__ import annotations

from typing import Any

import pytest
from judging import changed, judges_no_unknown, seen, survives_anything

from mlops_gates.gates.builders.processing import CHECK

OPERATION = "CreateProcessingJob"


def of_s3(name: str, **more: Any) -> dict[str, Any]:
    place = {
        "S3Uri": f"s3://data/{name}",
        "LocalPath": f"/opt/ml/processing/input/{name}",
        "S3InputMode": "File",
        **more,
    }
    return {"InputName": name, "AppManaged": False, "S3Input": place}


JOB = {
    "ProcessingInputs": [
        of_s3("raw", S3CompressionType="None"),
        of_s3("code"),
        {
            "InputName": "sales",
            "DatasetDefinition": {
                "LocalPath": "/opt/ml/processing/sales",
                "AthenaDatasetDefinition": {"Catalog": "all"},
            },
        },
    ],
    "ProcessingOutputConfig": {
        "Outputs": [
            {"OutputName": "train", "S3Output": {"S3Uri": "s3://data/train", "LocalPath": "/opt/ml/processing/train"}},
            {"OutputName": "features", "AppManaged": True, "FeatureStoreOutput": {"FeatureGroupName": "customers"}},
        ]
    },
}
RAW, SALES, TRAIN = "ProcessingInputs.0", "ProcessingInputs.2", "ProcessingOutputConfig.Outputs.0"
RAW_AT, SALES_AT = "ProcessingInputs[raw]", "ProcessingInputs[sales]"
TRAIN_AT, FEATURES_AT = "ProcessingOutputConfig.Outputs[train]", "ProcessingOutputConfig.Outputs[features]"
FEATURES = {"FeatureGroupName": "customers"}


def test_what_fits_is_not_named() -> None:
    assert seen(CHECK, OPERATION, JOB) == []


@pytest.mark.parametrize(
    ("changes", "rule", "at", "believed"),
    [
        (
            {f"{RAW}.S3Input.LocalPath": "/opt/ml/input/data/raw"},
            "input-outside-of-processing",
            f"{RAW_AT}.S3Input.LocalPath",
            False,
        ),
        (
            {f"{RAW}.S3Input.LocalPath": "/opt/ml/processing"},
            "input-outside-of-processing",
            f"{RAW_AT}.S3Input.LocalPath",
            False,
        ),
        ({f"{RAW}.S3Input.LocalPath": ...}, "input-without-folder", f"{RAW_AT}.S3Input.LocalPath", False),
        (
            {f"{SALES}.DatasetDefinition.LocalPath": ...},
            "input-without-folder",
            f"{SALES_AT}.DatasetDefinition.LocalPath",
            False,
        ),
        ({f"{RAW}.S3Input": ...}, "input-of-nothing", f"{RAW_AT}.S3Input", True),
        ({f"{SALES}.S3Input": of_s3("more")["S3Input"]}, "input-of-nothing", f"{SALES_AT}.DatasetDefinition", True),
        (
            {f"{RAW}.S3Input.S3CompressionType": "Gzip"},
            "gzip-without-pipe",
            f"{RAW_AT}.S3Input.S3CompressionType",
            False,
        ),
        (
            {f"{SALES}.DatasetDefinition.AthenaDatasetDefinition": ...},
            "dataset-of-one-source",
            f"{SALES_AT}.DatasetDefinition",
            False,
        ),
        (
            {f"{SALES}.DatasetDefinition.RedshiftDatasetDefinition": {}},
            "dataset-of-one-source",
            f"{SALES_AT}.DatasetDefinition.RedshiftDatasetDefinition",
            False,
        ),
        (
            {f"{TRAIN}.S3Output.LocalPath": "/opt/ml/model"},
            "output-outside-of-processing",
            f"{TRAIN_AT}.S3Output.LocalPath",
            True,
        ),
        ({f"{TRAIN}.S3Output": ...}, "output-to-nowhere", f"{TRAIN_AT}.S3Output", True),
        (
            {f"{TRAIN}.FeatureStoreOutput": FEATURES, f"{TRAIN}.AppManaged": True},
            "output-to-nowhere",
            f"{TRAIN_AT}.FeatureStoreOutput",
            True,
        ),
        (
            {"ProcessingOutputConfig.Outputs.1.AppManaged": False},
            "feature-store-unmanaged",
            f"{FEATURES_AT}.FeatureStoreOutput",
            False,
        ),
    ],
)
def test_what_does_not_fit_is_named_once(changes: Any, rule: str, at: str, believed: bool) -> None:
    assert seen(CHECK, OPERATION, changed(JOB, changes)) == [(rule, at, believed)]


def test_inputs_of_one_folder_or_name_are_all_named() -> None:
    """Which of them was meant to have it cannot be told."""
    folder = changed(JOB, {f"{RAW}.S3Input.LocalPath": "/opt/ml/processing/input/code/"})
    assert seen(CHECK, OPERATION, folder) == [
        ("inputs-in-one-folder", f"{RAW_AT}.S3Input.LocalPath", False),
        ("inputs-in-one-folder", "ProcessingInputs[code].S3Input.LocalPath", False),
    ]
    name = changed(JOB, {f"{RAW}.InputName": "code"})
    assert seen(CHECK, OPERATION, name) == [("input-twice", "ProcessingInputs[code].InputName", True)] * 2
    output = changed(JOB, {"ProcessingOutputConfig.Outputs.1.OutputName": "train"})
    assert seen(CHECK, OPERATION, output) == [("output-twice", f"{TRAIN_AT}.OutputName", True)] * 2


def test_what_the_app_manages_has_any_folder() -> None:
    for folder in (..., "/opt/ml/input/data/raw", "/opt/ml/processing/input/code"):
        managed = changed(JOB, {f"{RAW}.AppManaged": True, f"{RAW}.S3Input.LocalPath": folder})
        assert seen(CHECK, OPERATION, managed) == []


def test_what_is_piped_may_be_packed() -> None:
    piped = changed(JOB, {f"{RAW}.S3Input.S3CompressionType": "Gzip", f"{RAW}.S3Input.S3InputMode": "Pipe"})
    assert seen(CHECK, OPERATION, piped) == []


def test_what_only_a_run_knows_is_never_wrong() -> None:
    judges_no_unknown(CHECK, OPERATION, JOB)


def test_nothing_makes_a_rule_raise() -> None:
    survives_anything(CHECK, OPERATION, JOB)
