"""builders.tuning"""

from __future__ import annotations

from mlops_gates.gates.builders import tuningbounds, tuningjobs
from mlops_gates.gates.builders.rules import rules_check
from mlops_gates.gates.builders.scope import Target


def _tunes(target: Target) -> bool:
    return any(one.operation == "CreateHyperParameterTuningJob" for one in target.requests)


CHECK = rules_check(
    id="builders.tuning",
    title="A tuning job can search",
    help="The objective must be a metric of the job, bounds must be numbers in their order, a hyperparameter is tuned or "
    "fixed, and there must be as many combinations as jobs. Most of it the service tells only when the job is started.",
    remedy="Look at hyperparameter_ranges, objective_metric_name, metric_definitions and max_jobs of the tuner.",
    rules=(*tuningbounds.RULES, *tuningjobs.RULES),
    applies=_tunes,
    absent="no request tunes hyperparameters",
)
