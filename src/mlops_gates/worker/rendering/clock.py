"""Time and chance in names that the SDK makes up stand still: two renderings differ where the user's code differs."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import tempfile
import time
import types
from typing import Any, Callable  # noqa: UP035

from .places import is_users

_MOMENT = 1_704_067_200.125
_HELPERS = ("sagemaker.utils", "sagemaker.core.common_utils", "sagemaker.train.utils", "sagemaker.core.utils.utils")
"""What the user's code may call by itself to make a name; then the time goes on, for the name is the user's choice."""
_OTHERS = ("sagemaker.train.tuner", "sagemaker.serve.model_builder", "sagemaker.serve.model_builder_utils")
_TELEMETRY = ("sagemaker.telemetry.telemetry_logging", "sagemaker.core.telemetry.telemetry_logging")
_ALL = frozenset((*_HELPERS, *_OTHERS, *_TELEMETRY))

Replace = Callable[[Any, str, Any], None]
"""Sets an attribute for as long as the offline context lasts."""


class Freezer(importlib.abc.MetaPathFinder):
    """Freezes modules of the SDK that are there, and others the moment they are imported, before any code of theirs runs.

    Each gets a `time`, `datetime` and `uuid` of its own. Telemetry, which asks who we are before it is refused, is left
    out, and files go to the temporary folder of this process and not to `/tmp`, which may be closed.
    """

    def __init__(self, replace: Replace) -> None:
        self._replace = replace
        real = time.time
        replace(time, "time", lambda: _MOMENT if _asks_in_a_function() else real())
        sleep = time.sleep
        replace(time, "sleep", lambda seconds: None if _waits_for_aws() else sleep(seconds))
        for name in _ALL:
            if name in sys.modules:
                self._freeze(sys.modules[name])

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        """The spec that the others find, with a loader that freezes after it loaded."""
        if fullname not in _ALL:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            load = spec.loader.exec_module

            def exec_module(module: Any) -> None:
                load(module)
                self._freeze(module)

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec

    def _freeze(self, module: Any) -> None:
        name = module.__name__
        if name in _TELEMETRY:
            if hasattr(module, "_send_telemetry_request"):
                self._replace(module, "_send_telemetry_request", lambda *_, **__: None)
            return
        helper = name in _HELPERS
        if type(getattr(module, "time", None)) is types.ModuleType:
            self._replace(module, "time", _Time(module.time, name, helper))
        if type(getattr(module, "uuid", None)) is types.ModuleType and not helper:
            self._replace(module, "uuid", _Uuid(module.uuid))
        kind = getattr(module, "datetime", None)
        if isinstance(kind, type) and not issubclass(kind, _Frozen):
            self._replace(module, "datetime", _frozen(kind, name, helper))
        self._move_files(getattr(module, "ModelBuilder", None))

    def _move_files(self, builder: Any) -> None:
        """SDK v3 writes beneath a literal `/tmp`."""
        field = getattr(builder, "__dataclass_fields__", {}).get("model_path")
        code = getattr(getattr(field, "default_factory", None), "__code__", None)
        if field is None or code is None:
            return
        moved = tuple(
            tempfile.gettempdir() + text[4:] if isinstance(text, str) and text.startswith("/tmp/") else text  # noqa: S108
            for text in code.co_consts
        )
        self._replace(field.default_factory, "__code__", code.replace(co_consts=moved))


def _waits_for_aws() -> bool:
    """Whether the SDK sleeps between two looks at a job or an endpoint, which here is done when it is asked for."""
    return str(sys._getframe(2).f_globals.get("__name__", "")).startswith("sagemaker.")


class _Frozen:
    """Marks a class of ours, so that it is made once."""


class _Standin(types.ModuleType):
    """A module that is asked for what this one lacks."""

    def __init__(self, real: Any) -> None:
        super().__init__(real.__name__)
        self._real = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Time(_Standin):
    def __init__(self, real: Any, module: str, helper: bool) -> None:
        super().__init__(real)
        self._module = module
        self._helper = helper

    def time(self) -> float:
        """Seconds since 1970: one moment, or now where the user asked."""
        goes_on = self._helper and _asked_by_user(self._module)
        return float(self._real.time()) if goes_on else _MOMENT

    def strftime(self, form: str, *moment: Any) -> str:
        """Of the one moment where none is told, or of now where the user asked."""
        goes_on = moment or (self._helper and _asked_by_user(self._module))
        return str(self._real.strftime(form, *(moment if goes_on else (self._real.gmtime(_MOMENT),))))


class _Uuid(_Standin):
    def uuid4(self) -> Any:
        """Always the same."""
        return self._real.UUID(int=4 << 76 | 2 << 62)


def _frozen(kind: Any, module: str, helper: bool) -> Any:
    class Moment(kind, _Frozen):  # type: ignore[misc]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return kind.now(tz) if helper and _asked_by_user(module) else kind.fromtimestamp(_MOMENT, tz)

        @classmethod
        def utcnow(cls) -> Any:
            return kind.utcnow() if helper and _asked_by_user(module) else kind.utcfromtimestamp(_MOMENT)

    Moment.__name__ = kind.__name__
    return Moment


def _asks_in_a_function() -> bool:
    """Whether the SDK's own code asks the module that it imported within a function."""
    frame = sys._getframe(2)
    return frame is not None and frame.f_globals.get("__name__") in _OTHERS


def _asked_by_user(module: str) -> bool:
    """Whether the user's own code called the helper that asks for the time."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") == module:
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None and is_users(frame.f_code.co_filename)
