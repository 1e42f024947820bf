"""builders.artifacts: what an archive holds, against what its container reads."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from judging import changed, target
from packing import LOADS, packed, stored

from mlops_gates.gates.builders.archives.archive import look
from mlops_gates.gates.builders.artifacts import CHECK, held, rules
from mlops_gates.gates.builders.requests.request import text
from mlops_gates.gates.builders.rules import broken

AWS = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
OWN = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
IMAGES = {
    "pytorch": f"{AWS}/pytorch-inference:2.3.0-cpu-py311",
    "tensorflow": f"{AWS}/tensorflow-inference:2.14.1-cpu",
    "xgboost": f"{OWN}/sagemaker-xgboost:1.7-1",
    "sklearn": f"{OWN}/sagemaker-scikit-learn:1.2-1-cpu-py3",
    "own": "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn:1",
}
URL = "s3://models/churn/model.tar.gz"
SCRIPT = "code/inference.py"
AT = "PrimaryContainer.ModelDataUrl"


def model(framework: str, **environment: str) -> dict[str, Any]:
    return {"PrimaryContainer": {"Image": IMAGES[framework], "ModelDataUrl": URL, "Environment": environment}}


def seen(folder: Path, root: dict[str, Any], data: bytes, key: str = URL) -> list[tuple[str, str, bool]]:
    found = broken(CHECK.id, rules({key: look(stored(folder, data))}), target("CreateModel", root))
    return [(one.rule.id, text(one.path, root), one.rule.believed) for one in found]


def holding(*names: str) -> bytes:
    return packed({name: LOADS if name.endswith(".py") else os.urandom(100) for name in names})


@pytest.mark.parametrize(
    ("framework", "names"),
    [
        ("pytorch", ["model.pth", SCRIPT]),
        ("pytorch", ["churn.mar"]),
        ("pytorch", ["MAR-INF/MANIFEST.json", "model.pt"]),
        ("tensorflow", ["1/saved_model.pb", "1/variables/variables.index"]),
        ("tensorflow", ["export/Servo/00001/saved_model.pb"]),
        ("xgboost", ["xgboost-model"]),
        ("xgboost", ["model.json", SCRIPT]),
        ("xgboost", ["model.UBJ"]),
        ("sklearn", ["model.joblib", SCRIPT]),
        ("own", ["whatever/weights"]),
    ],
)
def test_what_a_container_reads_is_not_named(tmp_path: Path, framework: str, names: list[str]) -> None:
    assert seen(tmp_path, model(framework), holding(*names)) == []


@pytest.mark.parametrize(
    ("framework", "names", "rule"),
    [
        ("pytorch", ["model.pth"], "pytorch-without-code"),
        ("pytorch", ["model.pth", "inference.py"], "pytorch-without-code"),
        ("pytorch", ["model/model.pth", "model/code/inference.py"], "archive-in-a-folder"),
        ("xgboost", ["model/xgboost-model"], "archive-in-a-folder"),
        ("sklearn", ["model/model.joblib"], "archive-in-a-folder"),
        ("xgboost", ["model.pth", SCRIPT], "xgboost-without-model"),
        ("tensorflow", ["saved_model.pb"], "tensorflow-without-model"),
        ("tensorflow", ["v1/saved_model.pb"], "tensorflow-without-model"),
        ("tensorflow", ["model.h5"], "tensorflow-without-model"),
        ("sklearn", ["model.joblib"], "sklearn-without-model-fn"),
        ("sklearn", ["model.json", SCRIPT], "sklearn-without-model-fn"),
    ],
)
def test_what_it_does_not_read_warns(tmp_path: Path, framework: str, names: list[str], rule: str) -> None:
    assert seen(tmp_path, model(framework), holding(*names)) == [(rule, AT, True)]


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("def model_fn(folder):\n    return 1\n", False),
        ("from serving import model_fn\n", False),
        ("from serving import load as model_fn\n", False),
        ("from serving import *\n", False),
        ("model_fn = print\n", False),
        ("class Model:\n    pass\n", True),
        ("def predict_fn(rows, model):\n    return model_fn\n", True),
        ("def model_fn(folder:\n", True),
        ("", True),
    ],
)
def test_the_script_of_sklearn_says_how_the_model_is_loaded(tmp_path: Path, script: str, named: bool) -> None:
    data = packed({"model.joblib": b"x", SCRIPT: script.encode()})
    assert bool(seen(tmp_path, model("sklearn"), data)) is named


def test_the_script_is_the_one_that_the_container_is_told(tmp_path: Path) -> None:
    told = model("pytorch", SAGEMAKER_PROGRAM="serve/answer.py")
    assert seen(tmp_path, told, holding("model.pth", "code/serve/answer.py")) == []
    assert seen(tmp_path, told, holding("model.pth", SCRIPT)) == [("pytorch-without-code", AT, True)]


def test_code_from_elsewhere_is_not_missed(tmp_path: Path) -> None:
    for framework, name in (("pytorch", "model.pth"), ("sklearn", "model.joblib")):
        away = model(framework, SAGEMAKER_SUBMIT_DIRECTORY="s3://models/code.tar.gz")
        assert seen(tmp_path, away, holding(name)) == []
    step = {"Get": "Steps.Churn-RepackModel-0.ModelArtifacts.S3ModelArtifacts"}
    repacked = {**changed(model("pytorch"), {AT: step}), "Definition": {"Steps": []}}
    assert seen(tmp_path, repacked, holding("model.pth"), step["Get"]) == []


def test_what_no_container_reads_fails(tmp_path: Path) -> None:
    good = holding("model.pth", SCRIPT)
    for data, rule in (
        (packed({}), "archive-empty"),
        (good[: len(good) // 2], "archive-damaged"),
        (packed({"model.pth": b"x"}, mode="w"), "archive-not-compressed"),
        (holding("../../etc/cron.d/model", "model.pth", SCRIPT), "archive-that-climbs"),
    ):
        for framework in IMAGES:
            told = [one for one in seen(tmp_path, model(framework), data) if not one[2]]
            assert told == [(rule, AT, False)]


class Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 7",)


def test_a_pickle_that_runs_code_fails(tmp_path: Path) -> None:
    data = packed({"model.pkl": pickle.dumps(Runs())})
    assert seen(tmp_path, model("xgboost"), data) == [("pickle-that-runs-code", AT, False)]


CONTAINERS = {
    "Containers": [
        {"Image": IMAGES["sklearn"], "ModelDataUrl": "s3://a/model.tar.gz", "ContainerHostname": "prepare"},
        {"Image": IMAGES["xgboost"], "ModelDataUrl": "s3://b/model.tar.gz", "ContainerHostname": "predict"},
    ]
}


@pytest.mark.parametrize(
    ("root", "key", "members"),
    [
        (model("own"), URL, [AT]),
        (model("own"), "churn", [AT]),
        (model("own"), "another", []),
        (CONTAINERS, "s3://b/model.tar.gz", ["Containers[predict].ModelDataUrl"]),
        (CONTAINERS, "prepare", ["Containers[prepare].ModelDataUrl"]),
        (CONTAINERS, "churn", []),
        (
            {"PrimaryContainer": {"ModelDataSource": {"S3DataSource": {"S3Uri": URL}}}},
            URL,
            ["PrimaryContainer.ModelDataSource.S3DataSource.S3Uri"],
        ),
        ({"PrimaryContainer": {"ModelDataUrl": [1]}, "Containers": "x"}, URL, []),
    ],
)
def test_an_archive_belongs_to_a_container_by_address_hostname_or_target(
    root: Any, key: str, members: list[str]
) -> None:
    assert [text(one.path, root) for one in held(target("CreateModel", root), {key: 1})] == members
