"""One strict tree out of file < environment < inputs < flags, in which every error knows its line.

The models come from the gates (they stand in no import here); this file layers, validates and words the errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, ValidationError
from pydantic.fields import FieldInfo

from mlops_gates import document as documents
from mlops_gates import naming
from mlops_gates.document import Document, KeyPath
from mlops_gates.errors import ConfigError, UsageError
from mlops_gates.findings import Location
from mlops_gates.layers import LIMITS_KEY, Place, assigned, empty, overlaid, resolve, with_limits
from mlops_gates.options import BlockOptions, ExistingFile, ExistingSource, Options, Policy
from mlops_gates.records import dataclass
from mlops_gates.wording import dotted, nearest, unknown, worded

_MOST_ENVIRONMENTS = 100
M = TypeVar("M", bound=BaseModel)


class Reporting(Options):
    """What reports may show."""

    samples: bool = Field(False, description="Whether messages may hold cell values; logs of a CI host are public.")


class Head(Options):
    """What stands beside the gates at the top of a config."""

    version: Literal[1] = Field(1, description="The version of this format.")
    policy: Policy = Field(default_factory=Policy, description="How results become a verdict.")
    report: Reporting = Field(default_factory=Reporting, description="What reports may show.")
    environments: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Named overlays of this config, chosen with the input `environment`."
    )


@dataclass(frozen=True)
class Block:
    """One block of one gate; `path` is its place in the config."""

    gate: str
    path: KeyPath
    options: BlockOptions


@dataclass(frozen=True)
class Config:
    """What a run goes by. `blocks` stand in the order of the reports; `files` are the config and limits files read."""

    document: Document
    policy: Policy
    blocks: tuple[Block, ...]
    samples: bool
    environment: str
    files: tuple[tuple[str, Path], ...]


@dataclass(frozen=True)
class Shape:
    """The gates that a config may have: their names in order, the block model of each and all rules (imported when asked)."""

    names: tuple[str, ...]
    model: Callable[[str], type[BlockOptions]]
    rules: Callable[[], Sequence[str]] = tuple


class ConfigErrors(ConfigError):
    """Several errors of one config; the first is told as its own."""

    def __init__(self, errors: Sequence[UsageError]) -> None:
        first = errors[0]
        super().__init__(first.what, where=first.where, next_step=first.next_step)
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(map(str, self.errors))


def load(path: str, place: Place, shape: Shape, environment: str = "", sets: Sequence[str] = ()) -> Config:
    """Read `path`, lay `environments.<environment>` and then `sets` (`key.path=value`) over it, and validate all.

    Raises ConfigErrors.
    """
    file = resolve(place, path, Location(path, 1), "config")
    document = documents.load(file, place.shown(file))
    files = [("config", file)]
    document, limits = with_limits(document, place)
    files += limits
    names = list(document.data.get("environments") or {}) if isinstance(document.data.get("environments"), dict) else []
    if environment and environment not in names:
        known = f"It has {', '.join(names)}." if names else "It has no environments."
        raise ConfigError(
            f"there is no environment {environment!r} in {document.root.file}",
            where=document.line(("environments",)),
            next_step=nearest(environment, names) or known,
        )
    if len(names) > _MOST_ENVIRONMENTS:
        raise ConfigError(
            f"{len(names):,} environments, at most {_MOST_ENVIRONMENTS} are read",
            where=document.line(("environments",)),
        )
    errors: list[UsageError] = []
    for name in names:
        if name != environment:
            _, _, found = _assemble(overlaid(document, name), place, shape, ())
            errors += found
    config, more, found = _assemble(overlaid(document, environment), place, shape, sets)
    # The same error of an overlaid config is the error of its base: told once, at the base's line.
    errors = sorted({error.what: error for error in [*errors, *found]}.values(), key=_line)
    if errors or config is None:
        raise ConfigErrors(errors)
    return Config(config.document, config.policy, config.blocks, config.samples, environment, (*files, *more))


def _line(error: UsageError) -> tuple[str, int]:
    return (error.where.file, error.where.line) if error.where else ("", 0)


def _assemble(
    document: Document, place: Place, shape: Shape, sets: Sequence[str]
) -> tuple[Config | None, list[tuple[str, Path]], list[UsageError]]:
    errors: list[UsageError] = []
    files: list[tuple[str, Path]] = []
    try:
        document, files = with_limits(document, place)
        for assignment in sets:
            document = assigned(document, assignment)
        document, more = with_limits(document, place)
        files += more
    except UsageError as error:
        return None, files, [error]
    for key, value in document.data.items():
        errors += empty(value, (key,), document) if value is not None else ()
    head = _validated(Head, {k: v for k, v in document.data.items() if k in Head.model_fields}, (), document, errors)
    known = [*Head.model_fields, *shape.names]
    errors += [unknown((key,), known, document) for key in document.data if key not in known]
    blocks: list[Block] = []
    for gate in shape.names:
        if gate in document.data:
            blocks += _blocks(gate, shape.model(gate), document, errors)
    if not blocks and not errors:
        errors.append(
            ConfigError("no gate is configured", where=document.root, next_step=f"Add one of {', '.join(shape.names)}.")
        )
    for block in blocks:
        errors += _missing_paths(block, document, place)
    if head is not None:
        errors += _unknown_names(head.policy, shape, document)
    if errors or head is None:
        return None, files, errors
    return Config(document, head.policy, tuple(blocks), head.report.samples, "", ()), files, []


def _blocks(gate: str, model: type[BlockOptions], document: Document, errors: list[UsageError]) -> list[Block]:
    raw = document.data[gate]
    several = isinstance(raw, list)
    if not raw:
        what = f"{gate} is empty"
        errors.append(ConfigError(what, where=document.line((gate,)), next_step="Fill it in, or take it out."))
        return []
    blocks: list[Block] = []
    for place, one in enumerate(raw if several else [raw]):
        path: KeyPath = (gate, place) if several else (gate,)
        options = _validated(model, one, path, document, errors)
        if options is None:
            continue
        if several and (not options.name or options.name in [block.options.name for block in blocks]):
            what = f"{dotted(path)} needs a name of its own, since {gate} is a list of blocks"
            errors.append(ConfigError(what, where=document.line((*path, "name"))))
        blocks.append(Block(gate, path, options))
    return blocks


def _missing_paths(block: Block, document: Document, place: Place) -> Iterator[ConfigError]:
    for path, value, mark in existing_paths(block.options):
        where = document.line((*block.path, *path))
        key = dotted((*block.path, *path))
        if isinstance(mark, ExistingSource):
            if not (block.options.elsewhere and not (place.workdir / value).exists()):
                yield from _missing_source(value, where, key, place)
            continue
        try:
            file = resolve(place, value, where, key)
        except ConfigError as error:
            yield error
            continue
        if mark.needed and not file.exists():
            yield ConfigError(
                f"{key}: there is no file {value}",
                where=where,
                next_step=f"Paths start at {place.workdir}.",
            )


def _missing_source(name: str, where: Location, key: str, place: Place) -> Iterator[ConfigError]:
    """What is wrong with the name of a data source; other systems are not asked."""
    try:
        naming.checked(name)
        if (path := naming.on_disk(name)) is None:
            return
        resolve(place, path, where, key)
        # As it was written: a pattern is matched before links are followed.
        found = naming.files(place.workdir / path)
        for one in found:
            resolve(place, str(one), where, key)
    except ConfigError as error:
        yield error
    except ValueError as error:
        yield ConfigError(f"{key}: {naming.public(name)} {error}", where=where)
    except OSError as error:
        yield ConfigError(f"{key}: {path} cannot be listed: {error.strerror}", where=where)
    else:
        step = f"Paths start at {place.workdir}."
        if not found:
            yield ConfigError(f"{key}: there is no data file that {path} stands for", where=where, next_step=step)
        elif found == (place.workdir / path,) and not found[0].exists():
            yield ConfigError(f"{key}: there is no file {path}", where=where, next_step=step)


def existing_paths(options: BaseModel, prefix: KeyPath = ()) -> Iterator[tuple[KeyPath, str, ExistingFile]]:
    """The values that name existing files, with their key paths and marks."""
    for name, field in type(options).model_fields.items():
        value = getattr(options, name)
        key = (*prefix, field.alias or name)
        if isinstance(value, BaseModel):
            yield from existing_paths(value, key)
        members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, tuple) else ()
        for inner, one in members:
            if isinstance(one, BaseModel):
                yield from existing_paths(one, (*key, inner))
            elif isinstance(one, str) and "ExistingFile" in str(field.annotation):
                yield (*key, inner), one, ExistingFile()
        for mark in _marks(field):
            if isinstance(value, str) and mark.is_path(value):
                yield key, value, mark


def _marks(field: FieldInfo) -> Iterator[ExistingFile]:
    """The marks of a field, also of one that may be left out (`InputSource | None`)."""
    for annotated in (field, *get_args(field.annotation)):
        for mark in getattr(annotated, "__metadata__", getattr(annotated, "metadata", ())):
            if isinstance(mark, ExistingFile):
                yield mark


def _unknown_names(policy: Policy, shape: Shape, document: Document) -> Iterator[ConfigError]:
    for place, gate in enumerate(policy.advisory):
        if gate not in shape.names:
            yield ConfigError(
                f"policy.advisory: there is no gate {gate!r}",
                where=document.line(("policy", "advisory", place)),
                next_step=nearest(gate, shape.names) or f"There are {', '.join(shape.names)}.",
            )
    rules = shape.rules() if policy.waivers else ()
    for place, waiver in enumerate(policy.waivers):
        if waiver.rule not in rules:
            yield ConfigError(
                f"policy.waivers.{place}.rule: there is no rule {waiver.rule!r}",
                where=document.line(("policy", "waivers", place, "rule")),
                next_step=nearest(waiver.rule, rules) or "`mlops-gates list` names them all.",
            )


def _validated(model: type[M], raw: Any, path: KeyPath, document: Document, errors: list[UsageError]) -> M | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        errors += [worded(detail, model, path, document) for detail in error.errors(include_url=False)]
        return None


def json_schema(shape: Shape) -> Mapping[str, Any]:
    """The JSON Schema of a whole config."""
    schema = Head.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for gate in shape.names:
        block = shape.model(gate).model_json_schema(ref_template="#/$defs/{model}")
        definitions |= block.pop("$defs", {})
        definitions[gate] = block
        if limits := block["properties"].get(LIMITS_KEY):
            file = {"type": "string", "description": "The path of a YAML file of limits."}
            if "anyOf" in limits:
                limits["anyOf"].append(file)
            else:
                block["properties"][LIMITS_KEY] = {"anyOf": [limits, file]}
        reference = {"$ref": f"#/$defs/{gate}"}
        schema["properties"][gate] = {"anyOf": [reference, {"type": "array", "items": reference, "minItems": 1}]}
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "mlops-gates.yml"
    schema["description"] = "Configuration of mlops-gates."
    return schema
