"""What the builders of this team share: their signature, their contract of paths, their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from sagemaker.inputs import TrainingInput
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.steps import CacheConfig, Step, TrainingStep

REGION = "us-east-1"
ROLE = "arn:aws:iam::111122223333:role/example-execution"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BUCKET = "s3://example-models/"
SCRIPTS = str(Path(__file__).resolve().parent.parent / "scripts")
SUBNETS = ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]
SECURITY_GROUPS = ["sg-0a1b2c3d"]
TAGS = [{"Key": "team", "Value": "churn"}]
METRICS = [
    {"Name": "validation:loss", "Regex": "val_loss=([0-9.]+)"},
    {"Name": "train:loss", "Regex": "train_loss=([0-9.]+)"},
]


@dataclass
class ScriptContract:
    """Where the script reads and writes in its container."""

    expected_input_paths: dict[str, str]
    expected_output_paths: dict[str, str]


@dataclass
class BaseConfig:
    """What every step of the team can be told."""

    instance_type: str = "ml.m5.xlarge"
    instance_count: int = 1
    volume_size: int = 30
    max_runtime: int = 3600
    tags: list[dict[str, str]] = field(default_factory=lambda: list(TAGS))


class StepBuilder:
    """Base of the team's builders; `REQUIRED`, `OPTIONAL` and `OUTPUTS` are what a subclass declares."""

    REQUIRED: ClassVar[tuple[str, ...]] = ()
    OPTIONAL: ClassVar[tuple[str, ...]] = ()
    OUTPUTS: ClassVar[dict[str, str]] = {}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {}
    config: Any

    def __init__(
        self,
        config: Any = None,
        sagemaker_session: PipelineSession | None = None,
        role: str | None = None,
        registry_manager: Any = None,
        dependency_resolver: Any = None,
    ) -> None:
        self.config = config or self.default_config()
        self.session = sagemaker_session or PipelineSession()
        self.role = role or ROLE
        self.registry_manager = registry_manager
        self.dependency_resolver = dependency_resolver
        self.validate_configuration()

    def default_config(self) -> Any:
        """The config where none is given."""
        return BaseConfig()

    def validate_configuration(self) -> None:
        """Raises `ValueError` for a config that cannot be built."""
        if self.config.instance_count < 1:
            raise ValueError(f"instance_count must be at least 1, not {self.config.instance_count}")

    def get_required_dependencies(self) -> list[str]:
        """Names of inputs that must come from somewhere."""
        return list(self.REQUIRED)

    def get_optional_dependencies(self) -> list[str]:
        """Names of inputs that have a default."""
        return list(self.OPTIONAL)

    def get_outputs(self) -> dict[str, str]:
        """What later steps can read from this one."""
        return dict(self.OUTPUTS)

    def get_property_path(self, name: str) -> str | None:
        """The property of the step that holds an output."""
        return self.PROPERTY_PATHS.get(name)

    def cache(self, enable_caching: bool) -> CacheConfig | None:
        """Thirty days, where caching is asked for."""
        return CacheConfig(enable_caching=True, expire_after="P30D") if enable_caching else None


@dataclass
class TrainingConfig(BaseConfig):
    """What a training can be told."""

    epochs: int = 10
    learning_rate: float = 0.1
    entry_point: str = "train.py"


class TrainingBuilder(StepBuilder):
    """A training with the channels train and validation; a subclass makes the estimator."""

    NAME: ClassVar[str] = "Train"
    REQUIRED = ("train", "validation")
    OUTPUTS: ClassVar[dict[str, str]] = {"model": "The archive of the trained model"}
    PROPERTY_PATHS: ClassVar[dict[str, str]] = {"model": "ModelArtifacts.S3ModelArtifacts"}
    contract = ScriptContract(
        {"train": "/opt/ml/input/data/train", "validation": "/opt/ml/input/data/validation"},
        {"model": "/opt/ml/model"},
    )

    def default_config(self) -> TrainingConfig:
        """The config where none is given."""
        return TrainingConfig()

    def make_estimator(self) -> Any:
        """The estimator of the framework."""
        raise NotImplementedError

    def hyperparameters(self) -> dict[str, Any]:
        """What the script is told."""
        return {"epochs": self.config.epochs, "learning_rate": self.config.learning_rate}

    def settings(self) -> dict[str, Any]:
        """What every estimator of the team is given."""
        return {
            "entry_point": self.config.entry_point,
            "source_dir": SCRIPTS,
            "role": self.role,
            "instance_type": self.config.instance_type,
            "instance_count": self.config.instance_count,
            "volume_size": self.config.volume_size,
            "max_run": self.config.max_runtime,
            "hyperparameters": self.hyperparameters(),
            "metric_definitions": METRICS,
            "output_path": BUCKET + "output/",
            "output_kms_key": KEY,
            "subnets": SUBNETS,
            "security_group_ids": SECURITY_GROUPS,
            "environment": {"LOG_LEVEL": "info"},
            "tags": self.config.tags,
            "sagemaker_session": self.session,
            "disable_profiler": True,
        }

    def channels(self, inputs: dict[str, Any]) -> dict[str, TrainingInput]:
        """One channel per input, in CSV."""
        return {name: TrainingInput(inputs[name], content_type="text/csv") for name in self.REQUIRED}

    def create_step(
        self,
        inputs: dict[str, Any] | None = None,
        outputs: dict[str, Any] | None = None,
        dependencies: list[Step] | None = None,
        enable_caching: bool = True,
    ) -> TrainingStep:
        """The training as a step of a pipeline."""
        return TrainingStep(
            name=self.NAME,
            step_args=self.make_estimator().fit(self.channels(inputs or {})),
            depends_on=dependencies or None,
            cache_config=self.cache(enable_caching),
        )
