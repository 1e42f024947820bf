"""Pydantic without its plug-ins: for one, it looks through all installed packages, which takes a tenth of a short run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_VARIABLE = "PYDANTIC_DISABLE_PLUGINS"


@contextmanager
def unplugged() -> Iterator[None]:
    """Models whose validators are made within have no plug-ins. The variable is gone after, so no child inherits it."""
    before = os.environ.get(_VARIABLE)
    os.environ[_VARIABLE] = "__all__"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_VARIABLE]
        else:
            os.environ[_VARIABLE] = before
