"""builders.frozen"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import CheckError, Inconclusive
from mlops_gates.findings import Finding, Measurement, Severity, Status
from mlops_gates.gates.builders.comparing import keeping
from mlops_gates.gates.builders.comparing.diffing import Change, changes
from mlops_gates.gates.builders.requests.request import Path, text
from mlops_gates.gates.builders.scope import BuildersScope, Target
from mlops_gates.options import Options, Text
from mlops_gates.textsafe import one_line

ID = "builders.frozen"
_REMEDY = "Undo the change, or run `mlops-gates builders freeze` and commit the file where it is meant."


class FrozenOptions(Options):
    """What a change is told against."""

    frozen: Text | None = Field(
        None, description="The requests as `mlops-gates builders freeze` stored them; what changed since then fails."
    )


def _needs(scope: BuildersScope) -> Iterable[object]:
    return (1,) if getattr(scope.options, "frozen", None) else ()


def _body(scope: BuildersScope) -> Iterator[Seen]:
    file = str(getattr(scope.options, "frozen", ""))
    before = _loaded(scope, file)
    if not scope.every:
        raise Inconclusive("nothing was rendered, so there is nothing to compare")
    there = keeping.called(scope.every)
    rendered = {name: target for name, target in there.items() if target.requests}
    found = [one for name, target in rendered.items() for one in _of_target(name, target, before.get(name))]
    found += [_gone(scope, name) for name in before if name not in there]
    yield from found
    compared = sum(name in before for name in rendered)
    kept = "the requests of one target are" if compared == 1 else f"the requests of {compared} targets are"
    yield Measurement(
        rule=ID,
        subject="",
        name="changes",
        value=float(len(found)),
        text=f"{len(found)} changes since {file} was written" if found else f"{kept} those of {file}",
        exact="counted",
        n=compared,
    )


def _loaded(scope: BuildersScope, name: str) -> Mapping[str, Mapping[str, Any]]:
    try:
        return keeping.load(scope.context.workdir / name)
    except CheckError as error:
        error.where = error.where or scope.context.line("frozen")
        raise


def _of_target(name: str, target: Target, before: Mapping[str, Any] | None) -> Iterator[Finding]:
    if before is None:
        words = "it is new: the file does not have it yet"
        yield _finding(name, target, (), "", words, Status.WARNED)
        return
    old, now = before["pieces"], keeping.pieces(target)
    sdk = _sdk(before.get("sdk", ""), keeping.sdk(target))
    for key, piece in now.items():
        if key not in old:
            yield _finding(name, target, piece.path, key, f"{piece.called} is new{sdk}")
            continue
        for path, several in _by_path(changes(old[key], piece.members)).items():
            words = "; ".join(dict.fromkeys(one.told for one in several))
            yield _finding(name, target, (*piece.path, *path), key, f"{words}{sdk}")
    for key in old:
        if key not in now:
            yield _finding(name, target, (), key, f"{one_line(key, 120)} is gone{sdk}")


def _by_path(found: Iterable[Change]) -> dict[Path, list[Change]]:
    """Elements that are gone are told at their list, several at once."""
    by_path: dict[Path, list[Change]] = {}
    for one in found:
        by_path.setdefault(one.path, []).append(one)
    return by_path


def _sdk(before: str, now: str) -> str:
    return f" (SDK {before} -> {now})" if before and now and before != now else ""


def _finding(name: str, target: Target, path: Path, key: str, words: str, status: Status = Status.FAILED) -> Finding:
    where = text(path, target.root) or key
    return Finding(
        rule=ID,
        subject=f"{name}: {where}" if where else name,
        status=status,
        severity=Severity.ERROR if status is Status.FAILED else Severity.WARNING,
        message=f"{name}: {f'{where}: ' if path else ''}{words}.",
        location=target.locate(path),
        remedy=_REMEDY,
    )


def _gone(scope: BuildersScope, name: str) -> Finding:
    shown = one_line(name, 200)
    return Finding(
        rule=ID,
        subject=shown,
        status=Status.FAILED,
        severity=Severity.ERROR,
        message=f"{shown}: it was frozen, and is no target any more.",
        location=scope.context.line("targets"),
        remedy=_REMEDY,
    )


CHECK = Check(
    id=ID,
    title="Requests are those that were frozen",
    help="`mlops-gates builders freeze` stores the requests of all targets. Later runs compare theirs with it, and say in "
    "words what changed: an instance, an image, a hyperparameter, a channel, a permission. Values of hyperparameters and "
    "environment variables are stored as digests and never told.",
    remedy=_REMEDY,
    example="builders:\n  targets: [pipelines.churn:builders]\n  frozen: builders.frozen.json\n",
    body=_body,
    options=FrozenOptions,
    needs=_needs,
)
