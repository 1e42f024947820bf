"""What `builders freeze` stores of targets, and how it is read again.

Stored are the requests as AWS would receive them, with the defaults of parameters, and of definitions the parameters and
what hangs on steps beside their arguments. Values of hyperparameters, environment variables and arguments of containers
are stored as the first 16 digits of their SHA-256, secret-like values not at all: the file lies in a repository.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from pathlib import Path as File
from typing import Any

from mlops_gates.errors import CheckError
from mlops_gates.gates.builders.comparing.diffing import HIDDEN, LATER
from mlops_gates.gates.builders.pipelines.expressions import FUNCTIONS, own_steps
from mlops_gates.gates.builders.requests import secrecy
from mlops_gates.gates.builders.requests.definition import BRANCHES, OPERATIONS, Step
from mlops_gates.gates.builders.requests.request import Path, Request, Unknown
from mlops_gates.gates.builders.scope import Target
from mlops_gates.records import dataclass

FORMAT = "mlops-gates frozen builders"
SCHEMA = 1
SECRET = "(secret, not stored)"  # noqa: S105 - what stands in place of one
MOST_BYTES = 64 << 20
_AROUND = ("Version", "Parameters", "PipelineExperimentConfig")
_BESIDE = ("Type", "DependsOn", "CacheConfig", "RetryPolicies", "PropertyFiles", "OutputParameters")


@dataclass(frozen=True)
class Piece:
    """One request, one step or what is around the steps: `members` as they are stored, `path` leads to them in the target."""

    members: Any
    path: Path
    called: str


def pieces(target: Target) -> dict[str, Piece]:
    """What is compared of a target, by a key that says what it is."""
    found: dict[str, Piece] = {}
    for request in target.requests:
        _put(found, _key(request), _of_request(target, request))
    for step in own_steps(target):
        _put(found, f"step {step.name}", Piece(_beside(step), step.path, f"the step {step.name}"))
    if target.whole and target.graph is not None:
        told = {name: kept(target.graph.raw[name], name) for name in _AROUND if name in target.graph.raw}
        found["definition"] = Piece(told, target.graph.path, "the definition")
    return found


def _of_request(target: Target, request: Request) -> Piece:
    raw: Any = target.root
    for part in request.part.path:
        raw = raw[part]
    return Piece(kept(request.part.members, raw=raw), request.part.path, _called(request))


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


def kept(value: Any, name: str = "", hidden: bool = False, raw: Any = None) -> Any:
    """A value as it is stored: members that are hidden as digests, secrets not at all, what a run knows by its expression.

    `name` is what it is called, `raw` the value before parameters were put in, which has the expressions.
    """
    if isinstance(value, Unknown):
        return {LATER: expression(raw) or value.text or value.kind}
    if isinstance(value, Mapping):
        if told := expression(value):
            return {LATER: told}
        inner = raw if isinstance(raw, Mapping) else {}
        return {
            str(key): kept(one, _named(value, str(key)), hidden or str(key) in HIDDEN, inner.get(key))
            for key, one in value.items()
        }
    if isinstance(value, list | tuple):
        others = raw if isinstance(raw, list | tuple) else ()
        return [kept(one, name, hidden, other) for one, other in zip_longest(value, others[: len(value)])]
    text = value if isinstance(value, str) else json.dumps(value)
    if isinstance(value, str) and (secrecy.form(value) or secrecy.named(name, value)):
        return SECRET
    if not hidden:
        return value
    if secrecy.drawn(text):
        return SECRET
    written = json.dumps(value)  # a number is another value than its text
    return f"sha256:{hashlib.sha256(written.encode()).hexdigest()[:16]}"


def _named(around: Mapping[str, Any], key: str) -> str:
    """What a value is called: that of a parameter or a tag by the name beside it."""
    beside = around.get({"DefaultValue": "Name", "Value": "Key"}.get(key, ""))
    return beside if isinstance(beside, str) else key


def expression(raw: Any) -> str:
    """A function of a definition as a text such as `s3://models/{Execution.PipelineExecutionId}`; empty for all else."""
    name = next(iter(raw)) if isinstance(raw, Mapping) and len(raw) == 1 else ""
    if name not in FUNCTIONS:
        return ""
    told = raw[name]
    if name == "Get" and isinstance(told, str):
        return told
    if name == "Std:Join" and isinstance(told, Mapping) and isinstance(told.get("Values"), list | tuple):
        parts = [f"{{{found}}}" if (found := expression(one)) else str(one) for one in told["Values"]]
        return _discreet(str(told.get("On", "")).join(parts))
    if name == "Std:JsonGet" and isinstance(told, Mapping):
        file = told.get("PropertyFile") or told.get("S3Uri")
        return _discreet(f"{expression(file) or file}: {expression(told.get('Path')) or told.get('Path')}")
    return _discreet(json.dumps(raw, sort_keys=True, default=str))


def _discreet(text: str) -> str:
    return SECRET if secrecy.form(text) else text


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
