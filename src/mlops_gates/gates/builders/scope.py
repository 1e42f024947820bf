"""What a builders check works with: targets, each with the requests that AWS would receive of it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from mlops_gates.checks import Context
from mlops_gates.findings import Location
from mlops_gates.gates.builders.requests.definition import Graph
from mlops_gates.gates.builders.requests.request import Path, Request
from mlops_gates.options import BlockOptions, ExistingFile, InputPath, Options, Text
from mlops_gates.records import dataclass

NO_FILE = re.compile(r"[^/:]+:[^/:]+|mlops_gates\.builders")
"""A target that is module:attribute, or the entry points of that group."""


class TargetOptions(Options):
    """One target, and the environment that its code needs."""

    target: Annotated[Text, ExistingFile(unless=NO_FILE)] = Field(
        description="module:attribute (a builder, a class, a function that gives builders, a step, a pipeline), "
        "a pipeline definition (.json), or a folder with builders."
    )
    requirements: InputPath | None = Field(
        None, description="What its code needs, its own version of the SDK among it; installed for the worker alone."
    )
    python: Text | None = Field(None, description="The interpreter of the worker, where it is another than ours.")
    config: dict[str, Any] | None = Field(None, description="What the builder's class is made with.")
    role: Text | None = Field(None, description="The role's ARN that the builder is given.")


def _target(value: object) -> object:
    return {"target": value} if isinstance(value, str) else value


TargetOf = Annotated[
    TargetOptions,
    BeforeValidator(_target),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "object",
                    "properties": {
                        "target": {"type": "string"},
                        "requirements": {"type": "string"},
                        "python": {"type": "string"},
                        "config": {"type": "object"},
                        "role": {"type": "string"},
                    },
                    "required": ["target"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class BuildersOptions(BlockOptions):
    """What a builders block may say, before the checks add to it."""

    targets: tuple[TargetOf, ...] = Field(
        description="What is judged: each module:attribute, definition or folder, or a mapping with its environment.",
        strict=False,
        min_length=1,
    )
    region: str = Field("us-east-1", description="Where the jobs run.", pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]+$")
    code: tuple[InputPath, ...] = Field(
        (".",), description="Folders from which the worker may import the builders' code.", strict=False
    )


@dataclass(frozen=True)
class Target:
    """One builder, step, pipeline or definition, rendered.

    `root` is what paths lead through: the members of its main request and, under `Definition`, the pipeline's
    definition. `entry` is what the worker answered (empty for a definition's file). `locate` finds the line of a member
    or of a method; `operation` is that of the main request.
    """

    name: str
    root: Mapping[str, Any]
    requests: tuple[Request, ...]
    operation: str
    locate: Callable[[Path], Location]
    graph: Graph | None = None
    entry: Mapping[str, Any] = field(default_factory=dict)
    whole: bool = False

    @property
    def runs(self) -> tuple[Mapping[str, Any], ...]:
        """The calls of `create_step`, in order."""
        return _mappings(self.entry.get("runs"))

    @property
    def calls(self) -> tuple[Mapping[str, Any], ...]:
        """What was asked of AWS meanwhile, in order: service, operation, request, own."""
        return tuple(call for run in self.runs for call in _mappings(run.get("calls")))


def _mappings(found: object) -> tuple[Mapping[str, Any], ...]:
    """The mappings of a list: what a worker answers is not trusted to be one."""
    return tuple(one for one in found if isinstance(one, Mapping)) if isinstance(found, list | tuple) else ()


@dataclasses.dataclass
class BuildersScope:
    """One block. `targets` are those that gave a request, `every` all of them in the order of the config."""

    context: Context
    options: BuildersOptions
    targets: list[Target] = field(default_factory=list)
    every: list[Target] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    memo: dict[str, object] = field(default_factory=dict)
