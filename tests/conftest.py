"""What all tests share: the user's shell and the CI job that runs the tests must not reach into them."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Iterator

import pytest

_FOREIGN = ("MLOPS_GATES_INPUT_", "INPUT_", "GITHUB_", "GITLAB_", "CI_", "CODEBUILD_")


@pytest.fixture(autouse=True)
def own_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No input and no CI host of ours, and signal handlers are put back: `run` takes them over."""
    for name in [name for name in os.environ if name.startswith(_FOREIGN) or name == "CI"]:
        monkeypatch.delenv(name)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that would reach the network blows up; acceptance tests are there to do so."""
    if request.node.get_closest_marker("acceptance"):
        return

    class Guarded(socket.socket):
        def connect(self, address: object) -> None:
            if self.family != socket.AF_UNIX:
                raise AssertionError(f"a test tried to reach {address}")
            super().connect(address)

    monkeypatch.setattr(socket, "socket", Guarded)
