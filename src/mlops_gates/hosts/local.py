"""A terminal on somebody's machine."""

from __future__ import annotations

from mlops_gates.hosts.protocol import PlainHost


class Local(PlainHost):
    """No CI at all: the config is the user's own, so its paths may lead anywhere."""

    name = "local"

    def confined(self) -> bool:
        return False
