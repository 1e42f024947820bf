"""What the checks say of themselves: `list`, `explain`, `check-config`, `schema`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from mlops_gates import config, registry
from mlops_gates.adapters.git import Repository
from mlops_gates.checks import Check, Stated
from mlops_gates.errors import UsageError
from mlops_gates.layers import Place
from mlops_gates.options import Options, Range
from mlops_gates.session import host_of, shape
from mlops_gates.wording import nearest


def listed(form: str) -> str:
    """Every gate and check, as text or JSON."""
    rooms = [registry.room(name) for name in registry.gate_names()]
    if form == "json":
        every = [
            {"gate": room.gate.name, "id": check.id, "title": check.title} for room in rooms for check in room.checks
        ]
        return json.dumps(every, indent=2, ensure_ascii=False) + "\n"
    lines = []
    for room in rooms:
        lines += [f"{room.gate.name}: {room.gate.title}"]
        lines += [f"  {check.id:<24}{check.title}" for check in room.checks]
        lines += [""]
    return "\n".join([*lines, "`mlops-gates explain CHECK` says what a check means and how to set it.", ""])


def explained(id_: str, form: str) -> str:
    """One check. Raises UsageError when there is none of that id."""
    checks = {check.id: check for _, check in registry.every_check()}
    check_id, _, rule = id_.rpartition(".")
    if check_id in checks and (one := next((one for one in checks[check_id].rules if one.id == rule), None)):
        return (
            json.dumps(_stated(one), indent=2, ensure_ascii=False) + "\n" if form == "json" else "\n".join(_told(one))
        )
    if id_ not in checks:
        step = nearest(id_, list(checks)) or "`mlops-gates list` names them all."
        raise UsageError(f"there is no check {id_!r}", next_step=step)
    check = checks[id_]
    options = _options(check)
    if form == "json":
        told: dict[str, Any] = {"id": check.id, "title": check.title, "help": check.help, "remedy": check.remedy}
        told |= {"options": options, "example": check.example}
        if check.rules:
            told["rules"] = [_stated(rule) for rule in check.rules]
        return json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    lines = [f"{check.id}: {check.title}", "", *textwrap.wrap(check.help, 100), "", f"What to do: {check.remedy}", ""]
    if options:
        place = "of a column" if check.at == "column" else "of the block"
        lines += [f"Options ({place}):"]
        lines += [f"  {o['name']} (default: {o['default']})  {o['description']}" for o in options]
        lines += [""]
    lines += ["Example:", textwrap.indent(check.example.rstrip(), "  "), ""]
    for one in check.rules:
        lines += _told(one)
    return "\n".join(lines)


def _stated(rule: Stated) -> dict[str, str]:
    told = {name: getattr(rule, name) for name in ("id", "states", "source", "refusal", "bad", "good")}
    return {**told, "level": "warning" if rule.believed else "error"}


def _told(rule: Stated) -> list[str]:
    """A rule in words: the constraint, what AWS says, where it is written, a bad and a good example."""
    says = f'AWS says: "{rule.refusal}"' if rule.refusal else "AWS's own words are not known to us."
    level = "warns: believed, and not confirmed by AWS" if rule.believed else "fails"
    return [
        f"{rule.id} ({level})",
        *textwrap.wrap(f"{rule.states}.", 98, initial_indent="  ", subsequent_indent="  "),
        *textwrap.wrap(says, 98, initial_indent="  ", subsequent_indent="  "),
        *textwrap.wrap(f"Source: {rule.source}", 98, initial_indent="  ", subsequent_indent="  "),
        f"  Bad:  {rule.bad}",
        f"  Good: {rule.good}",
        "",
    ]


def keys_of(model: type[BaseModel], under: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every key of a part of a config with its field; the keys of a part within it as `part.key`."""
    for name, field in model.model_fields.items():
        key = f"{under}{field.alias or name}"
        yield key, field
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, Options) and inner is not Range:
                yield from keys_of(inner, f"{key}.")


def _options(check: Check[Any]) -> list[dict[str, str]]:
    return [
        {"name": key, "default": _default(field), "description": field.description or ""}
        for key, field in keys_of(check.options)
    ]


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "none" if field.default_factory else "required"
    if isinstance(field.default, BaseModel):
        return "as below"
    return "none" if field.default is None else str(field.default)


def checked(path: str, workdir: str, sets: tuple[str, ...], environment: str, host_name: str) -> str:
    """A sentence on a valid config. Raises ConfigErrors with every error of an invalid one."""
    host = host_of(host_name)
    folder = Path(workdir).absolute()
    repository = Repository.around(folder, host.root())
    place = Place(folder, repository.name, (host.root() or repository.root) if host.confined() else None)
    loaded = config.load(path, place, shape(), environment, sets)
    blocks = ", ".join(f"{b.gate} ({b.options.name})" if b.options.name else b.gate for b in loaded.blocks)
    return f"{loaded.document.root.file} is valid: {blocks}\n"


def config_schema() -> str:
    """The JSON Schema of a config."""
    return json.dumps(config.json_schema(shape()), indent=2, ensure_ascii=False) + "\n"
