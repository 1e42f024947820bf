"""AWS through boto3: the user's account, only read; or a stand-in on loopback, which takes every call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from mlops_gates.adapters import awswords
from mlops_gates.errors import CheckError

ATTEMPTS = 4
MOST_PAGES = 1000
READING = ("Get", "Describe", "List", "Head")
"""How operations that change nothing are called."""
Kind: TypeAlias = Literal["shape", "refused", "denied", "absent", "busy", "unimplemented", "broken"]


class Refused(Exception):
    """A call that was not done.

    `kind`: shape, botocore did not send it; refused, the service said no; denied, a permission is missing; absent, what
    was asked for is not there; busy, throttled after all attempts; unimplemented and broken, the stand-in's own fault.
    `told` holds what is wrong, each with the path of its member within the call; no value of the call is in it, except
    in the text of a service.
    """

    def __init__(self, kind: Kind, code: str, told: tuple[tuple[tuple[str | int, ...], str], ...]) -> None:
        super().__init__(f"{code}: {'; '.join(words for _, words in told)}")
        self.kind: Kind = kind
        self.code = code
        self.told = told


class Aws:
    """Calls of one region. With `endpoint` everything goes there, with credentials that are none and no proxy.

    Without it the credentials are those of the environment, calls are tried again as botocore's standard mode does, and
    an operation that is not of `READING` is refused before anything is sent. `clients` are ready ones, by service and region.
    `who` asks, in the words of messages, and `extra` installs what it needs.
    """

    def __init__(
        self,
        region: str,
        endpoint: str = "",
        clients: Mapping[tuple[str, str], Any] | None = None,
        who: str = "exercise: aws-dry",
        extra: str = "exercise",
    ) -> None:
        self.region = region
        self._who = who
        self._extra = extra
        self.date = ""
        """The Date header of the last answer: the service's own clock."""
        self._endpoint = endpoint
        self._clients: dict[tuple[str, str], Any] = dict(clients or {})
        if not endpoint:
            for client in self._clients.values():
                _guard(client, who)

    def call(self, service: str, operation: str, members: Mapping[str, Any], region: str = "") -> Mapping[str, Any]:
        """The answer of one call, without its transport. Raises Refused, and CheckError where nothing can be asked."""
        from botocore import exceptions as known
        from botocore import xform_name

        client = self._client(service, region or self.region)
        method = getattr(client, xform_name(operation), None)
        if method is None:
            raise Refused("unimplemented", operation, (((), f"this botocore knows no {operation}"),))
        try:
            answer = method(**members)
        except known.ParamValidationError as error:
            raise Refused("shape", "ParamValidation", tuple(awswords.members(str(error)))) from None
        except known.ClientError as error:
            self.date = _date(error.response)
            raise self._refused(error) from None
        except UnicodeError:
            raise Refused("shape", "Unicode", (((), "holds text that cannot be encoded"),)) from None
        except (known.BotoCoreError, ValueError, TypeError) as error:
            raise awswords.unreachable(error, service) from None
        self.date = _date(answer)
        return {name: one for name, one in answer.items() if name != "ResponseMetadata"}

    def pages(self, service: str, operation: str, members: Mapping[str, Any], key: str) -> Iterator[Any]:
        """The elements under `key` of all pages. Raises as `call`, and CheckError where they have no end."""
        token: dict[str, Any] = {}
        seen: set[str] = set()
        while True:
            answer = self.call(service, operation, {**members, **token})
            yield from answer.get(key) or ()
            if not (following := answer.get("NextToken")):
                return
            if following in seen or len(seen) >= MOST_PAGES:
                raise CheckError(
                    f"the pages of {operation} have no end", next_step="Is that AWS, or a stand-in that errs?"
                )
            seen.add(following)
            token = {"NextToken": following}

    def credentials(self) -> None:
        """Raises CheckError where the environment has none."""
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            found = boto3.session.Session().get_credentials()
        except BotoCoreError as error:
            raise awswords.unreachable(error, "sts") from None
        if found is None:
            raise CheckError(f"{self._who} found no AWS credentials", next_step=awswords.KEYS)

    def wanted(self, service: str, operation: str, path: tuple[str | int, ...]) -> tuple[str, tuple[str, ...]]:
        """What botocore's model wants at a member of a call: the type's name, and the values of an enum. Else ("", ())."""
        shape = self._shape(service, operation, "input_shape", path)
        return ("", ()) if shape is None else (shape.type_name, tuple(getattr(shape, "enum", ())))

    def answers(self, service: str, operation: str, path: tuple[str | int, ...]) -> bool:
        """Whether the answer of an operation can have this member."""
        return self._shape(service, operation, "output_shape", path) is not None

    def _shape(self, service: str, operation: str, way: str, path: tuple[str | int, ...]) -> Any:
        model = self._client(service, self.region).meta.service_model
        if operation not in model.operation_names:
            return None
        shape = getattr(model.operation_model(operation), way)
        for part in path:
            if shape is None:
                return None
            if shape.type_name == "structure":
                shape = shape.members.get(part)
            else:
                within = {"list": "member", "map": "value"}.get(shape.type_name)
                shape = getattr(shape, within) if within else None
        return shape

    def _client(self, service: str, region: str) -> Any:
        if (service, region) not in self._clients:
            client = self._made(service, region)
            if not self._endpoint:
                _guard(client, self._who)
            self._clients[service, region] = client
        return self._clients[service, region]

    def _made(self, service: str, region: str) -> Any:
        """A client; without a region that of the environment. Raises CheckError where there is none either."""
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ModuleNotFoundError:
            step = f"Install mlops-gates[{self._extra}]."
            raise CheckError(f"{self._who} needs the package boto3", next_step=step) from None
        common = {"connect_timeout": 10, "read_timeout": 60, "user_agent_extra": "mlops-gates"}
        try:
            if not self._endpoint:
                retries = {"mode": "standard", "total_max_attempts": ATTEMPTS}
                return boto3.session.Session().client(service, region or None, config=Config(retries=retries, **common))
            only = Config(
                retries={"mode": "standard", "total_max_attempts": 1},
                proxies={},
                s3={"addressing_style": "path"},
                inject_host_prefix=False,
                **common,
            )
            nobody = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
            session = boto3.session.Session(region_name=region or None, **nobody)
            return session.client(service, endpoint_url=self._endpoint, config=only)
        except (BotoCoreError, ValueError) as error:
            raise awswords.unreachable(error, service) from None

    def _refused(self, error: Any) -> Refused | CheckError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        said = str(error.response.get("Error", {}).get("Message", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if self._endpoint and status >= 500:
            kind: Kind = "unimplemented" if status == 501 else "broken"
            return Refused(kind, code, (((), "moto does not implement it" if kind == "unimplemented" else code),))
        if stopped := awswords.stops(code):
            return stopped
        return Refused(awswords.kind(code, said), code, ((awswords.named(said), said or code),))


def _date(answer: Mapping[str, Any]) -> str:
    return str(answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", ""))


def _guard(client: Any, who: str) -> None:
    """Nothing that writes leaves this process."""

    def refuse(model: Any, **_: Any) -> None:
        if not str(model.name).startswith(READING):
            raise CheckError(
                f"{who} only reads, and {model.name} would write",
                next_step="This is a bug of mlops-gates; please report it.",
            )

    client.meta.events.register("before-call", refuse)
