"""builders.views: what a builder tells of itself beside the request that it makes.

Each view is held to the request that was rendered; one that a builder does not have is derived from it.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gates.gates.builders.rules import Rule, Seeing, rules_check
from mlops_gates.gates.builders.scope import Target
from mlops_gates.gates.builders.viewing import JUDGED, told

_SOURCE = "this project's contract of a builder (docs/builders.md)"


def _contradicts(target: Target) -> Seeing:
    if not target.requests:
        return
    for view, judge in JUDGED.items():
        if (value := told(target, view)) is not None:
            for words in judge(value, target.requests[0]):
                yield (view,), words


def _answers(target: Target) -> Seeing:
    from mlops_gates.gates.builders.building.runs import told as ended

    for view, found in (target.entry.get("views") or {}).items():
        if isinstance(found, Mapping) and isinstance(found.get("error"), Mapping) and view != "validate_configuration":
            yield (view,), f"ends with {ended(found['error'])}"


RULES = (
    Rule(
        id="agrees",
        states="A view says what the request says",
        source=_SOURCE,
        bad='def get_hyperparameters(self): return {"epochs": 50}   # the request sends 10',
        good="def get_hyperparameters(self): return self.config.hyperparameters",
        judge=_contradicts,
    ),
    Rule(
        id="answers",
        states="A view that is there answers",
        source=_SOURCE,
        bad="def get_metrics_config(self): return self.config.metrics   # there is none",
        good="def get_metrics_config(self): return self.config.metric_definitions",
        judge=_answers,
    ),
)

CHECK = rules_check(
    id="builders.views",
    title="What a builder tells of itself is what it sends",
    help="Builders may offer views of what they will ask for, such as get_hyperparameters or get_training_inputs. Each one "
    "is held to the rendered request: a view that contradicts it, or raises, misleads whoever reads it.",
    remedy="Make the view of the same values as the request, or remove it.",
    rules=RULES,
    applies=lambda target: any(
        name in JUDGED or (isinstance(found, Mapping) and "error" in found)
        for name, found in (target.entry.get("views") or {}).items()
    ),
    absent="no builder has a view (get_hyperparameters and the like)",
)
