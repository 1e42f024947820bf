"""A message to a topic of Amazon SNS, with the credentials of the AWS SDK."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from mlops_gates.adapters.again import Passing
from mlops_gates.errors import CheckError
from mlops_gates.textsafe import one_line

_BUSY = ("Throttling", "ThrottledException", "ThrottlingException", "InternalError", "ServiceUnavailable")
_SUBJECT = 100
"""Characters that SNS allows for a subject."""


def published(topic: str, subject: str, message: str, seconds: float) -> None:
    """Publish once; the region is that of the topic's ARN.

    Raises Passing where SNS is busy or out of reach, CheckError where it refuses or there are no credentials.
    """
    try:
        import boto3
        from botocore import exceptions as known
        from botocore.config import Config
    except ModuleNotFoundError:
        raise CheckError("SNS needs the package boto3", next_step="pip install 'mlops-gates[aws]'.") from None
    name = topic.rpartition(":")[2]
    settings = Config(connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1})
    members: dict[str, Any] = {"TopicArn": topic, "Message": message}
    if name.endswith(".fifo"):
        members["MessageGroupId"] = "mlops-gates"
        members["MessageDeduplicationId"] = sha256(message.encode()).hexdigest()  # the topic need not make one
    else:
        members["Subject"] = one_line(subject, _SUBJECT).encode("ascii", "replace").decode()
    try:
        boto3.client("sns", region_name=topic.split(":")[3], config=settings).publish(**members)
    except known.ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "?"))
        raise (Passing if code in _BUSY else CheckError)(f"SNS refused the topic {name}: {code}") from None
    except (known.NoCredentialsError, known.PartialCredentialsError):
        raise CheckError("SNS: there are no AWS credentials") from None
    except known.BotoCoreError as error:
        raise Passing(f"SNS could not be asked ({type(error).__name__})") from None
