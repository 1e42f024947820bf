"""`init`: a first config for a table, which passes on it, and the CI file that runs it."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from mlops_gates import document, naming, profiles, registry
from mlops_gates.asked import Inputs
from mlops_gates.errors import CheckError, UsageError
from mlops_gates.findings import Finding, Report
from mlops_gates.hosts import by_name
from mlops_gates.initial import facts, rules, text
from mlops_gates.initial.rules import Rules, Value
from mlops_gates.profiles import Reading
from mlops_gates.progress import Silent
from mlops_gates.session import Session
from mlops_gates.textsafe import one_line
from mlops_gates.writing import replace

FILES = {"github": ".github/workflows/mlops-gates.yml", "gitlab": ".gitlab-ci.yml", "codebuild": "buildspec.yml"}
"""Where each host looks for its file, from the root of the repository."""

_KEYS = {"range": ("min", "max"), "types": ("type",), "quality-score": ("min_quality_score",)}
"""The keys that a rule comes from, where they are not called like it."""

_MOST_TRIES = 5
_HEAD = """\
Written by `mlops-gates init` out of {source}: {rows} rows, {columns} columns. It passed on this file.
Read it, and correct what is right by accident only: limits are what was seen, with head-room for another sample.
What a key means: mlops-gates explain data.range (or another of `mlops-gates list`)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What `init` is asked: the table and how it is read, where the config goes, the host (or none), `force` to replace."""

    data: str
    output: str
    host: str
    force: bool
    how: Reading


def written(asked: Asked) -> str:
    """Write the files; what to print. Raises UsageError where a file is missing or in the way, CheckError."""
    config, face = Path(asked.output), FILES.get(asked.host, "")
    profiles.free(config, asked.force)
    if face:
        _free_face(Path(face), asked.force)
    with profiles.opened(asked.data, asked.how) as source:
        found = facts.gathered(source)
    name = _shown(asked.data)
    block_keys, column_keys = _known()
    more = _reading(asked.how)
    head = _HEAD.format(source=one_line(naming.public(name)), rows=f"{found.rows:,}", columns=f"{len(found.columns):,}")
    for lean in (False, True):
        made = rules.of(found, block_keys, column_keys, lean=lean)
        content = text.written(name, made, head, more)
        if len(content.encode()) <= document.MAX_BYTES:
            break
    else:
        raise UsageError(
            f"a config for {len(found.columns):,} columns would be larger than {document.MAX_BYTES >> 10} KiB",
            next_step="Write one by hand for the columns that the model takes.",
        )
    content = _passing(made, config, lambda some: text.written(name, some, head, more))
    _put(config, content)
    if face:
        Path(face).parent.mkdir(parents=True, exist_ok=True)
        _put(Path(face), _face(asked.host, config.as_posix()))
    return _told(asked, found, config, face)


def _free_face(path: Path, force: bool) -> None:
    if path.parent.is_dir():
        profiles.free(path, force)
    elif any(one.exists() and not one.is_dir() for one in path.parents):
        raise UsageError(f"there is no folder {path.parent}", next_step="Something else has its name.")


def _shown(data: str) -> str:
    """The data as the config names it: from the folder where the command runs, if it lies there."""
    if naming.scheme(data):
        return data
    inside = os.path.relpath(data)
    return data if inside.startswith("..") else Path(inside).as_posix()


def _reading(how: Reading) -> dict[str, Value]:
    more: dict[str, Value] = {"null_values": list(how.null_values)} if how.null_values else {}
    return more | ({"delimiter": how.delimiter} if how.delimiter else {})


def _known() -> tuple[Collection[str], Collection[str]]:
    """The keys of a block and of a column that the data gate of this version has."""
    room = registry.room("data")
    block = room.gate.block(room.checks)
    column: Any = next(
        one for one in getattr(block.model_fields["columns"].annotation, "__args__", ()) if one is not str
    )
    return _names(block), _names(column)


def _names(model: Any) -> set[str]:
    return {field.alias or name for name, field in model.model_fields.items()}


class _Quiet(Session):
    """A run of which nobody is told: it is judged, and its report stays here."""

    def _progress(self) -> Any:
        return nullcontext(Silent())


def _passing(made: Rules, config: Path, worded: Any) -> str:
    """The config, less what the table itself breaks. Raises CheckError where that leaves none that passes."""
    for _ in range(_MOST_TRIES):
        content: str = worded(made)
        report = _judged(config, content)
        broken = [finding for _, check in report.checks for finding in check.findings]
        if report.exit_code == 0 and not broken:
            return content
        if not (less := _without(made, broken)):
            break
        made = less
    words = "; ".join(one_line(f"{one.rule}: {one.message}", 200) for one in broken[:3])
    raise CheckError(
        f"the table does not keep to rules made of itself: {words}", next_step="This is a bug; please report it."
    )


def _without(made: Rules, broken: Collection[Finding]) -> Rules | None:
    before = made
    for finding in broken:
        rule = finding.rule.partition(".")[2]
        keys = _KEYS.get(rule, (rule,))
        made = made.without(finding.subject if finding.subject in made.columns else None, keys)
    return made if made != before else None


def _judged(config: Path, content: str) -> Report:
    with _beside(config, content) as path, tempfile.TemporaryDirectory(prefix="mlops-gates-init-") as folder:
        inputs = Inputs(gates=("data",), config=path, report_dir=folder, host="local")
        return _Quiet(inputs, by_name("local", os.environ)).judged()


@contextmanager
def _beside(config: Path, content: str) -> Iterator[str]:
    """The config under another name for as long as it is tried out."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=config.parent, prefix=".mlops-gates-init-", suffix=".yml", encoding="utf-8"
        ) as file:
            file.write(content)
            file.flush()
            yield file.name
    except OSError as error:
        raise CheckError(f"{config} cannot be written: {error.strerror or error}") from None


def _put(path: Path, content: str) -> None:
    try:
        replace(path, content)
    except OSError as error:
        raise CheckError(f"{path} cannot be written: {error.strerror or error}") from None


def _face(host: str, config: str) -> str:
    return (
        resources.files(f"{__name__}.faces")
        .joinpath(f"{host}.yml")
        .read_text(encoding="utf-8")
        .replace("@config@", json.dumps(config, ensure_ascii=False))
    )


def _told(asked: Asked, found: facts.Facts, config: Path, face: str) -> str:
    data = one_line(naming.public(asked.data))
    lines = [f"{data}: {found.rows:,} rows, {len(found.columns):,} columns", f"{config}: passed on this file"]
    if face:
        lines.append(f"{face}: runs it on {asked.host}")
    where = "" if config.as_posix() == "mlops-gates.yml" else f" --config {config.as_posix()}"
    return "\n".join([*lines, "", f"Read it and correct it, then: mlops-gates run{where}", ""])
