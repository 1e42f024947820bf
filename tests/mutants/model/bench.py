"""Runs the model gate on a planted defect: the folder that it is asked about, and what it said."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import pickle
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import yaml

from mlops_gates import session
from mlops_gates.asked import Inputs
from mlops_gates.findings import Report, Status
from mlops_gates.gates.model.scope import ByDefault
from mlops_gates.reporters import results

from . import plant, serve, tables, training
from .data import TABLES

HERE = Path(__file__).parent
MODELS = tuple(f"{data}-{family}" for data in TABLES for family in training.FAMILIES)
NATIVE = {"cancer-boosted", "diabetes-boosted"}
Case = dict[str, Any]


def listed(name: str) -> Any:
    """A file of this folder."""
    return yaml.safe_load((HERE / name).read_text(encoding="utf-8"))


def change_of(case: Case) -> Callable[..., plant.World]:
    """The change of a case. Raises StopIteration where there is none of that name."""
    name = case["change"]
    if name in serve.HOOKS:
        return serve.hooked(serve.HOOKS[name])
    return next(getattr(module, name) for module in (plant, serve, tables) if hasattr(module, name))


def block(model: str) -> dict[str, Any]:
    """The config of a model, without overrides."""
    bases = listed("bases.yml")
    made: dict[str, Any] = {}
    for name in ("all", model.partition("-")[0], model):
        made |= bases[name]
    return made


class Bench:
    """The models, trained once each, and a folder per run."""

    def __init__(self) -> None:
        """Nothing is trained before it is asked for."""
        self._worlds: dict[str, plant.World] = {}

    def world(self, model: str) -> plant.World:
        """A model as it was trained."""
        if model not in self._worlds:
            data, _, family = model.partition("-")
            same = [world.tables for name, world in self._worlds.items() if name.startswith(data)]
            made = plant.World(data, family, same[0] if same else TABLES[data](), None).refitted()
            self._worlds[model] = dataclasses.replace(made, how="native" if model in NATIVE else "joblib")
        return self._worlds[model]

    def changed(self, case: Case, model: str) -> plant.World:
        """A model and its tables after the change of `case`."""
        return change_of(case)(self.world(model), **case.get("with", {}))

    def run(self, folder: Path, case: Case, model: str, whole: bool) -> Said:
        """Judge the changed model in `folder`: `whole`, or by the check of the case alone (and by what all others need)."""
        world = self.changed(case, model)
        asked = block(model)
        if world.how != "native":
            asked["path"] = "model.joblib"
        if not whole:
            asked = alone(asked, case["by"])
        write(world, folder, asked["path"])
        (folder / "mlops-gates.yml").write_text(yaml.safe_dump({"model": asked}, sort_keys=False), encoding="utf-8")
        return judged(folder, tuple(f"{key}={value}" for key, value in case.get("set", {}).items()))


def alone(asked: dict[str, Any], check: str) -> dict[str, Any]:
    """A config of which one check is left, and those that every model gets."""
    name = check.removeprefix("model.")
    needs = {"fairness": ["fairness"], "reference": ["distribution", "inputs"], "latency": ["inference"]}
    kept = {key: value for key, value in asked.items() if name in needs.get(key, [name])}
    return kept | {"without": [one for one in get_args(ByDefault) if one != name]}


def write(world: plant.World, folder: Path, path: str) -> None:
    """The tables, the model's file and the code around it."""
    world.train.to_csv(folder / "train.csv", index=False)
    world.test.to_csv(folder / "test.csv", index=False)
    shutil.copytree(serve.SERVED, folder / "served", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / path
    if world.how == "native":
        booster = world.model.get_booster() if hasattr(world.model, "get_booster") else world.model.booster_
        booster.save_model(file)
    elif world.how == "compressed":
        import joblib

        joblib.dump(world.model, file, compress=3)
    else:
        file.write_bytes(pickle.dumps(world.model))
    file.write_bytes(world.spoil(file.read_bytes()))


@dataclass(frozen=True)
class Said:
    """What the gate said of one folder."""

    code: int
    report: Report

    def catches(self, case: Case) -> bool:
        """Whether a finding of the case's check says what the case tells.

        A check that crashed has found nothing: only a model that cannot be asked at all may end as errored.
        """
        by = case["by"]
        wanted = {Status.WARNED} if case.get("warns") else {Status.FAILED}
        if by == "model.load":
            wanted |= {Status.ERRORED}
        found = [f for f in self.report.findings if f.rule == by and f.status in wanted]
        tells = re.compile(rf"(?<!\w){re.escape(case.get('tells', ''))}")
        return any(tells.search(f"{f.subject} {f.message}") for f in found)

    @cached_property
    def words(self) -> str:
        """All findings, for whoever reads a failure."""
        lines = [f"{f.status.value} {f.rule} {f.subject!r}: {f.message}" for f in self.report.findings]
        return f"{self.report.status.value}, exit {self.code}\n{self.report.fatal or ''}\n" + "\n".join(lines)


def judged(folder: Path, sets: tuple[str, ...]) -> Said:
    """`run model` in this process, quietly."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        inputs = Inputs(gates=("model",), workdir=str(folder), sets=sets, annotations="false", host="local")
        code = session.run(inputs)
    text = (folder / "mlops-gates-report/results.json").read_text(encoding="utf-8")
    return Said(code, results.parse(text))
