from __future__ import annotations

import pytest

from mlops_gates.adapters import s3

exceptions = pytest.importorskip("botocore.exceptions")
ITEM = s3.Item("b", "k.csv")


@pytest.mark.parametrize(
    ("pattern", "key", "fits"),
    [
        ("a/*.csv", "a/x.csv", True),
        ("a/*.csv", "a/b/x.csv", False),
        ("a/**/*.csv", "a/x.csv", True),
        ("a/**/*.csv", "a/b/c/x.csv", True),
        ("**/*.csv", "x.csv", True),
        ("a/**", "a/b/c.csv", True),
        ("a/?.csv", "a/x.csv", True),
        ("a/[xy].csv", "a/z.csv", False),
        ("*", "a/x.csv", False),
        ("**/**/**/**/**/**/**/**/**/x", "/".join("a" * 200), False),
    ],
)
@pytest.mark.timeout(10)
def test_patterns_of_keys(pattern: str, key: str, fits: bool) -> None:
    assert s3._matcher(pattern)(key) is fits


@pytest.mark.parametrize(
    ("code", "words", "step"),
    [
        ("AccessDenied", "access denied to s3:GetObject", "Allow s3:GetObject on arn:aws:s3:::b/k.csv"),
        ("ExpiredToken", "credentials have expired", "Take new ones"),
        ("InvalidAccessKeyId", "does not know the credentials", "AWS_ACCESS_KEY_ID"),
        ("NoSuchKey", "there is no object s3://b/k.csv", "letter by letter"),
        ("NoSuchBucket", "there is no bucket b", "region"),
        ("SlowDown", "asks for fewer requests", "later"),
        ("PreconditionFailed", "changed while it was read", "Run again"),
        ("RequestTimeTooSkewed", "the clock of this machine is wrong", "Set it"),
        ("PermanentRedirect", "in another region", "AWS_REGION"),
        ("Teapot", "S3 answered Teapot to s3:GetObject", ""),
    ],
)
def test_refusals_have_words_and_a_next_step(code: str, words: str, step: str) -> None:
    error = s3._worded(exceptions.ClientError({"Error": {"Code": code}}, "GetObject"), "s3:GetObject", ITEM)
    assert words in error.what
    assert step in error.next_step


@pytest.mark.parametrize(
    ("raised", "words"),
    [
        (exceptions.NoCredentialsError(), "no usable AWS credentials"),
        (exceptions.NoRegionError(), "no AWS region"),
        (exceptions.EndpointConnectionError(endpoint_url="http://u:hunter2@h"), "S3 could not be asked"),
        (exceptions.SSLError(endpoint_url="http://h", error="bad"), "S3 could not be asked (SSLError)"),
    ],
)
def test_what_never_reached_s3_has_words(raised: Exception, words: str) -> None:
    error = s3._worded(raised, "s3:GetObject", ITEM)
    assert words in error.what
    assert "hunter2" not in str(error)
