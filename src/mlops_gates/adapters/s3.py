"""S3: the objects that a name stands for, and their bytes. Endpoint, region and credentials are those of the AWS SDK."""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from mlops_gates import naming
from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass

ATTEMPTS = 4
_CHUNK = 1 << 20
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_REFUSED = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "AuthFailure", "InvalidClientTokenId")
_DENIED = ("AccessDenied", "AllAccessDisabled", "403", "Forbidden")
_ABSENT = ("NoSuchKey", "404", "NotFound", "NoSuchVersion")
_BUSY = ("SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable", "503")
_REGION = ("PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301")
_KEYS = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the job's secrets, or let the job take a role."


@dataclass(frozen=True)
class Item:
    """An object; `etag` is what S3 says of its content, `size` is in bytes (-1 where it was not listed)."""

    bucket: str
    key: str
    etag: str = ""
    size: int = -1

    @property
    def shown(self) -> str:
        """How messages call it."""
        return f"s3://{self.bucket}/{self.key}"


def items(name: str) -> tuple[Item, ...]:
    """What `s3://bucket/key` stands for, sorted: one object, those that match a pattern, or the data below a prefix.

    A key without a readable suffix is a prefix. Raises CheckError.
    """
    bucket, key = parts(name)
    if not naming.MAGIC.search(key) and naming.suffixes(key)[0] in naming.FORMATS:
        return (Item(bucket, key),)
    magic = naming.MAGIC.search(key)
    prefix = key[: magic.start()] if magic else f"{key.rstrip('/')}/" if key else ""
    accepts = _matcher(key) if magic else lambda one: _is_data(one.removeprefix(prefix))
    found: list[Item] = []
    for seen, one in enumerate(_listed(bucket, prefix)):
        if accepts(one.key) and not one.key.endswith("/"):
            found.append(one)
        if len(found) > naming.MOST_FILES or seen > naming.MOST_ENTRIES:
            raise CheckError(f"{name} stands for too many objects", next_step="Name a longer prefix.")
    if not found:
        raise CheckError(f"{name} matches no object", next_step="Look at the bucket: does the prefix exist?")
    return tuple(sorted(found, key=lambda one: one.key))


def fetch(item: Item, target: Path, going: Callable[[], None]) -> None:
    """Write an object's bytes to `target`, at most 1 MiB of memory at a time. Raises CheckError.

    One that was listed with another content is refused; a broken transfer begins anew, a few times.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _once(item, target, going)
            return
        except _retryable() as error:
            if attempt == ATTEMPTS:
                raise _worded(error, "s3:GetObject", item) from None
        except _errors() as error:
            raise _worded(error, "s3:GetObject", item) from None


def fingerprint(name: str) -> str:
    """A SHA-256 over keys, ETags and sizes: what S3 says of the content, without its bytes. Raises CheckError."""
    found = hashlib.sha256()
    for item in items(name):
        if not item.etag:
            try:
                head = _client().head_object(Bucket=item.bucket, Key=item.key)
            except _errors() as error:
                raise _worded(error, "s3:GetObject", item) from None
            item = Item(item.bucket, item.key, head["ETag"], head["ContentLength"])  # noqa: PLW2901
        for part in (item.key, item.etag, str(item.size)):
            found.update(len(part.encode()).to_bytes(8, "big") + part.encode())
    return found.hexdigest()


def parts(name: str) -> tuple[str, str]:
    """The bucket and the key of `s3://bucket/key`."""
    bucket, _, key = name.partition("://")[2].partition("/")
    return bucket, key


def _once(item: Item, target: Path, going: Callable[[], None]) -> None:
    condition = {"IfMatch": item.etag} if item.etag else {}
    answer = _client().get_object(Bucket=item.bucket, Key=item.key, ChecksumMode="ENABLED", **condition)
    with target.open("wb") as file:
        for chunk in answer["Body"].iter_chunks(_CHUNK):
            file.write(chunk)
            going()


def _listed(bucket: str, prefix: str) -> Iterator[Item]:
    try:
        for page in _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                yield Item(bucket, one["Key"], one["ETag"], one["Size"])
    except _errors() as error:
        raise _worded(error, "s3:ListBucket", Item(bucket, prefix)) from None


def _matcher(pattern: str) -> Callable[[str], bool]:
    """As in a folder: `*` does not cross a `/`, `**` does."""
    wanted = pattern.split("/")

    @lru_cache(maxsize=4096)
    def fits(parts: tuple[str, ...], at: int) -> bool:
        if at == len(wanted):
            return not parts
        if wanted[at] == "**":
            return any(fits(parts[skip:], at + 1) for skip in range(len(parts) + 1))
        return bool(parts) and fnmatch.fnmatchcase(parts[0], wanted[at]) and fits(parts[1:], at + 1)

    return lambda key: fits(tuple(key.split("/")), 0)


def _is_data(name: str) -> bool:
    hidden = any(part.startswith((".", "_")) for part in name.split("/"))
    return not hidden and naming.suffixes(name)[0] in naming.FORMATS


@lru_cache(maxsize=1)
def _client() -> Any:
    try:
        import boto3
        from botocore.config import Config
    except ModuleNotFoundError:
        raise CheckError("reading s3:// needs the package boto3", next_step="Install mlops-gates[s3].") from None
    retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
    try:
        return boto3.session.Session().client(
            "s3", config=Config(retries=retries, connect_timeout=10, read_timeout=60, user_agent_extra="mlops-gates")
        )
    except ValueError as error:
        raise CheckError(f"the S3 endpoint cannot be used: {error}", next_step="See AWS_ENDPOINT_URL_S3.") from None
    except _errors() as error:
        raise _worded(error, "s3:GetObject", Item("", "")) from None


def _errors() -> tuple[type[Exception], ...]:
    from botocore.exceptions import BotoCoreError, ClientError

    return (BotoCoreError, ClientError)


def _retryable() -> tuple[type[Exception], ...]:
    from botocore import exceptions as known

    return (
        known.ResponseStreamingError,
        known.ReadTimeoutError,
        known.IncompleteReadError,
        known.FlexibleChecksumError,
    )


def _worded(error: Exception, action: str, item: Item) -> CheckError:
    """What stopped a call, and the next step; never a header, a token or a signature."""
    from botocore import exceptions as known

    if isinstance(error, known.ClientError):
        return _refused(str(error.response.get("Error", {}).get("Code", "")), action, item)
    absent = (known.NoCredentialsError, known.PartialCredentialsError, known.CredentialRetrievalError)
    if isinstance(error, (*absent, known.TokenRetrievalError, known.SSOError, known.ProfileNotFound)):
        return CheckError(f"{item.shown}: there are no usable AWS credentials", next_step=_KEYS)
    if isinstance(error, known.NoRegionError):
        return CheckError(f"{item.shown}: no AWS region is set", next_step="Set AWS_REGION.")
    if isinstance(error, known.FlexibleChecksumError):
        return CheckError(f"{item.shown} arrived with another checksum than S3 has", next_step="Run again.")
    kind = type(error).__name__
    step = "Is the endpoint reachable from this job? See AWS_ENDPOINT_URL_S3, the proxy and its certificates."
    return CheckError(f"{item.shown}: S3 could not be asked ({kind})", next_step=step)


def _refused(code: str, action: str, item: Item) -> CheckError:
    if code in _EXPIRED:
        return CheckError(f"{item.shown}: the AWS credentials have expired", next_step="Take new ones, then run again.")
    if code in _REFUSED:
        return CheckError(f"{item.shown}: AWS does not know the credentials ({code})", next_step=_KEYS)
    if code in _DENIED:
        on = f"arn:aws:s3:::{item.bucket}" + (f"/{item.key}" if action == "s3:GetObject" else "")
        return CheckError(
            f"{item.shown}: access denied to {action}", next_step=f"Allow {action} on {on} to the job's role."
        )
    if code == "NoSuchBucket":
        return CheckError(f"there is no bucket {item.bucket}", next_step="See the name, the account and the region.")
    if code in _ABSENT:
        return CheckError(f"there is no object {item.shown}", next_step="See the key, letter by letter.")
    if code in ("PreconditionFailed", "412"):
        return CheckError(f"{item.shown} changed while it was read", next_step="Run again when nothing writes to it.")
    if code in _BUSY:
        return CheckError(f"{item.shown}: S3 asks for fewer requests, {ATTEMPTS} times", next_step="Run again later.")
    if code == "RequestTimeTooSkewed":
        return CheckError(f"{item.shown}: the clock of this machine is wrong", next_step="Set it, then run again.")
    if code in _REGION:
        return CheckError(
            f"{item.shown}: the bucket is in another region", next_step="Set AWS_REGION to that of the bucket."
        )
    return CheckError(f"{item.shown}: S3 answered {code or 'with an error'} to {action}")
