"""builders.storage"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mlops_gates.gates.builders.requests.request import Path, Request, Unknown
from mlops_gates.gates.builders.requests.walking import FREE, leaves
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target

_KEYS = frozenset({"KmsKeyId", "VolumeKmsKeyId", "KmsKeyArn", "KmsKey", "S3KmsKeyId"})
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_OLD_BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
_ADDRESS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_DEFAULT = re.compile(r"sagemaker-([a-z]{2}(?:-[a-z]+)+-[0-9])-[0-9]{12}")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:([a-z0-9-]+):")
_TEMPLATE = re.compile(r"\$?\{\{?\s*[A-Za-z_][\w.\[\]'\"-]*\s*\}?\}|%\([A-Za-z_]\w*\)s|%s|<[A-Za-z_][\w -]*>")
_NOTHING = frozenset({"None", "none", "null", "NULL", "nan", "NaN", "undefined"})
_LONGEST_TOLD = 80


def _places(request: Request) -> Iterator[tuple[Path, str, str]]:
    """(path, bucket, key) of every URI of S3; of one that a run completes, where its bucket is told already."""
    for path, value in leaves(request.part, FREE):
        written = value.text if isinstance(value, Unknown) and value.kind == "join" else value
        if not isinstance(written, str) or not written.startswith("s3://"):
            continue
        bucket, slash, key = written[5:].partition("/")
        if bucket.startswith("arn:") or not bucket:
            continue
        if isinstance(value, Unknown) and (not slash or "?" in bucket):
            continue
        yield path, bucket, key


def _impossible(request: Request) -> Seeing:
    for path, bucket, _ in _places(request):
        if fault := _fault(bucket):
            yield path, f"the bucket {_shown(bucket)} cannot exist: {fault}"


def _fault(bucket: str) -> str:
    """What is wrong with a bucket's name that no bucket can have, "" where one may."""
    if bucket in _NOTHING:
        return ""
    if _TEMPLATE.search(bucket):
        return "a template that was not filled in"
    if not _OLD_BUCKET.fullmatch(bucket):
        return "a name has 3 characters or more, of letters, digits, dots and hyphens"
    if ".." in bucket:
        return "two dots in a row"
    if _ADDRESS.fullmatch(bucket):
        return "a name is no IP address"
    return ""


def _old(request: Request) -> Seeing:
    for path, bucket, _ in _places(request):
        if bucket not in _NOTHING and not _fault(bucket) and not _BUCKET.fullmatch(bucket):
            yield (
                path,
                f"the bucket {_shown(bucket)} is named as only old buckets may be: 3 to 63 small letters, digits, dots and "
                "hyphens, beginning and ending with a letter or digit",
            )


def _unset(request: Request) -> Seeing:
    for path, bucket, key in _places(request):
        if bucket in _NOTHING:
            yield path, f"the bucket is called {bucket}, as a variable that was never set is written"
        elif nothing := [one for one in key.split("/") if one in _NOTHING - {"none"}]:
            yield path, f"the prefix has {nothing[0]} in it, as a variable that was never set is written"


def _unfilled(request: Request) -> Seeing:
    for path, _, key in _places(request):
        if found := _TEMPLATE.search(key):
            yield path, f"the prefix has {_shown(found[0])} in it, a template that was not filled in"


def _default_elsewhere(request: Request) -> Seeing:
    for path, bucket, _ in _places(request):
        if (found := _DEFAULT.fullmatch(bucket)) and found[1] != request.region:
            yield path, f"{bucket} is the default bucket of {found[1]}, and the request goes to {request.region}"


def _key_elsewhere(request: Request) -> Seeing:
    for path, value in leaves(request.part, FREE):
        if path and path[-1] in _KEYS and isinstance(value, str):
            found = _KEY.match(value)
            if found and found[1] != request.region:
                yield path, f"the key lies in {found[1]}, and the request goes to {request.region}"


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST_TOLD else f"{text[:_LONGEST_TOLD]}…"


def _speaks(target: Target) -> bool:
    return any(_is_place(path, value) for one in target.requests for path, value in leaves(one.part, FREE))


def _is_place(path: Path, value: Any) -> bool:
    if isinstance(value, Unknown):
        value = value.text
    return isinstance(value, str) and (value.startswith("s3://") or (bool(path) and path[-1] in _KEYS))


_NAMING = "Amazon S3 user guide, general purpose bucket naming rules"
CHECK = rules_check(
    id="builders.storage",
    title="Places in S3 and keys can exist",
    help="Every s3:// URI of every request is looked at: whether its bucket has a name that a bucket can have, whether a "
    "template or a variable was left unfilled. A KMS key must lie in the region of the job. Whether they do exist, only "
    "AWS can tell.",
    remedy="Take bucket and prefix from one place that is checked when it is read, and keys from the region of the job.",
    rules=(
        Rule(
            id="bucket-impossible",
            states="The bucket of a URI has a name that a bucket can have",
            source=_NAMING,
            bad='{"S3OutputPath": "s3://{bucket}/output/"}',
            good='{"S3OutputPath": "s3://example-models/output/"}',
            judge=requests(_impossible),
        ),
        Rule(
            id="bucket-of-nothing",
            states="A URI holds no None or null, which is what an unset variable becomes in a text",
            source=f"{_NAMING}; believed, since a bucket may be called null",
            bad='{"S3Uri": "s3://None/train/"}',
            good='{"S3Uri": "s3://example-models/train/"}',
            judge=requests(_unset),
            believed=True,
        ),
        Rule(
            id="bucket-of-old-form",
            states="A bucket's name has 3 to 63 small letters, digits, dots and hyphens",
            source=f"{_NAMING}; believed, since buckets of us-east-1 from before 2018 have other names",
            bad='{"S3Uri": "s3://Example_Models/train/"}',
            good='{"S3Uri": "s3://example-models/train/"}',
            judge=requests(_old),
            believed=True,
        ),
        Rule(
            id="prefix-unfilled",
            states="A prefix holds no template",
            source="Amazon S3 user guide, object key names, characters to avoid; believed to be a mistake",
            bad='{"S3OutputPath": "s3://example-models/{run}/"}',
            good='{"S3OutputPath": "s3://example-models/2026-11-21/"}',
            judge=requests(_unfilled),
            believed=True,
        ),
        Rule(
            id="default-bucket-of-another-region",
            states="The default bucket is that of the job's region",
            source="developer guide, input and output in the region of the job; believed to be a mistake",
            bad='{"S3OutputPath": "s3://sagemaker-eu-west-3-111122223333/"} in us-east-1',
            good='{"S3OutputPath": "s3://sagemaker-us-east-1-111122223333/"} in us-east-1',
            judge=requests(_default_elsewhere),
            believed=True,
        ),
        Rule(
            id="key-of-another-region",
            states="A KMS key lies in the region of the job",
            source="AWS KMS developer guide, keys belong to a region; believed of the service",
            bad='{"KmsKeyId": "arn:aws:kms:eu-west-3:111122223333:key/…"} in us-east-1',
            good='{"KmsKeyId": "arn:aws:kms:us-east-1:111122223333:key/…"} in us-east-1',
            judge=requests(_key_elsewhere),
            believed=True,
        ),
    ),
    applies=_speaks,
    absent="no request names a place in S3 or a KMS key",
)
