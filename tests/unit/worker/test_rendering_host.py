"""The host's side: many targets in one worker, and another where a builder takes one down."""

from __future__ import annotations

import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.gates.builders.building.workers import Asked, Where, render
from mlops_gates.worker.failures import Stopped

pytestmark = pytest.mark.acceptance

MANY = """
    import os, time

    class Good:
        def create_step(self):
            return {"made": True}

    class Tells:
        def create_step(self):
            raise RuntimeError(str(os.getpid()))

    class Hangs:
        def create_step(self):
            while True:
                time.sleep(0.05)

    class Leaves:
        def create_step(self):
            os._exit(7)

    class Greedy:
        def create_step(self):
            return bytearray(1 << 40)

    class Spawns:
        def create_step(self):
            os.posix_spawn("/bin/true", ["true"], {})

    class Reaches:
        def create_step(self):
            import socket
            try:
                socket.create_connection(("192.0.2.1", 80))
            except OSError as error:
                return {"type": type(error).__name__, "home": os.environ["HOME"], "key": os.environ["AWS_ACCESS_KEY_ID"]}

    def several():
        return [Good(), Hangs(), Good()]
"""


@pytest.fixture
def where(tmp_path: Path) -> Where:
    (tmp_path / "many.py").write_text(textwrap.dedent(MANY))
    return Where(code=(tmp_path,), seconds=3.0, memory=2 << 30)


def ask(where: Where, *targets: str) -> list[dict[str, Any]]:
    return list(render([Asked(target) for target in targets], where))


def error_of(rendered: dict[str, Any]) -> dict[str, Any]:
    error = rendered["builder"]["runs"][0]["error"]
    assert isinstance(error, dict)
    return error


def test_one_worker_renders_all_targets(where: Where) -> None:
    first, second = ask(where, "many:Tells", "many:Tells")
    assert first["target"] == "many:Tells"
    told = [run["error"]["text"] for each in (first, second) for run in each["builder"]["runs"]]
    assert len(told) == 8
    assert set(told) == {told[0]}


def test_a_builder_that_hangs_does_not_take_the_others_along(where: Where) -> None:
    answers = ask(where, "many:several", "many:Good")
    assert [each["builder"]["name"] for each in answers] == [
        "many:several[0]",
        "many:several[1]",
        "many:several[2]",
        "many:Good",
    ]
    error = error_of(answers[1])
    line = textwrap.dedent(MANY).splitlines().index("class Hangs:") + 2
    assert (error["type"], error["text"], error["line"]) == ("TimedOut", "no answer after 3 s", line)
    assert error["file"].endswith("many.py")
    assert [each["builder"]["runs"][0]["error"] for each in (answers[0], *answers[2:])] == [None] * 3


def test_a_builder_that_ends_the_process_is_named(where: Where) -> None:
    leaves, good, greedy = ask(where, "many:Leaves", "many:Good", "many:Greedy")
    assert error_of(leaves)["type"] == "Ended"
    assert "the builder's process ended without an answer (exit code 7)" in error_of(leaves)["text"]
    assert good["builder"]["runs"][0]["error"] is None
    assert error_of(greedy)["type"] == "MemoryError"


def test_processes_and_sockets_are_refused(where: Where) -> None:
    spawns, reaches = ask(where, "many:Spawns", "many:Reaches")
    assert error_of(spawns)["type"] == "PermissionError"
    run = reaches["builder"]["runs"][0]
    assert run["calls"][0]["service"] == "socket"
    assert run["returned"] == "dict"


def test_targets_that_cannot_be_imported_are_entries_with_an_error(where: Where) -> None:
    missing, absent, good = ask(where, "nowhere:Builder", "many:Nobody", "many:Good")
    assert missing["error"]["type"] == "ModuleNotFoundError"
    assert missing["error"]["module"] == "nowhere"
    assert absent["error"]["text"] == "module many has no Nobody"
    assert good["builder"]["kind"] == "builder"


def test_an_import_that_hangs_is_ended(where: Where, tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(60)\n")
    slow, good = ask(where, "slow:Builder", "many:Good")
    assert slow["error"]["type"] == "TimedOut"
    assert good["builder"]["runs"][0]["error"] is None


def test_a_cancel_stops_it_all(where: Where) -> None:
    cancel = threading.Event()
    threading.Timer(0.5, cancel.set).start()
    with pytest.raises(Stopped):
        list(render([Asked("many:Hangs")], where, cancel))
