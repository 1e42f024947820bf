"""While it is entered nothing leaves this process: calls of botocore are recorded and answered, sockets refused."""

from __future__ import annotations

import contextlib
import importlib
import io
import itertools
import os
import sys
import tarfile
import zlib
from types import TracebackType
from typing import Any, Callable  # noqa: UP035

from . import answering, places
from .clock import Freezer
from .plain import plain

_CARRIERS = ("botocore", "boto3", "s3transfer", "urllib3")
_OF_NAMES = ("socket.getaddrinfo", "socket.gethostbyname")
_REFUSED = ("socket.connect", "socket.sendto", "socket.sendmsg", *_OF_NAMES)
_TELEMETRY = ("sagemaker.telemetry.", "sagemaker.core.telemetry.")
_MOST_CALLS = 1000
_MOST_NAMES, _LONGEST_NAME = 1000, 200
_guards: list[Offline] = []
_models: dict[str, Any] = {}
_sessions: dict[str, Any] = {}
_hooked: list[bool] = []


class NetworkRefused(OSError):
    """A socket was about to reach something; nothing was sent."""


class Offline:
    """A context: `calls` is every call that was made in it and did not leave, in order.

    A call is {"service", "operation", "request", "file", "line", "own"}: file and line are the innermost of the
    user's code ("" and 0 where an SDK acted later by itself), `own` says that this line made the call and not the
    SDK on its behalf. A refused socket is a call of the service `socket`.
    """

    def __init__(self, region: str) -> None:
        self.region = region
        self.calls: list[dict[str, Any]] = []
        self._undo: list[Callable[[], None]] = []

    def take(self) -> list[dict[str, Any]]:
        """The calls since the last time."""
        taken, self.calls = self.calls, []
        return taken

    def __enter__(self) -> Offline:
        if not _hooked:
            sys.addaudithook(_audit)
            _hooked.append(True)
        _guards.append(self)
        self._set_environment()
        self._intercept()
        freezer = Freezer(self._replace)
        sys.meta_path.insert(0, freezer)
        self._undo.append(lambda: sys.meta_path.remove(freezer))
        return self

    def __exit__(
        self,
        kind: type | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        while self._undo:
            self._undo.pop()()
        _guards.remove(self)

    def record(self, service: str, operation: str, request: Any) -> None:
        """Notes a call with the line it came from; what is beyond a thousand is not kept, nor is the SDK's telemetry."""
        if len(self.calls) >= _MOST_CALLS or places.beneath(_TELEMETRY):
            return
        place, own = places.caller(_CARRIERS)
        file, line = place or ("", 0)
        self.calls.append(
            {"service": service, "operation": operation, "request": plain(_with_contents(request)), "file": file, "line": line,
             "own": own}
        )  # fmt: skip

    def _set_environment(self) -> None:
        """No credentials but these, no files with others, no look at an instance's own address, no telemetry."""
        wanted = _environment(self.region)
        before = {name: os.environ.get(name) for name in (*wanted, *_UNSET)}
        os.environ.update(wanted)
        for name in _UNSET:
            os.environ.pop(name, None)
        self._undo.append(lambda: _put_back(before))

    def _intercept(self) -> None:
        try:
            client: Any = importlib.import_module("botocore.client")
        except ImportError:
            return  # without botocore there is nothing but sockets, and those are refused
        guard = self

        def _make_api_call(asked: Any, operation: str, request: Any) -> Any:
            service = asked.meta.service_model.service_name
            guard.record(service, operation, request)
            return answering.answer(asked, operation, request or {}, asked.meta.region_name or guard.region)

        self._replace(client.BaseClient, "_make_api_call", _make_api_call)
        self._upload_here()
        self._read_models_once()
        self._share_clients()

    def _upload_here(self) -> None:
        """S3 transfers in the calling thread: a call then still knows the line that it came from."""
        try:
            transfer: Any = importlib.import_module("boto3.s3.transfer")
            inject: Any = importlib.import_module("boto3.s3.inject")
        except ImportError:
            return
        original = transfer.create_transfer_manager

        def create(client: Any, config: Any, *more: Any, **named: Any) -> Any:
            config.use_threads = False
            return original(client, config, *more, **named)

        for module in (transfer, inject):
            if hasattr(module, "create_transfer_manager"):
                self._replace(module, "create_transfer_manager", create)

    def _read_models_once(self) -> None:
        """Descriptions of services and endpoints are large, and every session and image look-up reads them anew."""
        loaders: Any = importlib.import_module("botocore.loaders")
        original = loaders.JSONFileLoader.load_file

        def load_file(loader: Any, path: str) -> Any:
            if path not in _models:
                _models[path] = original(loader, path)
            return _models[path]

        self._replace(loaders.JSONFileLoader, "load_file", load_file)

    def _share_clients(self) -> None:
        """One client per session, service and options: to make one takes longer than to render a step.

        boto3's default session is one of ours meanwhile, and the next time too; who had one before gets it back.
        """
        try:
            boto: Any = importlib.import_module("boto3")
        except ImportError:
            return
        before, boto.DEFAULT_SESSION = boto.DEFAULT_SESSION, _sessions.get(self.region)
        self._undo.append(lambda: setattr(boto, "DEFAULT_SESSION", before))
        self._undo.append(lambda: _sessions.update({self.region: boto.DEFAULT_SESSION}))
        original = boto.Session.client

        def client(session: Any, *names: Any, **options: Any) -> Any:
            key = (names, tuple(sorted(options.items(), key=lambda pair: pair[0])))
            made = session.__dict__.setdefault("_mlops_gates_clients", {})
            try:
                return made[key]
            except (KeyError, TypeError):  # no such client yet, or options that cannot be compared
                found = original(session, *names, **options)
            with contextlib.suppress(TypeError):
                made[key] = found
            return found

        self._replace(boto.Session, "client", client)

    def _replace(self, owner: Any, name: str, value: Any) -> None:
        before = getattr(owner, name)
        setattr(owner, name, value)
        self._undo.append(lambda: setattr(owner, name, before))


_UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL",
          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CA_BUNDLE")  # fmt: skip


def _with_contents(request: Any) -> Any:
    """An upload with what is judged of it: the names in an archive of code, and the script by which SDK version 3 starts
    a job, as text, since nothing else tells how the job's nodes work together."""
    key = str(request.get("Key")) if isinstance(request, dict) else ""
    if not key.endswith((".tar.gz", "/sm_drivers/sm_train.sh")):
        return request
    body = request.get("Body")
    read = getattr(body, "read", None)
    body = read() if callable(read) else body
    if not isinstance(body, bytes):
        return request
    if key.endswith(".sh"):
        return {**request, "Body": body.decode("utf-8", "replace")}
    return {**request, "Body": f"<{len(body)} bytes>", "Names": _names(body)}


def _names(archive: bytes) -> list[str]:
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:gz") as packed:
            return [member.name[:_LONGEST_NAME] for member in itertools.islice(packed, _MOST_NAMES)]
    except (tarfile.TarError, OSError, EOFError, zlib.error):
        return []


def _environment(region: str) -> dict[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_CONFIG_FILE": os.devnull,
        "SAGEMAKER_VALIDATE_ROLE": "false",
        "SAGEMAKER_SUPPRESS_V2_WARNING": "1",
    }


def _put_back(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _audit(event: str, arguments: Any) -> None:
    """Every way to a socket comes by here, also those of C code; an audit hook cannot be taken out, so it is idle."""
    if not _guards or event not in _REFUSED:
        return
    address = arguments[0] if event in _OF_NAMES else arguments[1]
    if address is None:  # what is sent over a pair that was connected from the start stays here
        return
    _guards[-1].record("socket", event.partition(".")[2], {"address": _said(address)})
    raise NetworkRefused(f"nothing may be reached while a builder is rendered: {event} {_said(address)}")


def _said(address: Any) -> str:
    return ":".join(str(part) for part in address[:2]) if isinstance(address, tuple) else str(address)[:200]
