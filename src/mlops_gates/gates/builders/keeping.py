"""What `builders freeze` stores of targets, and how it is read again.

Stored are the requests as AWS would receive them, with the defaults of parameters, and of definitions the parameters and
what hangs on steps beside their arguments. Values of hyperparameters, environment variables and arguments of containers
are stored as the first 16 digits of their SHA-256, secret-like values not at all: the file lies in a repository.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path as File
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.gates.builders import secrecy
from mlops_gates.gates.builders.definition import OPERATIONS, Step
from mlops_gates.gates.builders.diffing import HIDDEN, LATER
from mlops_gates.gates.builders.expressions import BRANCHES, own_steps
from mlops_gates.gates.builders.request import Path, Request, Unknown
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass

FORMAT = "mlops-gates frozen builders"
SCHEMA = 1
SECRET = "(secret, not stored)"  # noqa: S105 - what stands in place of one
MOST_BYTES = 64 << 20
_BESIDE = ("Type", "DependsOn", "CacheConfig", "RetryPolicies", "PropertyFiles", "OutputParameters")


@dataclass(frozen=True)
class Piece:
    """One request, one step or the parameters: `members` as they are stored, `path` leads to them in the target."""

    members: Any
    path: Path
    called: str


def pieces(target: Target) -> dict[str, Piece]:
    """What is compared of a target, by a key that says what it is."""
    found: dict[str, Piece] = {}
    for request in target.requests:
        _put(found, _key(request), Piece(kept(request.part.members), request.part.path, _called(request)))
    for step in own_steps(target):
        _put(found, f"step {step.name}", Piece(_beside(step), step.path, f"the step {step.name}"))
    if target.whole and target.graph is not None:
        told = kept(target.graph.raw.get("Parameters") or [])
        found["parameters"] = Piece({"Parameters": told}, target.graph.path, "the parameters")
    return found


def called(targets: Iterable[Target]) -> dict[str, Target]:
    """The targets by the names that they have in the file: of those with one name, the later ones are numbered."""
    found: dict[str, Target] = {}
    for target in targets:
        name, place = target.name, 2
        while name in found:
            name, place = f"{target.name} ({place})", place + 1
        found[name] = target
    return found


def stored(target: Target) -> dict[str, Any]:
    """A target as it stands in the file."""
    return {"sdk": sdk(target), "pieces": {key: piece.members for key, piece in pieces(target).items()}}


def sdk(target: Target) -> str:
    """The version of the SDK that rendered it; empty for a definition."""
    told = target.entry.get("sdk")
    version = told.get("version") if isinstance(told, Mapping) else told
    return version if isinstance(version, str) else ""


def kept(value: Any, name: str = "", hidden: bool = False) -> Any:
    """A value as it is stored: members that are hidden as digests, secrets not at all. `name` is what it is called."""
    if isinstance(value, Unknown):
        return {LATER: value.text or value.kind}
    if isinstance(value, Mapping):
        return {str(key): kept(one, str(key), hidden or str(key) in HIDDEN) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [kept(one, name, hidden) for one in value]
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, str) and (secrecy.form(value) or secrecy.named(name, value)):
        return SECRET
    if not hidden:
        return value
    if secrecy.drawn(text):
        return SECRET
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"


def dump(targets: Mapping[str, Mapping[str, Any]], made_by: str) -> str:
    """The file's text; the same targets give the same text."""
    told = {"format": FORMAT, "schema": SCHEMA, "made_by": made_by, "targets": targets}
    return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def load(file: File) -> Mapping[str, Mapping[str, Any]]:
    """The targets of a stored file. Raises CheckError where it is none, or one of a later version."""
    step = "Write it with `mlops-gates builders freeze`."
    try:
        if file.stat().st_size > MOST_BYTES:
            raise CheckError(f"{file.name} has more than {MOST_BYTES:,} bytes", next_step=step)
        raw = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CheckError(f"there is no file {file.name}", next_step=step) from None
    except OSError as error:
        raise CheckError(f"{file.name} cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise CheckError(f"{file.name} is no JSON", next_step=step) from None
    if not isinstance(raw, Mapping) or raw.get("format") != FORMAT:
        raise CheckError(f"{file.name} does not hold frozen builders", next_step=step)
    if raw.get("schema") != SCHEMA:
        raise CheckError(f"{file.name} was written by another version of mlops-gates", next_step=step)
    targets = raw.get("targets")
    if not isinstance(targets, Mapping) or not all(_is_stored(one) for one in targets.values()):
        raise CheckError(f"{file.name} does not hold frozen builders", next_step=step)
    return targets


def _is_stored(one: Any) -> bool:
    return isinstance(one, Mapping) and isinstance(one.get("pieces"), Mapping) and isinstance(one.get("sdk", ""), str)


def _put(found: dict[str, Piece], key: str, piece: Piece) -> None:
    place = 2
    numbered = key
    while numbered in found:
        numbered, place = f"{key} {place}", place + 1
    found[numbered] = piece


def _key(request: Request) -> str:
    return f"{request.operation} {request.step}".strip()


def _called(request: Request) -> str:
    return f"{request.operation} of the step {request.step}" if request.step else request.operation


def _beside(step: Step) -> dict[str, Any]:
    """What a step has beside its request; of one that makes no request also its arguments, without branches."""
    told = {name: kept(step.raw[name], name) for name in _BESIDE if name in step.raw}
    arguments = step.raw.get("Arguments")
    if step.type not in OPERATIONS and isinstance(arguments, Mapping):
        told["Arguments"] = dict(_own(arguments))
    return {**told, "Branch": list(step.branch)} if step.branch else told


def _own(arguments: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in arguments.items():
        if name not in BRANCHES:
            yield str(name), kept(value, str(name))
