"""Nothing leaves while a builder is rendered: calls are recorded and answered, sockets refused; afterwards all is back."""

from __future__ import annotations

import os
import socket
import tarfile
import time
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from mlops_gates.worker.rendering.offline import NetworkRefused, Offline
from mlops_gates.worker.rendering.plain import plain, scalars

HERE = str(Path(__file__).resolve())


def test_calls_are_recorded_with_their_line_and_answered_in_shape() -> None:
    with Offline("eu-central-1") as offline:
        client = boto3.client("sagemaker")
        answer = client.create_endpoint_config(EndpointConfigName="mine", ProductionVariants=[])
        described = client.describe_training_job(TrainingJobName="mine")
        who = boto3.client("sts").get_caller_identity()
        assert who["Account"] == "111122223333"
        assert answer["EndpointConfigArn"].startswith("arn:aws:sagemaker:eu-central-1:111122223333:")
        assert described["TrainingJobStatus"] == "Completed"
        assert "NextToken" not in client.list_models()
        calls = offline.take()
    assert [(call["service"], call["operation"]) for call in calls] == [
        ("sagemaker", "CreateEndpointConfig"),
        ("sagemaker", "DescribeTrainingJob"),
        ("sts", "GetCallerIdentity"),
        ("sagemaker", "ListModels"),
    ]
    assert calls[0]["request"] == {"EndpointConfigName": "mine", "ProductionVariants": []}
    assert {(call["file"], call["own"]) for call in calls} == {(HERE, True)}
    assert all(call["line"] > 0 for call in calls)


def test_uploads_stay_here_and_objects_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "code.tar.gz").write_bytes(b"x" * 100)
    with Offline("us-east-1") as offline:
        boto3.client("s3").upload_file(str(tmp_path / "code.tar.gz"), "bucket", "key")
        boto3.resource("s3").Bucket("bucket").upload_file(str(tmp_path / "code.tar.gz"), "other")
        with pytest.raises(ClientError, match="NoSuchKey"):
            boto3.client("s3").get_object(Bucket="bucket", Key="key")
        calls = offline.take()
    assert [call["operation"] for call in calls] == ["PutObject", "PutObject", "GetObject"]
    assert calls[0]["request"]["Key"] == "key"
    assert {call["file"] for call in calls} == {HERE}


def test_an_archive_that_is_packed_anew_is_an_empty_one(tmp_path: Path) -> None:
    with Offline("us-east-1"):
        boto3.client("s3").download_file("bucket", "job/output/model.tar.gz", str(tmp_path / "model.tar.gz"))
    with tarfile.open(tmp_path / "model.tar.gz") as packed:
        assert packed.getnames() == []


def test_the_sdk_does_not_sleep_between_two_looks_and_others_do() -> None:
    source = "import time\ndef wait(seconds): time.sleep(seconds)"
    of_sdk: dict[str, Any] = {"__name__": "sagemaker.session"}
    mine: dict[str, Any] = {"__name__": "mine"}
    exec(source, of_sdk)
    exec(source, mine)
    with Offline("us-east-1"):
        started = time.monotonic()
        of_sdk["wait"](600)
        between = time.monotonic()
        mine["wait"](0.2)
        assert between - started < 60
        assert time.monotonic() - between >= 0.15


def test_sockets_are_refused_and_noted() -> None:
    with Offline("us-east-1") as offline:
        with pytest.raises(NetworkRefused):
            socket.create_connection(("192.0.2.1", 80), timeout=1)
        with pytest.raises(NetworkRefused):
            socket.getaddrinfo("sagemaker.us-east-1.amazonaws.com", 443)
        with pytest.raises(NetworkRefused):
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))
        calls = offline.take()
    assert {call["service"] for call in calls} == {"socket"}
    assert [call["operation"] for call in calls][-1] == "sendto"


def test_afterwards_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "own")
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    before = botocore.client.BaseClient._make_api_call
    with Offline("us-east-1"):
        assert "AWS_PROFILE" not in os.environ
        assert os.environ["AWS_DEFAULT_REGION"] == "us-east-1"
        assert os.environ["AWS_ACCESS_KEY_ID"] == "testing"
    assert botocore.client.BaseClient._make_api_call is before
    assert os.environ["AWS_PROFILE"] == "own"
    assert "AWS_DEFAULT_REGION" not in os.environ
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.close()


def test_values_become_json() -> None:
    looped: dict[str, object] = {}
    looped["self"] = looped
    assert plain({"a": (1, 2.5, float("nan")), "b": {3}, 4: object}) == {
        "a": [1, 2.5, "<nan>"],
        "b": [3],
        "4": "<type>",
    }
    assert str(plain(looped)).count("self") == 60

    class Config:
        epochs = 3
        _own = 1

        def method(self) -> None: ...

    assert scalars(Config()) == {"epochs": 3}
    assert scalars({"a": 1, "b": object()}) == {"a": 1}
