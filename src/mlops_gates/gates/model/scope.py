"""What a model check works with: the loaded model, its features, its answers beside the labels."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from mlops_gates.checks import Context
from mlops_gates.models.asked import AskedModel
from mlops_gates.models.task import Asked
from mlops_gates.models.truth import Truth
from mlops_gates.options import BlockOptions, ExistingFile, InputPath, Text
from mlops_gates.stats.classification import Answers
from mlops_gates.stats.regression import Estimates
from mlops_gates.worker.client import Loaded
from mlops_gates.worker.job import Frame, Job

if TYPE_CHECKING:
    import numpy as np

ByDefault = Literal[
    "inputs",
    "slices",
    "distribution",
    "consistency",
    "reproducibility",
    "robustness",
    "importance",
    "interpretability",
    "inference",
    "edge-cases",
]
"""Checks that every model gets unless `without` names them."""
MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def _label(value: object) -> str | int | float | bool:
    if isinstance(value, str | int | float):
        return value
    raise ValueError("should be a label as it stands in the data: a word, a number or a boolean")


Label = Annotated[
    str | int | float | bool, PlainValidator(_label), WithJsonSchema({"type": ["string", "number", "boolean"]})
]


class ModelOptions(BlockOptions):
    """What a model block may say, before the checks add to it."""

    path: Annotated[Text, ExistingFile(unless=MODULE)] = Field(
        description="The model: a joblib, pickle or skops file, a file of XGBoost (.json, .ubj) or LightGBM (.txt, .lgb), "
        "or module:attribute (an object with predict, or a function)."
    )
    version: str = Field("", description="The model's version; handed on as the output `model-version`.")
    data: InputPath = Field(description="The test data, with labels: a CSV or Parquet file.")
    target: Text = Field("target", description="The column that holds the labels.")
    task: Asked = Field("auto", description="classification or regression; auto asks the model, then the labels.")
    classes: tuple[Label, ...] = Field(
        (), description="What a model that answers 0, 1, 2, … means by these, in order.", strict=False
    )
    without: Annotated[tuple[ByDefault, ...], Field(strict=False)] | Literal["all"] = Field(
        (), description="Checks that are not run, or `all` that run by themselves; the report names them."
    )
    reference: InputPath | None = Field(
        None, description="What the model was trained on: a table, or a profile that `mlops-gates profile` stored."
    )
    seed: int = Field(20261121, ge=0, description="Of every random choice; equal seeds give equal results.")
    positive: Label | None = Field(
        None,
        description="The label that precision, recall, F1 and ROC AUC speak for; known by itself for 0/1 and False/True.",
    )
    drop: tuple[str, ...] = Field((), description="Columns that are no features.", strict=False)
    code: tuple[InputPath, ...] = Field(
        (), description="Folders from which the worker may import the model's own classes.", strict=False
    )
    null_values: tuple[str, ...] = Field((), description="Words of a CSV that mean null, such as NA.", strict=False)
    delimiter: str = Field("", description="What separates the fields of a CSV.", pattern=r'^[^"\r\n\x00]?$')

    @model_validator(mode="after")
    def _target_stays(self) -> ModelOptions:
        if self.target in self.drop:
            raise ValueError(f"drop names the target {self.target!r}, which is no feature anyway")
        return self

    @property
    def left_out(self) -> tuple[str, ...]:
        """The checks that `without` names."""
        return get_args(ByDefault) if self.without == "all" else self.without

    @property
    def files(self) -> tuple[str, ...]:
        """Where the model's file may be, in the order in which Python looks: the first that exists is it.

        A model of a module is the package or the module of that name, under the first folder of `code` that has it.
        """
        if not MODULE.fullmatch(self.path):
            return (self.path,)
        module = self.path.partition(":")[0].replace(".", "/")
        folders = [folder.rstrip("/") or "/" for folder in self.code]
        return tuple(f"{folder}/{module}{end}" for folder in folders for end in ("/__init__.py", ".py"))


@dataclass(frozen=True, slots=True)
class Beside:
    """A column of the data that a check needs although the model may not get it."""

    column: str


@dataclass(frozen=True, slots=True)
class Always:
    """What a check needs that every model can give: its answers."""


ALWAYS = (Always(),)


@dataclass(frozen=True, slots=True)
class Loading:
    """What a check needs that is there before the model is asked: the loaded model and the features."""


LOADING = (Loading(),)


@dataclass
class ModelScope:
    """One block's model. The fields below `options` are there once the worker has answered.

    `answers` are those of a classifier, `estimates` those of a regressor; the other one is None. `beside` holds the
    columns that checks asked for by `Beside`. `job` is what the model's worker was asked, `metrics` become outputs of
    the block. `memo` keeps what two checks share.
    """

    context: Context
    options: ModelOptions
    features: Frame | None = None
    beside: Frame | None = None
    asked: AskedModel | None = None
    truth_: Truth | None = None
    answers: Answers | None = None
    estimates: Estimates | None = None
    job: Job | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    memo: dict[str, object] = field(default_factory=dict)

    @property
    def model(self) -> AskedModel:
        """The model; checks run only once it answered."""
        assert self.asked
        return self.asked

    @property
    def truth(self) -> Truth:
        """The labels as numbers, and what an answer is off."""
        assert self.truth_
        return self.truth_

    @property
    def frame(self) -> Frame:
        """All features."""
        assert self.features
        return self.features

    @property
    def loaded(self) -> Loaded | None:
        """What the model said of itself when it was loaded."""
        return self.asked.loaded if self.asked else None

    def rng(self, name: str) -> np.random.Generator:
        """Random numbers of one check's own: another check more or less does not change them."""
        import numpy as np

        return np.random.default_rng([self.options.seed, zlib.crc32(name.encode())])

    def rows(self, name: str, most: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Up to `most` rows of the data, drawn without repetition, in the order of the file."""
        import numpy as np

        n = self.frame.rows
        if n <= most:
            return np.arange(n)
        return np.sort(self.rng(f"rows of {name}").choice(n, size=most, replace=False))
