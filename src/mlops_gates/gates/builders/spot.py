"""builders.spot"""

from __future__ import annotations

from mlops_gates.gates.builders.requests.request import Part
from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check, trainings
from mlops_gates.gates.builders.scope import Target

_WAIT, _RUN = "StoppingCondition.MaxWaitTimeInSeconds", "StoppingCondition.MaxRuntimeInSeconds"
_SPOT = "EnableManagedSpotTraining"


def _shorter(job: Part) -> Seeing:
    wait, run = job.known(_WAIT), job.known(_RUN)
    if _is_number(wait) and _is_number(run) and wait < run:
        yield job.at(_WAIT), f"waits {wait} s at most, and may run {run} s"


def _endless(job: Part) -> Seeing:
    if job.known(_SPOT) is True and not job.has(_WAIT):
        yield job.at(_WAIT), "spot training without a limit of the waiting time"


def _needless(job: Part) -> Seeing:
    if job.has(_WAIT) and not job.get(_SPOT):
        yield job.at(_WAIT), "a waiting time, and no spot training"


def _lost(job: Part) -> Seeing:
    if job.known(_SPOT) is True and not job.has("CheckpointConfig"):
        yield job.at("CheckpointConfig"), "an interruption loses all that was trained, since no checkpoints are kept"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_spot(target: Target) -> bool:
    jobs = (job for request in target.requests for job in request.trainings())
    return any(job.get(_SPOT) or job.has(_WAIT) for job in jobs)


_STOPPING = "API reference, StoppingCondition"
CHECK = rules_check(
    id="builders.spot",
    title="Spot training waits, and survives an interruption",
    help="Spot instances are taken away at any time. A job on them needs a waiting time of at least its run time, and "
    "checkpoints from which it goes on.",
    remedy="Set max_wait to at least max_run, and checkpoint_s3_uri; or switch spot training off.",
    rules=(
        Rule(
            id="wait-below-run",
            states="MaxWaitTimeInSeconds is at least MaxRuntimeInSeconds",
            source=_STOPPING,
            refusal="Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds",
            bad='{"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 1800}',
            good='{"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}',
            judge=trainings(_shorter),
        ),
        Rule(
            id="spot-without-wait",
            states="Spot training needs MaxWaitTimeInSeconds",
            source=f"{_STOPPING}; believed of the service",
            bad='{"EnableManagedSpotTraining": true, "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}',
            good='{"EnableManagedSpotTraining": true, "StoppingCondition": {"MaxRuntimeInSeconds": 3600, '
            '"MaxWaitTimeInSeconds": 7200}}',
            judge=trainings(_endless),
            believed=True,
        ),
        Rule(
            id="wait-without-spot",
            states="MaxWaitTimeInSeconds is told only of spot training",
            source="AWS's answer in aws/sagemaker-python-sdk issue 4140",
            refusal="Invalid MaxWaitTimeInSeconds. It is only supported when EnableManagedSpotTraining is set to true",
            bad='{"EnableManagedSpotTraining": false, "StoppingCondition": {"MaxWaitTimeInSeconds": 7200}}',
            good='{"EnableManagedSpotTraining": false, "StoppingCondition": {"MaxRuntimeInSeconds": 3600}}',
            judge=trainings(_needless),
        ),
        Rule(
            id="spot-without-checkpoints",
            states="Spot training keeps checkpoints",
            source="developer guide, Managed Spot Training; believed to be meant",
            bad='{"EnableManagedSpotTraining": true}',
            good='{"EnableManagedSpotTraining": true, "CheckpointConfig": {"S3Uri": "s3://models/checkpoints/"}}',
            judge=trainings(_lost),
            believed=True,
        ),
    ),
    applies=_is_spot,
    absent="no training job has EnableManagedSpotTraining or MaxWaitTimeInSeconds",
)
