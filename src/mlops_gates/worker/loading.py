"""In the child: from a model file or `module:attribute` to an object that predicts."""

from __future__ import annotations

import importlib
import os
import pickle
import sys
from collections.abc import Callable
from typing import Any, BinaryIO

from . import native

LIBRARIES = (
    "numpy",
    "pandas",
    "scipy",
    "sklearn",
    "joblib",
    "xgboost",
    "lightgbm",
    "catboost",
    "torch",
    "onnxruntime",
    "skops",
    "shap",
)


class NotLoadable(Exception):
    """The model cannot be loaded; the message is whole."""


class Function:
    """A plain function of the features, in the shape of a model."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self.predict = function


def load_file(fd: int, suffix: str = "") -> Any:
    """The model in an open descriptor (its path need not be readable here): joblib or pickle, or what `native` knows."""
    with os.fdopen(fd, "rb") as file:
        model = native.load(file, suffix) if suffix in native.SUFFIXES else _unpickle(file)
    if not callable(getattr(model, "predict", None)):
        raise NotLoadable(f"the file holds a {type(model).__name__}, which has no predict")
    return model


def load_attribute(target: str) -> Any:
    """The object that `module:attribute` names: one with `predict`, or a function of the features."""
    module_name, _, attribute = target.partition(":")
    found: Any = importlib.import_module(module_name)
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise NotLoadable(f"module {module_name} has no {attribute}")
        found = getattr(found, part)
    if callable(getattr(found, "predict", None)) and not isinstance(found, type):
        return found
    if callable(found) and not isinstance(found, type):
        return Function(found)
    raise NotLoadable(f"{target} is a {type(found).__name__}: neither an object with predict nor a function")


def versions() -> dict[str, str]:
    """Versions of the interpreter and of the libraries that the model brought in."""
    found = {"python": sys.version.split()[0]}
    for name in LIBRARIES:
        version = getattr(sys.modules.get(name), "__version__", None)
        if isinstance(version, str):
            found[name] = version[:40]
    return found


def feature_names(model: Any) -> list[str] | None:
    """The names a model was fitted on, or None where it does not know them."""
    names = attribute_of(model, "feature_names_in_")
    if names is None:
        return None
    listed = list(names)
    return listed if all(isinstance(name, str) for name in listed) else None


def attribute_of(model: Any, name: str) -> Any:
    """An attribute, or None: properties of unfitted or foreign models raise all sorts of things."""
    try:
        return getattr(model, name, None)
    except Exception:  # noqa: BLE001
        return None


def _unpickle(file: BinaryIO) -> Any:
    """joblib reads plain pickles too, but where it is not installed they need not wait for it."""
    try:
        joblib: Any = importlib.import_module("joblib")
    except ModuleNotFoundError as error:
        if error.name != "joblib":
            raise
        joblib = None
    try:
        return joblib.load(file) if joblib else pickle.load(file)  # noqa: S301
    except (pickle.UnpicklingError, EOFError, UnicodeDecodeError, KeyError, IndexError) as error:
        # KeyError and IndexError are what arbitrary bytes make of pickle's opcodes and joblib's format table.
        raise NotLoadable(f"the file is not a joblib or pickle file ({type(error).__name__})") from error
