"""What the builders of this team share: their signature, their contract of paths, their defaults."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from sagemaker.core import image_uris
from sagemaker.core.shapes import MetricDefinition, OutputDataConfig, S3DataSource, StoppingCondition, Tag
from sagemaker.core.training.configs import Channel, Compute, Networking, SourceCode
from sagemaker.core.workflow.pipeline_context import PipelineSession
from sagemaker.mlops.workflow.steps import CacheConfig, Step, TrainingStep
from sagemaker.train import ModelTrainer

REGION = "us-east-1"
ROLE = "arn:aws:iam::111122223333:role/example-execution"
KEY = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
BUCKET = "s3://example-models/"
SCRIPTS = str(Path(__file__).resolve().parent.parent / "scripts")
SUBNETS = ["subnet-0a1b2c3d", "subnet-1a2b3c4d"]
SECURITY_GROUPS = ["sg-0a1b2c3d"]
TAGS = [{"Key": "team", "Value": "churn"}]
METRICS = {"validation:loss": "val_loss=([0-9.]+)", "train:loss": "train_loss=([0-9.]+)"}


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


class TrainingBuilder(StepBuilder, ABC):
    """A training with the channels train and validation; a subclass says which framework and what else."""

    NAME: ClassVar[str] = "Train"
    FRAMEWORK: ClassVar[str] = ""
    VERSION: ClassVar[str] = ""
    PY_VERSION: ClassVar[str | None] = None
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

    def image(self) -> str:
        """The image of the framework, as the SDK looks it up."""
        return image_uris.retrieve(
            framework=self.FRAMEWORK,
            region=REGION,
            version=self.VERSION,
            py_version=self.PY_VERSION,
            instance_type=self.config.instance_type,
            image_scope="training",
        )

    def hyperparameters(self) -> dict[str, Any]:
        """What the script is told."""
        return {"epochs": self.config.epochs, "learning_rate": self.config.learning_rate}

    def compute(self) -> Compute:
        """The instances."""
        return Compute(
            instance_type=self.config.instance_type,
            instance_count=self.config.instance_count,
            volume_size_in_gb=self.config.volume_size,
        )

    def networking(self) -> Networking:
        """The team's VPC."""
        return Networking(subnets=SUBNETS, security_group_ids=SECURITY_GROUPS)

    def settings(self) -> dict[str, Any]:
        """What every trainer of the team is given."""
        return {
            "training_image": self.image(),
            "source_code": SourceCode(source_dir=SCRIPTS, entry_script=self.config.entry_point),
            "role": self.role,
            "compute": self.compute(),
            "networking": self.networking(),
            "stopping_condition": StoppingCondition(max_runtime_in_seconds=self.config.max_runtime),
            "hyperparameters": self.hyperparameters(),
            "output_data_config": OutputDataConfig(s3_output_path=BUCKET + "output/", kms_key_id=KEY),
            "environment": {"LOG_LEVEL": "info"},
            "tags": [Tag(key=tag["Key"], value=tag["Value"]) for tag in self.config.tags],
            "base_job_name": "churn-" + self.FRAMEWORK,
            "sagemaker_session": self.session,
        }

    def make_trainer(self) -> ModelTrainer:
        """The trainer, with what its constructor does not take."""
        trainer = ModelTrainer(**self.settings())
        return trainer.with_metric_definitions(
            [MetricDefinition(name=name, regex=regex) for name, regex in METRICS.items()]
        )

    def channels(self, inputs: dict[str, Any]) -> list[Channel]:
        """One channel per input, in CSV."""
        return [channel(name, inputs[name]) for name in self.REQUIRED]

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
            step_args=self.make_trainer().train(input_data_config=self.channels(inputs or {})),
            depends_on=dependencies or None,
            cache_config=self.cache(enable_caching),
        )


def channel(name: str, uri: Any) -> Channel:
    """A channel of CSV files, the same on every instance."""
    return Channel(
        channel_name=name,
        data_source={
            "s3_data_source": S3DataSource(
                s3_data_type="S3Prefix", s3_uri=uri, s3_data_distribution_type="FullyReplicated"
            )
        },
        content_type="text/csv",
    )
