"""What a tuning job searches: for each of its training jobs the ranges, the fixed hyperparameters and the objective."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from mlops_gates.gates.builders.requests.request import Part, Request, Unknown
from mlops_gates.records import dataclass

CONFIG = "HyperParameterTuningJobConfig"
NUMERIC = ("IntegerParameterRanges", "ContinuousParameterRanges")
KINDS = (*NUMERIC, "CategoricalParameterRanges")


@dataclass(frozen=True)
class Space:
    """One search. `ranges` holds the lists of ranges, `job` the training job, `objective` its metric; None where absent."""

    ranges: Part | None
    job: Part
    objective: Part | None


def spaces(request: Request) -> Iterator[Space]:
    """The searches of a tuning job: one of its single definition, one for each of several."""
    part = request.part
    if job := part.sub("TrainingJobDefinition"):
        yield Space(part.sub(f"{CONFIG}.ParameterRanges"), job, part.sub(f"{CONFIG}.HyperParameterTuningJobObjective"))
    for job in part.each("TrainingJobDefinitions"):
        yield Space(job.sub("HyperParameterRanges"), job, job.sub("TuningObjective"))


def numeric(space: Space) -> Iterator[tuple[str, Part]]:
    """(kind, range) of every range of numbers."""
    if space.ranges:
        for kind in NUMERIC:
            for one in space.ranges.each(kind):
                yield kind, one


def number(value: Any) -> float | None:
    """A bound as a number: bounds travel as text. None for what is no finite number or known only at run time."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def combinations(space: Space) -> float | None:
    """How many combinations of values there are, infinity with a continuous range; None where a run tells it."""
    if not space.ranges:
        return None
    if space.ranges.get("ContinuousParameterRanges"):
        return math.inf
    total = 1.0
    counted = 0
    for one in space.ranges.each("IntegerParameterRanges"):
        least, most = number(one.known("MinValue")), number(one.known("MaxValue"))
        if least is None or most is None or most < least:
            return None
        total *= most - least + 1
        counted += 1
    for one in space.ranges.each("CategoricalParameterRanges"):
        values = one.get("Values")
        if not isinstance(values, list | tuple) or not values:
            return None
        total *= len(values)
        counted += 1
    return total if counted and not space.ranges.get("AutoParameters") else None


def metric_names(job: Part) -> set[str] | None:
    """The names of a training job's metrics; None where a run tells one."""
    listed = job.get("AlgorithmSpecification.MetricDefinitions")
    if isinstance(listed, Unknown):
        return None
    names = [one.get("Name") for one in job.each("AlgorithmSpecification.MetricDefinitions")]
    return set(names) if all(isinstance(name, str) for name in names) else None
