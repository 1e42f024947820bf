"""builders.metrics"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

from mlops_gates.gates.builders.requests.request import Part
from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check, trainings
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.snapshot.algorithms import ALGORITHMS, framework

_METRICS = "AlgorithmSpecification.MetricDefinitions"
_LONGEST = 500
"""Characters of a metric's regex; a longer one is the shape's to tell."""
_NAMED = re.compile(r"\(\?<(?=[A-Za-z])")
_JAVA = re.compile(r"\\[pP](?:\{\w+\}|[A-Z])|\\[hRXQEGzZ]")
_ESCAPED = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_PAREN = re.compile(r"\((?:\?(?:(?P<named>P?<[A-Za-z_])|[^)]))?|\)")


def _regexes(job: Part) -> Iterator[tuple[Part, str]]:
    for metric in job.each(_METRICS):
        regex = metric.known("Regex")
        if isinstance(regex, str) and len(regex) <= _LONGEST:
            yield metric, regex


def _fault(regex: str) -> str:
    """Why a regex does not compile, "" where it does. What only Java's dialect has is read as any character."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            re.compile(_JAVA.sub(".", _NAMED.sub("(?P<", regex)))
    except re.error as error:
        return str(error)
    except (OverflowError, RecursionError):
        return "it is too large"
    return ""


def _broken(job: Part) -> Seeing:
    for metric, regex in _regexes(job):
        if fault := _fault(regex):
            yield metric.at("Regex"), f"the regex does not compile: {fault}"


def _groupless(job: Part) -> Seeing:
    for metric, regex in _regexes(job):
        if _fault(regex):
            continue
        groups = _groups(regex)
        if groups != 1:
            told = (
                "no group, so no number is taken out"
                if not groups
                else f"{groups} groups, and which one is taken is open"
            )
            yield metric.at("Regex"), f"the regex has {told}"


def _groups(regex: str) -> int:
    """How many groups capture and lie in no other that does: a group within the number's own does no harm."""
    count, depth, capturing = 0, 0, [False]
    for found in _PAREN.finditer(_ESCAPED.sub("x", regex)):
        if found[0] == ")":
            depth = max(0, depth - 1)
            del capturing[depth + 1 :]
            continue
        captures = found[0] == "(" or bool(found["named"])
        count += captures and not any(capturing)
        depth += 1
        capturing.append(captures)
    return count


def _twice(job: Part) -> Seeing:
    seen: set[str] = set()
    for metric in job.each(_METRICS):
        name = metric.known("Name")
        if isinstance(name, str):
            if name in seen:
                yield metric.at("Name"), f"a second metric is called {name}"
            seen.add(name)


def _overridden(job: Part) -> Seeing:
    name = framework(job)
    if name in ALGORITHMS and job.known(_METRICS):
        yield job.at(_METRICS), f"metrics are defined, and the algorithm {name} brings its own"


def _measured(target: Target) -> bool:
    return any(job.get(_METRICS) for request in target.requests for job in request.trainings())


_DEFINING = "developer guide, define metrics"
CHECK = rules_check(
    id="builders.metrics",
    title="Metrics can be read out of the log",
    help="A metric's regex is searched in each line of the log, and its group is the number. A regex that does not "
    "compile, or has no group, gives no metric and no error.",
    remedy="Try each regex on a line of the log: `re.search(regex, line)[1]` is the number.",
    rules=(
        Rule(
            id="metrics-of-an-algorithm",
            states="AWS's own algorithms bring their metrics, and none can be defined",
            source="AWS's answer in the tests of awslabs/mlspace",
            refusal="You can't override the metric definitions for Amazon SageMaker algorithms. Please retry the request "
            "without specifying metric definitions.",
            bad='{"TrainingImage": "…/linear-learner:1", "MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*)"}]}',
            good='{"TrainingImage": "…/linear-learner:1"}',
            judge=trainings(_overridden),
        ),
        Rule(
            id="regex-does-not-compile",
            states="A metric's regex compiles",
            source=f"{_DEFINING}; believed of the service",
            bad='{"Name": "validation:loss", "Regex": "val_loss=([0-9.]+"}',
            good='{"Name": "validation:loss", "Regex": "val_loss=([0-9.]+)"}',
            judge=trainings(_broken),
            believed=True,
        ),
        Rule(
            id="regex-without-group",
            states="A metric's regex has one group, the number",
            source=f"{_DEFINING}; believed of the service",
            bad='{"Name": "validation:loss", "Regex": "val_loss=[0-9.]+"}',
            good='{"Name": "validation:loss", "Regex": "val_loss=([0-9.]+)"}',
            judge=trainings(_groupless),
            believed=True,
        ),
        Rule(
            id="metric-twice",
            states="Names of metrics are unique",
            source="API reference, MetricDefinition; believed of the service",
            bad='[{"Name": "loss", "Regex": "a=(.*)"}, {"Name": "loss", "Regex": "b=(.*)"}]',
            good='[{"Name": "train:loss", "Regex": "a=(.*)"}, {"Name": "validation:loss", "Regex": "b=(.*)"}]',
            judge=trainings(_twice),
            believed=True,
        ),
    ),
    applies=_measured,
    absent="no training job has MetricDefinitions",
)
