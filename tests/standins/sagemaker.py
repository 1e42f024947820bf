"""A stand-in for the control plane of SageMaker, where moto has none: endpoints that are updated. It is not AWS, and no oracle.

It speaks AWS's wire format over real HTTP (JSON 1.1, `X-Amz-Target`, errors as `__type` and `message`), and on demand it
throttles, lets tokens expire, answers partially, stays Updating, breaks off and lets an alarm turn a deployment back.
Signatures are not checked; the access key of a request is read, since expired ones are known by it.

    with StandIn() as aws:
        aws.endpoint("churn", {"blue": 1.0, "green": 0.0})
        aws.fail("UpdateEndpointWeightsAndCapacities", "ThrottlingException", times=3)
        ... endpoint_url=aws.url
"""

from __future__ import annotations

import json
import re
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

STATUS = {"InternalFailure": 500, "ServiceUnavailable": 503}
MESSAGES = {
    "ThrottlingException": "Rate exceeded",
    "ExpiredTokenException": "The security token included in the request is expired",
    "AccessDeniedException": "User is not authorized to perform this action",
    "UnrecognizedClientException": "The security token included in the request is invalid.",
}
ARN = "arn:aws:sagemaker:us-east-1:123456789012"


class Fault(Exception):
    """An error of the service."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message or MESSAGES.get(code, code)


def float32(value: float) -> float:
    """A weight as AWS keeps it: its type is a 32-bit float."""
    return float(struct.unpack("f", struct.pack("f", value))[0])


class StandIn:
    """A context: a server on a free port of loopback at `url`. All that it was asked is in `asked`, in order."""

    def __init__(self) -> None:
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, list[dict[str, Any]]] = {}
        self.models: dict[str, dict[str, Any]] = {}
        self.packages: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, str] = {}
        self.asked: list[str] = []
        self.expired: set[str] = set()
        self.updating = 0
        """How many DescribeEndpoint answers of each update say Updating; -1 for all of them."""
        self.partial = 0
        """How many updates of weights change their first variant only."""
        self.alarms = False
        """Whether an alarm turns guarded deployments back."""
        self._faults: dict[str, list[str]] = {}
        self._lock = threading.RLock()
        self.url = ""

    def __enter__(self) -> StandIn:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def endpoint(self, name: str, weights: dict[str, float], config: str = "first") -> None:
        """An endpoint in service, with a configuration of ordinary variants."""
        self.configs.setdefault(config, [variant(one) for one in weights])
        self.endpoints[name] = {
            "weights": {one: float32(weight) for one, weight in weights.items()},
            "config": config,
            "status": "InService",
            "left": 0,
            "next": None,
        }

    def weights(self, name: str) -> dict[str, float]:
        """What it does now."""
        with self._lock:
            return dict(self.endpoints[name]["weights"])

    def fail(self, operation: str, code: str, times: int = 1) -> None:
        """The next calls of an operation end with an error code; `reset` closes the connection without an answer."""
        with self._lock:
            self._faults.setdefault(operation, []).extend([code] * times)

    def count(self, operation: str) -> int:
        """How often an operation was asked for, refused ones among them."""
        return self.asked.count(operation)

    def answer(self, operation: str, key: str, members: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            self.asked.append(operation)
            if key in self.expired:
                raise Fault("ExpiredTokenException")
            if self._faults.get(operation):
                raise Fault(self._faults[operation].pop(0))
            method = getattr(self, f"_{operation}", None)
            if method is None:
                raise Fault("UnknownOperationException", f"the stand-in has no {operation}")
            return method(**members)

    def _DescribeEndpoint(self, EndpointName: str) -> dict[str, Any]:
        one = self._found(EndpointName)
        said = {
            "EndpointName": EndpointName,
            "EndpointArn": f"{ARN}:endpoint/{EndpointName}",
            "EndpointConfigName": one["config"],
            "EndpointStatus": one["status"],
            "CreationTime": 1.7e9,
            "LastModifiedTime": 1.7e9,
            "ProductionVariants": [
                {"VariantName": name, "CurrentWeight": weight, "CurrentInstanceCount": 1}
                for name, weight in one["weights"].items()
            ],
        }
        if one["left"] > 0:
            one["left"] -= 1
        return said

    def _UpdateEndpointWeightsAndCapacities(
        self, EndpointName: str, DesiredWeightsAndCapacities: list[dict[str, Any]]
    ) -> dict[str, Any]:
        one = self._idle(EndpointName)
        wanted = {each["VariantName"]: each["DesiredWeight"] for each in DesiredWeightsAndCapacities}
        if unknown := set(wanted) - set(one["weights"]):
            raise Fault("ValidationException", f"The variant name(s) {sorted(unknown)} is/are not present")
        if self.partial:
            self.partial -= 1
            wanted = dict(list(wanted.items())[:1])
        one["weights"].update({name: float32(weight) for name, weight in wanted.items()})
        return self._update(EndpointName, one)

    def _UpdateEndpoint(
        self, EndpointName: str, EndpointConfigName: str, DeploymentConfig: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        one = self._idle(EndpointName)
        if EndpointConfigName not in self.configs:
            raise Fault("ValidationException", f'Could not find endpoint configuration "{EndpointConfigName}".')
        one["next"] = EndpointConfigName
        one["deployment"] = DeploymentConfig
        return self._update(EndpointName, one)

    def _DescribeEndpointConfig(self, EndpointConfigName: str) -> dict[str, Any]:
        if EndpointConfigName not in self.configs:
            raise Fault("ValidationException", f'Could not find endpoint configuration "{EndpointConfigName}".')
        return {
            "EndpointConfigName": EndpointConfigName,
            "EndpointConfigArn": f"{ARN}:endpoint-config/{EndpointConfigName}",
            "ProductionVariants": self.configs[EndpointConfigName],
            "CreationTime": 1.7e9,
        }

    def _DescribeModel(self, ModelName: str) -> dict[str, Any]:
        image = {"PrimaryContainer": {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1"}}
        told = {"ModelName": ModelName, "CreationTime": 1.7e9, "ModelArn": f"{ARN}:model/{ModelName}"}
        return {**told, **self.models.get(ModelName, image)}

    def _DescribeModelPackage(self, ModelPackageName: str) -> dict[str, Any]:
        if ModelPackageName not in self.packages:
            raise Fault("ValidationException", f"ModelPackage {ModelPackageName} does not exist")
        return {"ModelPackageName": ModelPackageName, "CreationTime": 1.7e9, **self.packages[ModelPackageName]}

    def _ListTags(self, ResourceArn: str, NextToken: str = "") -> dict[str, Any]:
        every = sorted(self.tags.items())  # a page of one, so that paging is needed
        at = int(NextToken or 0)
        page = [{"Key": key, "Value": value} for key, value in every[at : at + 1]]
        return {"Tags": page, **({"NextToken": str(at + 1)} if at + 1 < len(every) else {})}

    def _AddTags(self, ResourceArn: str, Tags: list[dict[str, str]]) -> dict[str, Any]:
        self.tags.update({one["Key"]: one["Value"] for one in Tags})
        return {"Tags": Tags}

    def _DeleteTags(self, ResourceArn: str, TagKeys: list[str]) -> dict[str, Any]:
        for key in TagKeys:
            self.tags.pop(key, None)
        return {}

    def _found(self, name: str) -> dict[str, Any]:
        if name not in self.endpoints:
            raise Fault("ValidationException", f'Could not find endpoint "{ARN}:endpoint/{name}".')
        one = self.endpoints[name]
        if one["status"] == "Updating" and one["left"] == 0:
            if one["next"] and not self.alarms:
                one["config"] = one["next"]
            one["next"], one["status"] = None, "InService"
        return one

    def _idle(self, name: str) -> dict[str, Any]:
        one = self._found(name)
        if one["status"] != "InService":
            raise Fault("ValidationException", f'Cannot update in-progress endpoint "{ARN}:endpoint/{name}".')
        return one

    def _update(self, name: str, one: dict[str, Any]) -> dict[str, Any]:
        one["status"], one["left"] = "Updating", self.updating
        return {"EndpointArn": f"{ARN}:endpoint/{name}"}


def variant(name: str, **more: Any) -> dict[str, Any]:
    """A production variant of a configuration."""
    plain = {
        "VariantName": name,
        "ModelName": f"model-{name}",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 2,
    }
    return {**plain, **more}


def _handler(aws: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            key = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
            try:
                status, said = 200, aws.answer(operation, key[1] if key else "", json.loads(body or b"{}"))
            except Fault as fault:
                if fault.code == "reset":
                    self.close_connection = True
                    return
                status, said = STATUS.get(fault.code, 400), {"__type": fault.code, "message": fault.message}
            raw = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            return

    return Handler
