"""SNS by moto, the stand-in of AWS: a message arrives, a topic that is not there is told."""

from __future__ import annotations

import pytest

from mlops_gates.adapters import sns
from mlops_gates.errors import CheckError


def test_a_topic_is_told_and_one_that_is_not_there_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with moto.mock_aws():
        topic = boto3.client("sns", region_name="eu-west-1").create_topic(Name="alerts")["TopicArn"]
        sns.published(topic, "monitor: failed …" + "x" * 200, '{"status": "failed"}', 5)
        from moto.core import DEFAULT_ACCOUNT_ID
        from moto.sns import sns_backends

        sent = sns_backends[DEFAULT_ACCOUNT_ID]["eu-west-1"].topics[topic].sent_notifications
        assert [one[1] for one in sent] == ['{"status": "failed"}']
        with pytest.raises(CheckError, match="NotFound") as raised:
            sns.published(topic + "-gone", "x", "{}", 5)
        assert DEFAULT_ACCOUNT_ID not in str(raised.value)


def test_what_is_sent_keeps_the_rules_of_the_service(monkeypatch: pytest.MonkeyPatch) -> None:
    """Subjects are ASCII of at most 100 characters in one line; a FIFO topic wants a group and something that tells twins."""
    boto3 = pytest.importorskip("boto3")
    sent: list[dict[str, str]] = []

    class Client:
        def publish(self, **members: str) -> None:
            sent.append(members)

    monkeypatch.setattr(boto3, "client", lambda *_, **__: Client())
    topic = "arn:aws:sns:eu-west-1:123456789012:alerts"
    sns.published(topic, "monitor of v7\r\n\t\x07é: failed " + "x" * 200, "{}", 5)
    sns.published(f"{topic}.fifo", "monitor: failed", "{}", 5)
    subject = sent[0]["Subject"]
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) <= 100
    assert subject.startswith("monitor of v7 ?: failed xxx")
    assert set(sent[1]) == {"TopicArn", "Message", "MessageGroupId", "MessageDeduplicationId"}
