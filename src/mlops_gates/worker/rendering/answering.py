"""What AWS would answer to a call, as far as code that only builds a step can tell."""

from __future__ import annotations

import datetime
import io
import tarfile
from typing import Any

ACCOUNT = "111122223333"
_DONE = ("Completed", "InService", "ACTIVE", "Active", "Succeeded", "Created")
_ABSENT = {"GetObject": "NoSuchKey", "HeadObject": "404"}
_WHEN = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)  # noqa: UP017 -- Python 3.8
_DEEPEST = 4


def answer(client: Any, operation: str, request: dict[str, Any], region: str) -> dict[str, Any]:
    """An answer in the operation's own shape: arns, states that are done, empty lists, no token of a next page.

    An archive in S3 is an empty one: who packs a model anew with a script fetches it. Raises the service's own error for
    other objects that are read: nothing is stored here.
    """
    if operation in _ABSENT and str(request.get("Key")).endswith(".tar.gz"):
        return _archive(operation)
    if operation in _ABSENT:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": _ABSENT[operation], "Message": "Not Found"}}, operation)
    service = client.meta.service_model.service_name
    shape = client.meta.service_model.operation_model(operation).output_shape
    made = _Maker(service, operation, request, region).structure(shape, 0) if shape is not None else {}
    if operation == "GetCallerIdentity":
        made = {"UserId": "AIDAEXAMPLE", "Account": ACCOUNT, "Arn": f"arn:aws:iam::{ACCOUNT}:user/mlops-gates"}
    if operation == "GetRole":
        name = str(request.get("RoleName", "mlops-gates"))
        made["Role"] = {**made.get("Role", {}), "RoleName": name, "Arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"}
    made["ResponseMetadata"] = {"HTTPStatusCode": 200, "RequestId": "0" * 8, "HTTPHeaders": {}, "RetryAttempts": 0}
    return made


def _archive(operation: str) -> dict[str, Any]:
    from botocore.response import StreamingBody

    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz"):
        pass
    found = {"ContentLength": len(held.getvalue()), "ETag": '"0"', "LastModified": _WHEN, "ResponseMetadata": {}}
    held.seek(0)
    return {**found, "Body": StreamingBody(held, found["ContentLength"])} if operation == "GetObject" else found


class _Maker:
    """Values for the members of one answer; what the request said of the same name is said back."""

    def __init__(self, service: str, operation: str, request: dict[str, Any], region: str) -> None:
        self._service = service
        self._operation = operation
        self._request = request
        self._region = region

    def structure(self, shape: Any, deep: int) -> dict[str, Any]:
        """Every member that an answer would have, tokens of further pages aside."""
        found = {}
        for name, member in shape.members.items():
            if "Token" in name or "Marker" in name or name == "FailureReason":
                continue
            if deep == 0 and name in self._request:
                found[name] = self._request[name]
                continue
            if member.type_name == "structure" and name not in shape.required_members:
                continue  # an optional part that is there must be whole
            value = self._value(name, member, deep + 1)
            if value is not None:
                found[name] = value
        return found

    def _value(self, name: str, shape: Any, deep: int) -> Any:
        kind = shape.type_name
        if kind == "structure":
            return self.structure(shape, deep) if deep < _DEEPEST else None
        simple = {"list": [], "map": {}, "boolean": False, "integer": 0, "long": 0, "float": 0.0, "double": 0.0}
        if kind in simple:
            return simple[kind]
        if kind == "timestamp":
            return _WHEN
        return self._text(name, shape) if kind == "string" else None

    def _text(self, name: str, shape: Any) -> str:
        allowed = list(getattr(shape, "enum", None) or ())
        if allowed:
            return next((word for word in _DONE if word in allowed), allowed[0])
        named = next((str(value) for key, value in self._request.items() if key.endswith("Name")), "example")
        if name.lower().endswith("arn"):
            what = self._operation.replace("Create", "").replace("Describe", "").lower()
            return f"arn:aws:{self._service}:{self._region}:{ACCOUNT}:{what}/{named.lower()}"
        return named if name.endswith("Name") else "example"
