"""The snapshot of AWS's images and instances: what is looked up, and what is not known."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mlops_gates.gates.builders.snapshot import imagedata
from mlops_gates.gates.builders.snapshot.imagedata import (
    accounts_of,
    framework_of,
    has_gpu,
    has_local_storage,
    is_neuron,
    is_trainium,
    local_storage,
    parse,
    runs_smdistributed,
    snapshot,
)

DLC = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
OWN = "111122223333.dkr.ecr.us-east-1.amazonaws.com/churn"
DIGEST = "sha256:" + "0123456789abcdef" * 4


def held(uri: str) -> tuple[str, str, str, str]:
    image = parse(uri)
    assert image
    found = framework_of(image)
    assert found, f"{uri} is no image of AWS"
    return found.name, found.version, found.python, found.processor


@pytest.mark.parametrize(
    ("uri", "registry", "region", "repository", "tag", "digest"),
    [
        (f"{OWN}:2026-11-21", "111122223333", "us-east-1", "churn", "2026-11-21", ""),
        (f"{OWN}@{DIGEST}", "111122223333", "us-east-1", "churn", "", DIGEST),
        (f"{OWN}:1@{DIGEST}", "111122223333", "us-east-1", "churn", "1", DIGEST),
        (OWN, "111122223333", "us-east-1", "churn", "", ""),
        (
            "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/team/churn_a.b:x",
            "111122223333",
            "cn-north-1",
            "team/churn_a.b",
            "x",
            "",
        ),
        (
            "111122223333.dkr.ecr-fips.us-gov-west-1.amazonaws.com/churn:1",
            "111122223333",
            "us-gov-west-1",
            "churn",
            "1",
            "",
        ),
        (
            "744548109606.dkr.ecr.us-iso-east-1.c2s.ic.gov/xgboost:1",
            "744548109606",
            "us-iso-east-1",
            "xgboost",
            "1",
            "",
        ),
        ("111122223333.dkr-ecr.eu-west-1.on.aws/churn:1", "111122223333", "eu-west-1", "churn", "1", ""),
    ],
)
def test_images_of_ecr(uri: str, registry: str, region: str, repository: str, tag: str, digest: str) -> None:
    image = parse(uri)
    assert image
    assert (image.registry, image.region, image.repository, image.tag, image.digest) == (
        registry,
        region,
        repository,
        tag,
        digest,
    )
    assert image.ecr


@pytest.mark.parametrize(
    ("uri", "registry", "repository"),
    [
        ("registry.example.com:5000/team/churn:1", "registry.example.com:5000", "team/churn"),
        ("localhost/churn:1", "localhost", "churn"),
        ("team/churn:1", "", "team/churn"),
        ("churn", "", "churn"),
        ("12345.dkr.ecr.us-east-1.amazonaws.com/churn:1", "12345.dkr.ecr.us-east-1.amazonaws.com", "churn"),
    ],
)
def test_images_of_other_registries(uri: str, registry: str, repository: str) -> None:
    image = parse(uri)
    assert image
    assert (image.registry, image.repository, image.region, image.ecr) == (registry, repository, "", False)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://example.com/churn:1",
        f"docker://{OWN}:1",
        f"{OWN}:1 ",
        f"{OWN}:1\n",
        f"{OWN}:",
        f"{OWN}:a b",
        f"{OWN}@",
        f"{OWN}@sha256:0123456789ab",
        f"{OWN}@md5:{'0' * 32}",
        f"{OWN}@{DIGEST}0",
        f"{OWN.replace('churn', 'Churn')}:1",
        f"{OWN}:{'1' * 129}",
        "registry.example.com/",
        "s3://bucket/image",
    ],
)
def test_what_is_no_image(uri: str) -> None:
    assert parse(uri) is None


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        (f"{DLC}/pytorch-training:2.3.0-gpu-py311", ("pytorch", "2.3.0", "py311", "gpu")),
        (f"{DLC}/pytorch-training:2.3-cpu-py311", ("pytorch", "2.3", "py311", "cpu")),
        (
            f"{DLC}/pytorch-training:2.3.0-gpu-py311-cu121-ubuntu20.04-sagemaker",
            ("pytorch", "2.3.0", "py311", "gpu"),
        ),
        (f"{DLC}/tensorflow-inference:2.14.1-cpu", ("tensorflow", "2.14.1", "", "cpu")),
        (
            f"{DLC}/huggingface-pytorch-inference:2.1.0-transformers4.37.0-gpu-py310-cu118-ubuntu20.04",
            ("huggingface", "2.1.0-transformers4.37.0", "py310", "gpu"),
        ),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", ("xgboost", "1.7-1", "", "")),
        (
            "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1-cpu-py3",
            ("xgboost", "1.7-1", "py3", ""),
        ),
        (
            "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3",
            ("sklearn", "1.2-1", "py3", "cpu"),
        ),
        (
            "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-py312-cpu-py3",
            ("sklearn", "1.4-2-py312", "py3", "cpu"),
        ),
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7.6", ("xgboost", "", "", "")),
        (
            f"{DLC}/pytorch-training-neuronx:2.1.2-neuronx-py310-sdk2.20.0-ubuntu20.04",
            ("pytorch", "2.1.2", "py310", "neuron"),
        ),
        (f"{DLC}/djl-inference:0.29.0-lmi11.0.0-cu124", ("djl-lmi", "0.29.0-lmi11.0.0-cu124", "", "")),
        (f"{DLC}/pytorch-training@{DIGEST}", ("pytorch", "", "", "")),
    ],
)
def test_frameworks_of_images(uri: str, expected: tuple[str, str, str, str]) -> None:
    assert held(uri) == expected


@pytest.mark.parametrize(
    "uri", [f"{OWN}:1", "111122223333.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.3.0-gpu-py311"]
)
def test_an_image_of_ones_own_account_holds_nothing_known(uri: str) -> None:
    image = parse(uri)
    assert image
    assert framework_of(image) is None


def test_uses_of_images() -> None:
    def uses(repository: str) -> tuple[bool, bool]:
        image = parse(f"{DLC}/{repository}:1")
        found = framework_of(image) if image else None
        assert found
        return found.trains, found.serves

    assert uses("pytorch-training") == (True, False)
    assert uses("pytorch-inference") == (False, True)
    assert uses("sagemaker-xgboost") == (True, True)
    assert uses("sagemaker-distribution-prod") == (True, True)


def test_accounts_of_a_framework_in_a_region() -> None:
    assert "683313688378" in accounts_of("xgboost", "us-east-1")
    assert "141502667606" in accounts_of("sklearn", "eu-west-1")
    assert "141502667606" not in accounts_of("sklearn", "us-east-1")
    assert accounts_of("pytorch", "mars-north-1") == frozenset()
    assert accounts_of("no-such-framework", "us-east-1") == frozenset()


@pytest.mark.parametrize(
    ("instance", "gpu", "neuron", "storage"),
    [
        ("ml.m5.xlarge", False, False, 0),
        ("ml.g5.xlarge", True, False, 250),
        ("ml.p4d.24xlarge", True, False, 8000),
        ("ml.p3.2xlarge", True, False, 0),
        ("ml.c5d.xlarge", False, False, 100),
        ("ml.trn1.32xlarge", False, True, 7600),
        ("ml.inf1.xlarge", False, True, 0),
        ("ml.inf2.xlarge", False, True, 0),
        ("ml.m6g.large", False, False, 0),
        ("ml.p6e-gb200.36xlarge", True, None, None),
        ("ml.toaster", None, None, None),
        ("ml.z9.xlarge", None, None, None),
        ("g5.xlarge", None, None, None),
    ],
)
def test_instances(instance: str, gpu: bool | None, neuron: bool | None, storage: int | None) -> None:
    assert has_gpu(instance) is gpu
    assert is_neuron(instance) is neuron
    assert local_storage(instance) == storage
    assert has_local_storage(instance) is (None if storage is None else storage > 0)


def test_a_size_that_ec2_does_not_have_is_like_its_family_but_for_its_disks() -> None:
    assert has_gpu("ml.g5.7xlarge") is True
    assert is_neuron("ml.trn9.xlarge") is True
    assert has_local_storage("ml.g5.7xlarge") is None


def test_smdistributed_and_trainium() -> None:
    assert runs_smdistributed("ml.p4d.24xlarge") is True
    assert runs_smdistributed("ml.g5.xlarge") is False
    assert runs_smdistributed("toaster") is None
    assert is_trainium("ml.trn1.2xlarge")
    assert not is_trainium("ml.inf2.xlarge")


def test_the_families_that_the_service_model_names_agree() -> None:
    """ResourceConfig's documentation names families with their own disks, and families without."""
    names = [name for name in snapshot()["instances"] if has_local_storage(name) is not None]
    with_disks = [name for name in names if re.match(r"ml\.(p4d|g4dn|g5)\.", name)]
    without = [name for name in names if re.match(r"ml\.(c5|p2)\.", name)]
    assert len(with_disks) > 12
    assert len(without) > 6
    assert all(has_local_storage(name) for name in with_disks)
    assert not any(has_local_storage(name) for name in without)


def test_every_gpu_that_sdk_version_2_takes_for_one_has_one() -> None:
    for name in snapshot()["instances"]:
        assert has_gpu(name) is bool(re.match(r"ml\.[pg]", name)), name


def test_the_snapshot_is_small_dated_and_whole() -> None:
    file = Path(imagedata.__file__).parent / "data" / "images.json"
    assert file.stat().st_size < 200_000
    found = json.loads(file.read_text("utf-8"))
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", found["taken"])
    assert re.match(r"sagemaker 2\..*, 3\.", found["sources"]["images"])
    for repository, one in found["images"].items():
        accounts = found["registries"][one["registries"]]
        assert all(re.fullmatch(r"\d{12}( \d{12})*", of) for of in accounts.values()), repository
        assert parse(f"111122223333.dkr.ecr.us-east-1.amazonaws.com/{repository}:1"), repository
        assert all(kinds.count("|") == 1 for kinds in one["tags"].values()), repository
