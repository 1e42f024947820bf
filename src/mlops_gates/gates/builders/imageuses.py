"""Where requests name images, and what for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Literal

from mlops_gates.gates.builders.requests.request import Part, Path, Request
from mlops_gates.gates.builders.snapshot.imagedata import Framework, Image, framework_of, parse
from mlops_gates.records import dataclass

Use = Literal["training", "serving", "processing", "debugging"]


@dataclass(frozen=True)
class Named:
    """An image where a request names it. `job` holds its instances, `holder` the member itself."""

    holder: Part
    member: str
    use: Use
    uri: str
    job: Part

    @property
    def path(self) -> Path:
        """Of the member, from the target's root."""
        return self.holder.at(self.member)

    @cached_property
    def image(self) -> Image | None:
        """The image, or None of what has no image's form."""
        return parse(self.uri)

    @cached_property
    def framework(self) -> Framework | None:
        """What it holds, if it is one of AWS's own."""
        return framework_of(self.image) if self.image else None


def holders(request: Request) -> Iterator[tuple[Part, str, Use, Part]]:
    """(part, member, use, job) of every place for an image, whether one is there or not."""
    for job in request.trainings():
        if found := job.sub("AlgorithmSpecification"):
            yield found, "TrainingImage", "training", job
        for list_ in ("DebugRuleConfigurations", "ProfilerRuleConfigurations"):
            for one in job.each(list_):
                yield one, "RuleEvaluatorImage", "debugging", Part({})
    if found := request.part.sub("AppSpecification"):
        yield found, "ImageUri", "processing", request.part
    for one in request.containers():
        yield one, "Image", "serving", Part({})


def named(request: Request) -> Iterator[Named]:
    """Every image of a request that is known before the run."""
    for holder, member, use, job in holders(request):
        uri = holder.known(member)
        if isinstance(uri, str) and uri:
            yield Named(holder, member, use, uri, job)
