"""What AWS would receive: calls with their members, and the parts of them that rules look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any, Literal, TypeAlias

from mlops_gates.records import dataclass

Path: TypeAlias = tuple[str | int, ...]
"""Members by name, elements of a list by number."""

NAMES = (
    "Name",
    "ChannelName",
    "VariantName",
    "InputName",
    "OutputName",
    "Key",
    "ContainerHostname",
    "PropertyFileName",
)
"""The members that an element of a list is called by."""
STRIPPED = (
    "TrainingJobName",
    "ProcessingJobName",
    "TransformJobName",
    "HyperParameterTuningJobName",
    "AutoMLJobName",
    "ModelName",
    "EndpointConfigName",
)
"""Names that the service gives where a step does not: a definition has none."""


@dataclass(frozen=True)
class Unknown:
    """A value that is there only at run time.

    `text` is what the definition writes, such as `Steps.Train.ModelArtifacts.S3ModelArtifacts`; `type` is what a
    parameter without a default is declared as (String, Integer, Float, Boolean), else empty.
    """

    kind: Literal["step", "execution", "json", "parameter", "join", "other"]
    text: str
    type: str = ""


@dataclass(frozen=True)
class Part:
    """A mapping within a request. `path` leads to it from the root of its target."""

    members: Mapping[str, Any]
    path: Path = ()

    def get(self, names: str) -> Any:
        """The value at `A.B.C`; None where a member is missing, or what stands before it is no mapping."""
        found: Any = self.members
        for name in names.split("."):
            if not isinstance(found, Mapping):
                return None
            found = found.get(name)
        return found

    def known(self, names: str) -> Any:
        """As `get`, and None for what is known only at run time."""
        found = self.get(names)
        return None if isinstance(found, Unknown) else found

    def has(self, names: str) -> bool:
        """Whether the member is there, whatever it is."""
        return self.get(names) is not None

    def at(self, names: str) -> Path:
        """The path of a member from the target's root, whether it is there or not."""
        return (*self.path, *names.split("."))

    def sub(self, names: str) -> Part | None:
        """The mapping at `A.B`, or None where there is none."""
        found = self.get(names)
        return Part(found, self.at(names)) if isinstance(found, Mapping) else None

    def each(self, names: str) -> Iterator[Part]:
        """The mappings in the list at `A.B`; none where it is no list."""
        found = self.get(names)
        for number, one in enumerate(found if isinstance(found, list | tuple) else ()):
            if isinstance(one, Mapping):
                yield Part(one, (*self.at(names), number))


@dataclass(frozen=True)
class Request:
    """One call. `part` holds its members with parameters and joins folded into their values.

    `step` is the pipeline step that makes it, `named` whether it carries the name of what it creates (a definition does
    not), `folded` the paths whose value is a parameter's default, with the parameter's name.
    """

    operation: str
    part: Part
    region: str
    step: str = ""
    named: bool = False
    folded: Mapping[Path, str] = field(default_factory=dict)

    def trainings(self) -> Iterator[Part]:
        """The training jobs that this call describes: itself, or the definitions of a tuning job."""
        if self.operation == "CreateTrainingJob":
            yield self.part
        elif self.operation == "CreateHyperParameterTuningJob":
            if one := self.part.sub("TrainingJobDefinition"):
                yield one
            yield from self.part.each("TrainingJobDefinitions")

    def containers(self) -> Iterator[Part]:
        """The containers of a model or a model package."""
        if one := self.part.sub("PrimaryContainer"):
            yield one
        yield from self.part.each("Containers")
        yield from self.part.each("InferenceSpecification.Containers")
        for more in self.part.each("AdditionalInferenceSpecifications"):
            yield from more.each("Containers")


def text(path: Path, root: Any) -> str:
    """`InputDataConfig[train].DataSource`: elements by their name where they have one, else by number."""
    told, here = "", root
    for part in path:
        name: str | int = part
        if isinstance(part, int):
            here = here[part] if isinstance(here, list | tuple) and -len(here) <= part < len(here) else None
            if isinstance(here, Mapping):
                name = next((here[key] for key in NAMES if isinstance(here.get(key), str) and here[key]), part)
            told += f"[{name}]"
            continue
        here = here.get(part) if isinstance(here, Mapping) else None
        told += f".{part}" if told else str(part)
    return told
