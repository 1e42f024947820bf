from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlops_gates.worker.client import Worker
from mlops_gates.worker.job import Column, Frame, Job

ROWS = 40


@pytest.fixture(scope="session")
def frame() -> Frame:
    rng = np.random.default_rng(7)
    words = np.array(["red", "blue", None], dtype=object)[rng.integers(0, 3, ROWS)]
    return Frame(
        (
            Column("shade", "string", words),
            Column("size", "float64", rng.normal(size=ROWS)),
            Column("count", "int64", rng.integers(0, 9, ROWS)),
            Column("open", "bool", rng.random(ROWS) < 0.5),
        ),
        ROWS,
    )


@pytest.fixture
def numbers() -> Frame:
    return Frame((Column("x", "float64", np.arange(5.0)), Column("y", "float64", np.ones(5))), 5)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Worker]]:
    """Starts a worker on the source of a module whose `model` it is to load; kills it after the test."""
    started: list[Worker] = []

    def begin(source: str, **options: Any) -> Worker:
        folder = tmp_path / "code"
        folder.mkdir(exist_ok=True)
        (folder / "hostile.py").write_text(textwrap.dedent(source))
        cancel = options.pop("cancel", None)
        options = {"seconds": 20.0, "memory": 2 << 30, "code": (folder,), **options}
        started.append(Worker.start(Job(model="hostile:model", **options), cancel))
        return started[-1]

    yield begin
    for worker in started:
        private = worker._process.private
        worker.close()
        assert not private.exists()
        assert not leftovers(private)


def leftovers(private: Path) -> list[int]:
    """Processes that still work in a worker's private folder, whatever session or parent they have by now."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                place = str((entry / "cwd").readlink())
            except OSError:
                continue
            if place.removesuffix(" (deleted)") == str(private):
                found.append(int(entry.name))
    return found
