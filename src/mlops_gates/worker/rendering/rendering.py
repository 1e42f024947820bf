"""The face of it all: what a target holds, and each thing in it rendered. Objects stay, so that each is made once."""

from __future__ import annotations

from typing import Any, Dict  # noqa: UP035

from . import asking, places, running, scanning, sdk
from .finding import ROLE, Finder, Found
from .offline import Offline

REGION = "us-east-1"
Rendered = Dict[str, Any]  # noqa: UP006


class Rendering:
    """One target. `listed` finds what is in it, `entry` renders one of them.

    `config` is handed to constructors and functions that ask for one, as is `role`; nothing is found before `listed`.
    """

    def __init__(
        self,
        target: str,
        config: dict[str, Any] | None = None,
        role: str | None = None,
        region: str = REGION,
    ) -> None:
        self._target = target
        self._region = region
        self._finder = Finder(config, role or ROLE, region)
        self._found: list[Found] | None = None
        self._before: list[dict[str, Any]] = []

    def listed(self) -> Rendered:
        """{"sdk", "builders": [entries without runs and views], "calls": those of the import and the constructors},
        or {"sdk", "error"} in place of the builders. The target `mlops_gates.builders` stands for the entry points of
        that group: {"sdk", "targets": {name: target}}, each to be asked by itself.
        """
        with Offline(self._region) as offline:
            try:
                if self._target == scanning.GROUP:
                    return {"sdk": _sdk(), "targets": scanning.entry_points(), "calls": []}
                found = self._all(offline)
            except BaseException as error:  # noqa: BLE001 -- SystemExit is an answer too
                return {"sdk": _sdk(), "error": places.described(error), "calls": offline.take()}
        return {"sdk": _sdk(), "builders": [_plan(each) for each in found], "calls": self._before}

    def entry(self, name: str) -> Rendered:
        """One of what `listed` named, with its runs and views. Raises `KeyError` where it is not among them."""
        with Offline(self._region) as offline:
            for found in self._all(offline):
                if found.name == name:
                    return self._rendered(found, offline)
        raise KeyError(name)

    def all(self) -> Rendered:
        """As `listed`, with every entry rendered: for who needs no protection of one builder from another."""
        listed = self.listed()
        if "builders" in listed:
            listed["builders"] = [self.entry(each["name"]) for each in listed["builders"]]
        return listed

    def _all(self, offline: Offline) -> list[Found]:
        if self._found is None:
            self._found = self._finder.find(self._target)
            self._before = offline.take()
        return self._found

    def _rendered(self, found: Found, offline: Offline) -> Rendered:
        entry = _plan(found)
        views: dict[str, Any] = {}
        if found.kind == "builder":
            required, optional, outputs = asking.declared(found.value, views)
            asking.asked(found.value, views)
            entry.update(required=required, optional=optional, outputs=outputs, views=views)
            entry["config"] = asking.config(found.value)
            entry["contract"] = asking.contract(found.value)
            entry["property_paths"] = asking.property_paths(found.value, outputs, views)
        asks = running.asks(entry["required"], entry["optional"])
        if found.kind != "builder":
            asks = [ask for ask in asks if ask.why == "first" or (ask.why == "again" and found.again is not None)]
        elif running.maker(found.value) != "create_step":
            asks = [ask for ask in asks if ask.why in ("first", "again") and running.maker(found.value)]
        entry["runs"] = [running.run(found, ask, self._finder, offline) for ask in asks]
        entry["step_type"] = _step_type(entry["runs"][0]) if entry["runs"] and found.kind != "pipeline" else ""
        return entry


def _plan(found: Found) -> Rendered:
    """Everything of an entry that is known before the builder is asked for anything."""
    nothing: Rendered = {"step_type": "", "required": [], "optional": [], "outputs": {}, "config": {}}
    return {
        "name": found.name,
        "kind": found.kind,
        **asking.place(found.value, found.kind == "builder", found.origin),
        **nothing,
        "contract": None,
        "property_paths": {},
        "runs": [],
        "views": {},
    }


def _sdk() -> dict[str, str] | None:
    found = sdk.version() if sdk.loaded() else None
    return {"version": found} if found else None


def _step_type(run: dict[str, Any]) -> str:
    """Of the last step of its own: before it stand those that repack a model for it."""
    types: dict[str, str] = {}
    _collect((run["definition"] or {}).get("Steps"), types)
    return types.get(run["steps"][-1], "") if run["steps"] else ""


def _collect(steps: Any, types: dict[str, str]) -> None:
    for step in steps if isinstance(steps, list) else ():
        types.setdefault(str(step.get("Name")), str(step.get("Type")))
        arguments = step.get("Arguments")
        if isinstance(arguments, dict):
            for branch in ("IfSteps", "ElseSteps", "ForEachBody"):
                _collect(arguments.get(branch), types)
