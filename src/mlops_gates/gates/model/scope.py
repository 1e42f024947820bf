"""What a model check works with: the loaded model, its features, its answers beside the labels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, PlainValidator, WithJsonSchema, model_validator

from mlops_gates.checks import Context
from mlops_gates.options import BlockOptions, ExistingFile, InputPath, Text
from mlops_gates.stats.classification import Answers
from mlops_gates.worker.client import Frame, Loaded

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
        description="The model: a joblib or pickle file, or module:attribute (an object with predict, or a function)."
    )
    version: str = Field("", description="The model's version; handed on as the output `model-version`.")
    data: InputPath = Field(description="The test data, with labels: a CSV or Parquet file.")
    target: Text = Field(description="The column that holds the labels.")
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
    def files(self) -> tuple[str, ...]:
        """Where the model's file may be, in the order in which Python looks: the first that exists is it.

        A model of a module is the package or the module of that name, under the first folder of `code` that has it.
        """
        if not MODULE.fullmatch(self.path):
            return (self.path,)
        module = self.path.partition(":")[0].replace(".", "/")
        folders = [folder.rstrip("/") or "/" for folder in self.code]
        return tuple(f"{folder}/{module}{end}" for folder in folders for end in ("/__init__.py", ".py"))


@dataclass
class ModelScope:
    """One block's model. The fields below `options` are there once the worker has answered."""

    context: Context
    options: ModelOptions
    loaded: Loaded | None = None
    features: Frame | None = None
    answers: Answers | None = None
    printed: str = ""
