"""What AWS and botocore say, in words of ours: which member is meant, what kind of refusal it is, what to do next."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from mlops_gates.errors import CheckError

KEYS = "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the job's secrets, or let the job take a role."
Members = tuple[str | int, ...]

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_UNKNOWN = (
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "InvalidToken",
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "IncompleteSignature",
)
_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403", "AllAccessDisabled")
_ABSENT = (
    "NoSuchEntity",
    "NoSuchBucket",
    "404",
    "NotFound",
    "ImageNotFoundException",
    "RepositoryNotFoundException",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "NoSuchResourceException",
)
_BUSY = (
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
    "ServiceUnavailable",
    "ServiceException",
    "InternalFailure",
    "InternalError",
    "InternalServiceError",
    "InternalServiceFault",
    "InternalServerError",
    "RequestThrottled",
    "RequestThrottledException",
    "500",
    "503",
)
_ABSENT_WORDS = re.compile(r"does not exist|not found|could not find", re.I)
_AT = re.compile(r" at '([A-Za-z0-9_.\[\]]+)' failed to satisfy")
_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_TYPE = r"^Invalid type for parameter (?P<at>.+?), value: .*type: <class '(?P<is>\w+)'>, .*valid types: (?P<ok>.+)"
_LEAST = r"^Invalid (?P<what>length|value) for parameter (?P<at>.+?), value: .*?, valid min \w+: (?P<min>-?[\d.]+)"
_UNION = r"^Invalid number of parameters set for tagged union structure (?P<at>\S+?)\. "
_SAID: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r'^Missing required parameter in (?P<at>\S+): "(?P<name>[^"]+)"'), "is required, and missing"),
    (re.compile(r'^Unknown parameter in (?P<at>\S+): "(?P<name>[^"]+)"'), "is no member of this call"),
    (re.compile(_TYPE, re.S), ""),
    (re.compile(_LEAST, re.S), ""),
    (re.compile(_UNION), "takes exactly one of its members"),
)
_ONE = re.compile(r"\n(?=Missing |Unknown |Invalid )")


def members(text: str) -> Iterator[tuple[Members, str]]:
    """What botocore's validator says, one by one: the path of the member and what is wrong, without its value."""
    found = False
    for line in _ONE.split(text)[1:]:
        for pattern, words in _SAID:
            if match := pattern.match(line):
                found = True
                yield _told(match, words)
                break
    if not found:
        yield (), "botocore does not take it"


def _told(match: re.Match[str], words: str) -> tuple[Members, str]:
    said = match.groupdict()
    at = path("" if said["at"] == "input" else said["at"])
    if said.get("name"):
        return (*at, said["name"]), words
    if said.get("ok"):
        taken = dict.fromkeys(_called(one) for one in re.findall(r"'([\w.]+)'", said["ok"]))
        return at, f"is {_called(said['is'])}, and {' or '.join(taken) or 'another type'} is wanted"
    if said.get("min"):
        noun = "length" if said["what"] == "length" else "value"
        return at, f"has a {noun} below the least, {said['min']}"
    return at, words


def _called(kind: str) -> str:
    names = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "dict": "a mapping"}
    return names.get(kind, {"list": "a list", "tuple": "a list", "NoneType": "nothing"}.get(kind, kind))


def path(text: str) -> Members:
    """`A.B[0].C` as members; elements of a list by number."""
    return tuple(int(number) if number else name for number, name in _PART.findall(text))


def named(said: str) -> Members:
    """The member that a service's text points at (`at 'trainingJobName' failed to satisfy`), as it writes it; else ()."""
    match = _AT.search(said)
    return path(match[1].replace(".member", "")) if match else ()


def kind(code: str, said: str) -> Literal["refused", "denied", "absent", "busy"]:
    """What kind of refusal an error code is."""
    if code in _DENIED:
        return "denied"
    if code in _BUSY:
        return "busy"
    if code in _ABSENT or (code in ("ValidationException", "ValidationError") and _ABSENT_WORDS.search(said)):
        return "absent"
    return "refused"


def stops(code: str) -> CheckError | None:
    """The error where no further call can succeed either."""
    if code in _EXPIRED:
        return CheckError("the AWS credentials have expired", next_step="Take new ones, then run again.")
    if code in _UNKNOWN:
        return CheckError(f"AWS does not know the credentials ({code})", next_step=KEYS)
    return None


def unreachable(error: Exception, service: str) -> CheckError:
    """Why a service could not be asked; never a header, a token or a signature."""
    from botocore import exceptions as known

    absent = (known.NoCredentialsError, known.PartialCredentialsError, known.CredentialRetrievalError)
    if isinstance(error, (*absent, known.TokenRetrievalError, known.SSOError, known.ProfileNotFound)):
        return CheckError("there are no usable AWS credentials", next_step=KEYS)
    if isinstance(error, known.NoRegionError):
        return CheckError("there is no AWS region", next_step="Set `region` in the config, or AWS_DEFAULT_REGION.")
    return CheckError(
        f"{service} could not be asked ({type(error).__name__})",
        next_step="Is the endpoint reachable from this job? See the region, the proxy and its certificates.",
    )
