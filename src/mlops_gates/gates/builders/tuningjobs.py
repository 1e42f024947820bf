"""Rules of a tuning job's strategy, its limits and its objective."""

from __future__ import annotations

import math
import re

from mlops_gates.gates.builders.requests.request import Path, Request
from mlops_gates.gates.builders.requests.spaces import CONFIG, Space, combinations, metric_names, spaces
from mlops_gates.gates.builders.requests.walking import entries, is_number
from mlops_gates.gates.builders.rules import Rule, Seeing, requests
from mlops_gates.gates.builders.snapshot.algorithms import ALGORITHMS, framework, runs_script
from mlops_gates.gates.builders.tuningbounds import searches

_TUNING = "CreateHyperParameterTuningJob"
_JOBS, _PARALLEL = (
    f"{CONFIG}.ResourceLimits.MaxNumberOfTrainingJobs",
    f"{CONFIG}.ResourceLimits.MaxParallelTrainingJobs",
)
_EPOCHS = frozenset({"epochs", "numepochs", "n-epochs", "n_epochs", "num_epochs"})
"""Fixed hyperparameters by which Hyperband finds its resources (API reference, HyperbandStrategyConfig)."""
_OF_XGBOOST = re.compile(
    r"validation:(accuracy|aucpr|auc|balanced_accuracy|error|f1|f1_binary|f1_macro|logloss|mae|map|mape|merror|mlogloss|mphe|"
    r"mse|ndcg|precision\w*|recall\w*|r2|rmse|rmsle|cox-nloglik|gamma-\w+|poisson-nloglik|tweedie-nloglik.*|aft-nloglik|"
    r"interval-regression-accuracy)(@.*)?"
)
"""What XGBoost's algorithm measures where it runs no script (developer guide, tune an XGBoost model)."""


def _crowded(request: Request) -> Seeing:
    most, parallel = request.part.known(_JOBS), request.part.known(_PARALLEL)
    if is_number(most) and is_number(parallel) and parallel > most:
        yield request.part.at(_PARALLEL), f"{parallel} jobs at once, and {most} in total"


def _too_few(request: Request) -> Seeing:
    most = request.part.known(_JOBS)
    searched = list(spaces(request))
    counts = [combinations(space) for space in searched]
    if not is_number(most) or not counts or request.part.has("Autotune"):
        return
    total = math.nan if None in counts else sum(count for count in counts if count is not None)
    if most > total:
        yield request.part.at(_JOBS), f"{most} jobs, and {total:g} combinations of values to try"


def _unmeasured(space: Space) -> Seeing:
    objective = space.objective.known("MetricName") if space.objective else None
    names = metric_names(space.job)
    if not space.objective or not isinstance(objective, str) or names is None or objective in names:
        return
    if not names and _brings(space, objective):
        return
    told = f"the metrics are {', '.join(sorted(names)[:8])}" if names else "no metric is defined"
    yield space.objective.at("MetricName"), f"the objective is {objective[:64]}, and {told}"


def _brings(space: Space, objective: str) -> bool:
    """Whether an algorithm measures the objective without a definition, as far as that is known."""
    if space.job.has("AlgorithmSpecification.AlgorithmName"):
        return True
    if runs_script(space.job):
        return False
    name = framework(space.job)
    return name in ALGORITHMS or (name == "xgboost" and bool(_OF_XGBOOST.fullmatch(objective)))


def _strategy(request: Request) -> object:
    return request.part.known(f"{CONFIG}.Strategy")


def _unresourced(request: Request) -> Seeing:
    most = f"{CONFIG}.StrategyConfig.HyperbandStrategyConfig.MaxResource"
    if _strategy(request) != "Hyperband" or request.part.has(most):
        return
    if not isinstance(request.part.get(f"{CONFIG}.StrategyConfig") or {}, dict):
        return
    for job in request.trainings():
        if not _EPOCHS & {name for name, _ in entries(job, "StaticHyperParameters")}:
            yield (
                request.part.at(f"{CONFIG}.StrategyConfig"),
                "Hyperband is told neither MaxResource nor a number of epochs",
            )
            return


def _grid(request: Request) -> Seeing:
    if _strategy(request) != "Grid":
        return
    for space in spaces(request):
        if space.ranges and any(
            space.ranges.get(kind) for kind in ("IntegerParameterRanges", "ContinuousParameterRanges")
        ):
            yield request.part.at(f"{CONFIG}.Strategy"), "a grid, and there are ranges of numbers"
            return


def _stops_twice(request: Request) -> Seeing:
    early = request.part.known(f"{CONFIG}.TrainingJobEarlyStoppingType")
    if _strategy(request) == "Hyperband" and early == "Auto":
        path: Path = request.part.at(f"{CONFIG}.TrainingJobEarlyStoppingType")
        yield path, "early stopping is on, and Hyperband stops early itself"


def _definitions(request: Request) -> Seeing:
    one, several = request.part.has("TrainingJobDefinition"), bool(request.part.get("TrainingJobDefinitions"))
    if not one and not several:
        yield request.part.at("TrainingJobDefinition"), "there is no training job to tune"
    elif one and several:
        yield request.part.at("TrainingJobDefinitions"), "one definition and a list of them"


_LIMITS = "API reference, ResourceLimits"
_CONFIG = "API reference, HyperParameterTuningJobConfig"
RULES = (
    Rule(
        id="more-at-once-than-at-all",
        states="MaxParallelTrainingJobs is at most MaxNumberOfTrainingJobs",
        source=_LIMITS,
        bad='{"MaxNumberOfTrainingJobs": 1, "MaxParallelTrainingJobs": 2}',
        good='{"MaxNumberOfTrainingJobs": 20, "MaxParallelTrainingJobs": 2}',
        judge=requests(_crowded, _TUNING),
    ),
    Rule(
        id="combinations-too-few",
        states="There are at least as many combinations of values as jobs",
        source="AWS's answer in aws/amazon-sagemaker-operator-for-k8s issue 123",
        refusal="You don't have enough combinations of hyperparameter ranges. The total number of hyperparameter combinations "
        "for the provided ranges [3.0] must be equal or greater than the value of MaxNumberOfJobs, [10]. Provide additional "
        "ranges.",
        bad='{"MaxNumberOfTrainingJobs": 10} and {"Name": "booster", "Values": ["gbtree", "dart", "gblinear"]}',
        good='{"MaxNumberOfTrainingJobs": 3} and {"Name": "booster", "Values": ["gbtree", "dart", "gblinear"]}',
        judge=requests(_too_few, _TUNING),
    ),
    Rule(
        id="objective-not-measured",
        states="The objective is one of the training job's metrics",
        source="AWS's answer in aws/amazon-sagemaker-examples issue 1207",
        refusal="A metric is required for this hyperparameter tuning job objective. Provide a metric in the metric "
        "definitions.",
        bad='{"MetricName": "validation:logloss"} and {"MetricDefinitions": [{"Name": "validation:loss"}]}',
        good='{"MetricName": "validation:loss"} and {"MetricDefinitions": [{"Name": "validation:loss"}]}',
        judge=searches(_unmeasured),
    ),
    Rule(
        id="hyperband-without-resources",
        states="Hyperband has MaxResource, or a fixed hyperparameter of epochs by which it finds it",
        source="API reference, HyperbandStrategyConfig, MaxResource; AWS's answer in awslabs/graphstorm issue 1243",
        refusal="MaxResource parameter is not provided and could not be inferred from provided static hyperparameters of "
        "TrainingJobDefinition.",
        bad='{"Strategy": "Hyperband"}',
        good='{"Strategy": "Hyperband", "StrategyConfig": {"HyperbandStrategyConfig": {"MaxResource": 20}}}',
        judge=requests(_unresourced, _TUNING),
    ),
    Rule(
        id="grid-of-numbers",
        states="A grid is of categories alone",
        source="developer guide, how hyperparameter tuning works, grid search; believed that it is refused",
        bad='{"Strategy": "Grid", "ParameterRanges": {"IntegerParameterRanges": [{"Name": "max_depth"}]}}',
        good='{"Strategy": "Grid", "ParameterRanges": {"CategoricalParameterRanges": [{"Name": "booster"}]}}',
        judge=requests(_grid, _TUNING),
        believed=True,
    ),
    Rule(
        id="stops-early-twice",
        states="TrainingJobEarlyStoppingType is Off with Hyperband",
        source=f"{_CONFIG}, TrainingJobEarlyStoppingType; believed that it is refused",
        bad='{"Strategy": "Hyperband", "TrainingJobEarlyStoppingType": "Auto"}',
        good='{"Strategy": "Hyperband", "TrainingJobEarlyStoppingType": "Off"}',
        judge=requests(_stops_twice, _TUNING),
        believed=True,
    ),
    Rule(
        id="definition-missing",
        states="A tuning job has one definition of a training job, or a list of them",
        source="API reference, CreateHyperParameterTuningJob; believed of the service",
        bad='{"HyperParameterTuningJobName": "churn", "HyperParameterTuningJobConfig": {}}',
        good='{"HyperParameterTuningJobConfig": {}, "TrainingJobDefinition": {}}',
        judge=requests(_definitions, _TUNING),
        believed=True,
    ),
)
