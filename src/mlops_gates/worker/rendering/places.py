"""Whose code a line is, and what was raised as data with the line of the user's that it came from."""

from __future__ import annotations

import os
import sys
import sysconfig
import traceback
from types import FrameType
from typing import Any, Dict, Iterable, Tuple  # noqa: UP035

LONGEST_NAME = 200
_LONGEST_TEXT = 2000
_OWN = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
_PACKAGE = os.path.dirname(os.path.dirname(_OWN)) + os.sep  # noqa: PTH120
_LIBRARIES = tuple(
    folder.rstrip(os.sep) + os.sep
    for folder in {os.path.abspath(sysconfig.get_paths()[name]) for name in ("stdlib", "platstdlib")}  # noqa: PTH100
)
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_known: dict[str, bool] = {}

Place = Tuple[str, int]  # noqa: UP006 -- evaluated by the child's Python 3.8
Described = Dict[str, Any]  # noqa: UP006


def is_users(file: str) -> bool:
    """Whether a line of this file is the user's: not a library's, not the interpreter's, not ours."""
    found = _known.get(file)
    if found is None:
        found = _known[file] = not (
            file.startswith(("<frozen", "<string", "<attrs", _PACKAGE, *_LIBRARIES))
            or any(part in file for part in _PACKAGES)
        )
    return found


def innermost(places: Iterable[Place]) -> Place | None:
    """The last of these places that is the user's, with an absolute path."""
    found = None
    for file, line in places:
        if is_users(file):
            found = (file, line)
    return (os.path.abspath(found[0]), found[1]) if found else None  # noqa: PTH100


def caller(skipped: tuple[str, ...]) -> tuple[Place | None, bool]:
    """The innermost line of the user's that led here, and whether it did so itself.

    `skipped` are packages that only carry a call (botocore, boto3); with another library's frame between, that
    library made the call and not the user.
    """
    frame: FrameType | None = sys._getframe(1)
    itself = True
    while frame is not None:
        file = frame.f_code.co_filename
        if is_users(file):
            return (os.path.abspath(file), frame.f_lineno), itself  # noqa: PTH100
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if not file.startswith(_PACKAGE) and package not in skipped:
            itself = False
        frame = frame.f_back
    return None, False


def beneath(modules: tuple[str, ...]) -> bool:
    """Whether code of modules whose names start so led here by itself, and no line of the user's since."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and not is_users(frame.f_code.co_filename):
        name, function = str(frame.f_globals.get("__name__", "")), frame.f_code.co_name
        if name.startswith(modules) and function != "wrapper":  # of a decorator, which goes on to what it decorates
            return True
        frame = frame.f_back
    return False


def described(error: BaseException) -> Described:
    """{"type", "text", "module" (of an import error), "file", "line"}; file is "" where no line is the user's."""
    place = innermost((step.filename, step.lineno or 0) for step in traceback.extract_tb(error.__traceback__))
    module = None
    if isinstance(error, SyntaxError) and error.filename:
        place = (os.path.abspath(error.filename), error.lineno or 0)  # noqa: PTH100
    elif isinstance(error, ImportError) and isinstance(error.name, str):
        module = error.name[:LONGEST_NAME]
    return {
        "type": type(error).__name__[:LONGEST_NAME],
        "text": _text(error),
        "module": module,
        "file": place[0] if place else "",
        "line": place[1] if place else 0,
    }


def _text(error: BaseException) -> str:
    try:
        return str(error)[:_LONGEST_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")
    except BaseException:  # noqa: BLE001 -- a hostile __str__ must not end the answer
        return ""
