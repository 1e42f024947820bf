"""Time and chance in names that the SDK makes up stand still: two renderings differ where the user's code differs."""

from __future__ import annotations

import sys
import types
from typing import Any

from .places import is_users

_MOMENT = 1_704_067_200.125
_HELPERS = ("sagemaker.utils", "sagemaker.core.common_utils", "sagemaker.train.utils", "sagemaker.core.utils.utils")
"""What the user's code may call by itself to make a name; then the time goes on, for the name is the user's choice."""
_OTHERS = ("sagemaker.train.tuner", "sagemaker.serve.model_builder", "sagemaker.serve.model_builder_utils")


_TELEMETRY = ("sagemaker.telemetry.telemetry_logging", "sagemaker.core.telemetry.telemetry_logging")


def freeze() -> None:
    """Gives modules of the SDK a `time`, `datetime` and `uuid` of their own; may be called again after more imports.

    Its telemetry, which asks who we are before it is refused, is left out.
    """
    for name in _TELEMETRY:
        if hasattr(sys.modules.get(name), "_send_telemetry_request"):
            sys.modules[name]._send_telemetry_request = lambda *_, **__: None  # type: ignore[attr-defined]
    for name in (*_HELPERS, *_OTHERS):
        module: Any = sys.modules.get(name)
        if module is None:
            continue
        helper = name in _HELPERS
        if type(getattr(module, "time", None)) is types.ModuleType:
            module.time = _Time(module.time, name, helper)
        if type(getattr(module, "uuid", None)) is types.ModuleType and not helper:
            module.uuid = _Uuid(module.uuid)
        kind = getattr(module, "datetime", None)
        if isinstance(kind, type) and not issubclass(kind, _Frozen):
            module.datetime = _frozen(kind, name, helper)


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

    def uuid1(self) -> Any:
        """Always the same."""
        return self.uuid4()


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


def _asked_by_user(module: str) -> bool:
    """Whether the user's own code called the helper that asks for the time."""
    frame = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") == module:
        frame = frame.f_back  # type: ignore[assignment]
    return frame is not None and is_users(frame.f_code.co_filename)
