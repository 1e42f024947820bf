"""Targets whose code is run: each environment has a worker, and what its worker renders becomes a target of rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.building import workers
from mlops_gates.gates.builders.requests import secrecy
from mlops_gates.gates.builders.requests.places import SourcePlaces
from mlops_gates.gates.builders.scope import BuildersScope, Target, TargetOptions
from mlops_gates.worker.environment import provide
from mlops_gates.worker.rendering.scanning import scan

ENTRY_POINTS = "mlops_gates.builders"
_NOBODY = {
    "type": "NoBuilder",
    "text": "no installed package declares an entry point of the group mlops_gates.builders",
}


def rendered(scope: BuildersScope) -> dict[int, list[Target]]:
    """The targets of every entry of the config whose code is run, by the entry's place.

    Raises WorkerError where no worker starts, and CheckError for a folder that holds no builder.
    """
    found: dict[int, list[Target]] = {}
    environments: dict[tuple[str, str], list[int]] = {}
    for place, one in enumerate(scope.options.targets):
        if not one.target.endswith(".json"):
            environments.setdefault((one.python or "", one.requirements or ""), []).append(place)
    for (python, requirements), places in environments.items():
        where = _where(scope, python, requirements)
        asked = [(place, each) for place in places for each in _asked(scope, place)]
        for (place, each), answers in zip(asked, _answers([each for _, each in asked], where, scope), strict=True):
            scope.context.advance(f"rendering {each.target}")
            told = answers or [{"target": each.target, "error": _NOBODY}]
            found.setdefault(place, []).extend(_target(scope, place, answer) for answer in told)
    return found


def _answers(
    asked: list[workers.Asked], where: workers.Where, scope: BuildersScope
) -> Iterator[list[workers.Rendered]]:
    """What was rendered of each, in order; a target may give several."""
    given = workers.render(asked, where, scope.context.cancel)
    waiting: list[workers.Rendered] = []
    current = iter(given)
    following = next(current, None)
    for each in asked:
        waiting = []
        while following is not None and following["asked"] is each:
            waiting.append(following)
            following = next(current, None)
        yield waiting


def _where(scope: BuildersScope, python: str, requirements: str) -> workers.Where:
    context, options = scope.context, scope.options
    interpreter = (context.workdir / python) if "/" in python else (Path(python) if python else None)
    file = context.workdir / requirements if requirements else context.requirements
    if file:
        context.advance(f"installing {file.name} for the builders")
        interpreter = provide(file, interpreter, seconds=context.seconds_left, cancel=context.cancel)
    return workers.Where(
        code=tuple(context.workdir / folder for folder in options.code),
        hidden=context.private,
        python=interpreter,
        region=options.region,
        left=lambda: context.seconds_left,
        memory=min(context.memory, workers.MEMORY) if options.memory else workers.MEMORY,
    )


def _asked(scope: BuildersScope, place: int) -> Iterator[workers.Asked]:
    one = scope.options.targets[place]
    folder = scope.context.workdir / one.target
    if ":" in one.target or one.target == ENTRY_POINTS:
        yield workers.Asked(one.target, one.config, one.role)
    elif folder.is_dir():
        yield from _in_folder(scope, place, one, folder)
    else:
        raise CheckError(
            f"{one.target} is no module:attribute, no definition and no folder",
            where=scope.context.line("targets", place),
            next_step="Write module:attribute, such as pipelines.churn:builders.",
        )


def _in_folder(scope: BuildersScope, place: int, one: TargetOptions, folder: Path) -> Iterator[workers.Asked]:
    root = next(
        (
            base
            for base in scope.options.code
            if folder.resolve().is_relative_to((scope.context.workdir / base).resolve())
        ),
        None,
    )
    where = scope.context.line("targets", place)
    if root is None:
        raise CheckError(f"{one.target} lies in no folder of `code`", where=where, next_step="Add it to `code`.")
    found = scan(str(folder), str(scope.context.workdir / root))
    for each in found.unread:
        known = scope.context.repository_file(Path(each.file))
        raise CheckError(
            f"{known or each.file} is no Python: its line {each.line} cannot be read",
            where=Location(known, max(1, each.line)) if known else where,
            next_step="Correct the line, or move what is no Python out of the folder: the builders in it cannot be found.",
        )
    for each in found.unreachable:
        known = scope.context.repository_file(Path(each.file))
        raise CheckError(
            f"{known or each.file} has the builder {each.target.rpartition(':')[2]}, and cannot be imported: "
            f"{each.target.partition(':')[0]} is no name of a module",
            where=Location(known, max(1, each.line)) if known else where,
            next_step="Rename the file or folder to letters, digits and _, or name other folders.",
        )
    if not found.builders:
        raise CheckError(
            f"{one.target} holds no class with create_step",
            where=where,
            next_step="Name the builders as module:attribute, or write create_step.",
        )
    for each in found.builders:
        yield workers.Asked(each.target, one.config, one.role)


def _target(scope: BuildersScope, place: int, answer: Mapping[str, Any]) -> Target:
    """The target of one builder; of one that cannot be imported, a target without requests and with the error."""
    where = scope.context.line("targets", place)
    sdk = answer.get("sdk")
    if sdk:
        versions = {*filter(None, scope.facts.get("sagemaker", "").split(" and ")), str(sdk.get("version"))}
        scope.facts["sagemaker"] = " and ".join(sorted(versions))
    entry = answer.get("builder")
    config = scope.options.targets[place].config
    if entry is None:
        error = answer.get("error") or {}
        _hide(error, config)
        return Target(str(answer["target"]), {}, (), "", _at_error(scope, error, where), None, {"error": error})
    for run in (*entry["runs"], *entry["views"].values()):
        _hide(run.get("error"), config)
    told = {**entry, "sdk": sdk}
    return targets.of_entry(str(entry["name"]), told, scope.options.region, _places(scope, entry, where))


def _hide(error: Any, config: Any) -> None:
    """Takes the secrets of a config out of what was raised with it."""
    if isinstance(error, dict) and isinstance(error.get("text"), str):
        error["text"] = secrecy.without(error["text"], secrecy.within("", config))


def _at_error(scope: BuildersScope, error: Mapping[str, Any], where: Location) -> targets.Locate:
    file, line = error.get("file"), error.get("line")
    known = scope.context.repository_file(Path(file)) if isinstance(file, str) and file else None
    place = Location(known, max(1, line)) if known and isinstance(line, int) else where
    return lambda _: place


def _places(scope: BuildersScope, entry: Mapping[str, Any], where: Location) -> targets.Locate:
    """Finds lines in a builder's source; `where` it lies in no file of the repository."""
    own = _known(scope, str(entry.get("file") or ""))
    if own is None:
        return lambda _: where
    return SourcePlaces(*own, entry, lambda file: _known(scope, file)).locate


def _known(scope: BuildersScope, file: str) -> tuple[str, str] | None:
    """The name in the repository of a file that a worker named, and its text; read once."""
    read: dict[str, tuple[str, str] | None] = scope.memo.setdefault("sources", {})  # type: ignore[assignment]
    if file not in read:
        read[file] = _read(scope, file) if file else None
    return read[file]


def _read(scope: BuildersScope, file: str) -> tuple[str, str] | None:
    try:
        name = scope.context.repository_file(Path(file))
        return (name, Path(file).read_text(encoding="utf-8")) if name else None
    except (OSError, ValueError):
        return None
