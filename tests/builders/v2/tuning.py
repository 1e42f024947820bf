"""Tunes XGBoost's depth, learning rate and booster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sagemaker.parameter import CategoricalParameter, ContinuousParameter, IntegerParameter
from sagemaker.tuner import HyperparameterTuner
from sagemaker.workflow.steps import Step, TuningStep

from .base import METRICS, TrainingConfig
from .xgboost import XGBoostTraining


@dataclass
class TuningConfig(TrainingConfig):
    """As of any training, and how many of them."""

    instance_type: str = "ml.m5.2xlarge"
    max_jobs: int = 20
    max_parallel_jobs: int = 2


class XGBoostTuning(XGBoostTraining):
    """Tunes XGBoost's depth, learning rate and booster."""

    NAME = "TuneXGBoost"
    OUTPUTS: ClassVar[dict[str, str]] = {"best": "The name of the best training job"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {"best": "BestTrainingJob.TrainingJobName"}

    def default_config(self) -> TuningConfig:
        """The config where none is given."""
        return TuningConfig()

    def hyperparameters(self) -> dict[str, Any]:
        """What is not tuned."""
        return {"objective": "binary:logistic"}

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> TuningStep:
        """The tuning as a step of a pipeline."""
        tuner = HyperparameterTuner(
            estimator=self.make_estimator(),
            objective_metric_name="validation:loss",
            objective_type="Minimize",
            metric_definitions=METRICS,
            hyperparameter_ranges={
                "max_depth": IntegerParameter(3, 10),
                "eta": ContinuousParameter(0.01, 0.3, scaling_type="Logarithmic"),
                "booster": CategoricalParameter(["gbtree", "dart"]),
            },
            strategy="Bayesian",
            max_jobs=self.config.max_jobs,
            max_parallel_jobs=self.config.max_parallel_jobs,
            tags=self.config.tags,
        )
        return TuningStep(
            name=self.NAME,
            step_args=tuner.fit(self.channels(inputs or {})),
            depends_on=dependencies or None,
            cache_config=self.cache(enable_caching),
        )
