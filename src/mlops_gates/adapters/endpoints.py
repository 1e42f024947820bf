"""SageMaker endpoints through boto3: the one adapter of AWS that changes what runs, and only by the calls in `CHANGING`.

A call is sent once: who asks knows what may be repeated, and for how long (`Passing`, `Expired`).
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from mlops_gates.adapters import awswords
from mlops_gates.adapters.again import Expired, Passing
from mlops_gates.errors import CheckError, GatesError
from mlops_gates.textsafe import one_line

READING = ("Describe", "List")
CHANGING = ("UpdateEndpoint", "UpdateEndpointWeightsAndCapacities", "AddTags", "DeleteTags")
_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired")
_BUSY_WORDS = ("in-progress", "in progress", "cannot update", "is being", "status updating")
"""What a ValidationException or ResourceInUse says of an endpoint that is still updating."""


class Endpoints:
    """Calls of one region. `endpoint_url` names another server, for a VPC endpoint or a stand-in; else AWS's own."""

    def __init__(self, region: str, endpoint_url: str = "") -> None:
        self.region = region
        self._url = endpoint_url
        self._made: Any = None

    @property
    def options(self) -> str:
        """What a command of the AWS CLI needs to ask the same server, for a shell; it begins with a space."""
        given = (("region", self.region), ("endpoint-url", self._url))
        return "".join(f" --{name} {shlex.quote(value)}" for name, value in given if value)

    def refresh(self) -> None:
        """Read the credentials anew at the next call: a role or a file may hold new ones by now."""
        self._made = None

    def call(self, operation: str, **members: Any) -> Mapping[str, Any]:
        """The answer of one call. Raises Passing, Expired, and CheckError where trying again is of no use."""
        from botocore import exceptions as known
        from botocore import xform_name

        if not operation.startswith(READING) and operation not in CHANGING:
            raise CheckError(f"a canary never calls {operation}", next_step="This is a bug of mlops-gates.")
        try:
            answer: Mapping[str, Any] = getattr(self._client(), xform_name(operation))(**members)
        except known.ParamValidationError as error:
            told = "; ".join(f"{'.'.join(map(str, at))} {words}" for at, words in awswords.members(str(error)))
            raise CheckError(f"{operation} cannot be sent: {told}") from None
        except known.ClientError as error:
            raise refusal(operation, error.response) from None
        except (known.SSLError, known.ProxyConnectionError) as error:
            raise awswords.unreachable(error, "sagemaker") from None
        except (known.HTTPClientError, known.ConnectionError) as error:
            if (signalled := _within(error)) is not None:
                raise signalled from None
            raise Passing(f"sagemaker could not be reached ({type(error).__name__})", next_step=_REACH) from None
        except (known.BotoCoreError, ValueError) as error:
            raise awswords.unreachable(error, "sagemaker") from None
        return answer

    def _client(self) -> Any:
        if self._made is None:
            self._made = self._fresh()
        return self._made

    def _fresh(self) -> Any:
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ModuleNotFoundError:
            raise CheckError("a canary on SageMaker needs boto3", next_step="Install mlops-gates[aws].") from None
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=10,
            read_timeout=30,
            user_agent_extra="mlops-gates",
        )
        try:
            return boto3.session.Session().client(
                "sagemaker", self.region or None, endpoint_url=self._url or None, config=config
            )
        except (BotoCoreError, ValueError) as error:
            if type(error).__name__ == "NoRegionError":
                what = "there is no AWS region"
                raise CheckError(what, next_step="Set `region` of the route, or AWS_DEFAULT_REGION.") from None
            raise awswords.unreachable(error, "sagemaker") from None


def _within(error: BaseException) -> GatesError | None:
    """What a signal raised while botocore was sending, which wraps all that it meets."""
    inner = error.__context__ or error.__cause__
    while inner is not None and not isinstance(inner, GatesError):
        inner = inner.__context__ or inner.__cause__
    return inner


_REACH = "Is the endpoint reachable from this job? See the region, the proxy and its certificates."


def refusal(operation: str, response: Mapping[str, Any]) -> CheckError:
    """What a service's error means: to try again, to take new credentials, or to stop."""
    code = str(response.get("Error", {}).get("Code", ""))
    said = one_line(str(response.get("Error", {}).get("Message", "")))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _EXPIRED:
        return Expired("the AWS credentials have expired", next_step="Take new ones, then run again with --resume.")
    if stopped := awswords.stops(code):
        return stopped
    kind = awswords.kind(code, said)
    if kind == "denied":
        step = f"Allow sagemaker:{operation} to the role of this job."
        return CheckError(f"AWS denies sagemaker:{operation}", next_step=step)
    changes = operation in CHANGING and any(words in said.lower() for words in _BUSY_WORDS)
    if kind == "busy" or status >= 500 or status == 429 or code == "ResourceInUse" or changes:
        return Passing(f"{operation} was put off ({code or status}: {said})", next_step="Run again with --resume.")
    return CheckError(f"{operation} was refused ({code}: {said})")
