"""The changes that defects and harmless twins are made of, as far as the model changes; `tables.py` has those of data.

A change takes a `World` and the words of `with:`; it returns another `World` and leaves the one that it was given. All are
deterministic. What a defect names under `change:` is the name of a function here or in `tables.py`, of one in `serve.py` or
of one of its HOOKS.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import training
from .data import Tables


@dataclass(frozen=True)
class World:
    """A model beside its tables. `model` is fitted; `spoil` changes the bytes of its file; `how` is how it is saved.

    `how`: native (the library's own format), joblib, or compressed.
    """

    data: str
    family: str
    tables: Tables
    model: Any
    how: str = "joblib"
    spoil: Callable[[bytes], bytes] = bytes

    @property
    def train(self) -> pd.DataFrame:
        """What the model was trained on."""
        return self.tables.train

    @property
    def test(self) -> pd.DataFrame:
        """What it is judged on."""
        return self.tables.test

    @property
    def target(self) -> str:
        """The column of labels."""
        return self.tables.target

    def features(self, table: pd.DataFrame) -> pd.DataFrame:
        """What the model gets."""
        return training.features_of(table, self.target, self.tables.drop)

    @property
    def names(self) -> list[str]:
        """The features."""
        return list(self.features(self.train))

    @property
    def positive(self) -> int:
        """Which column of probabilities is that of the positive class."""
        classes = list(self.model.classes_)
        return classes.index(self.tables.positive) if self.tables.positive in classes else 1

    def with_model(self, model: Any) -> World:
        """The same with another model, pickled."""
        return dataclasses.replace(self, model=model, how="joblib")

    def with_tables(self, train: pd.DataFrame | None = None, test: pd.DataFrame | None = None) -> World:
        """The same with other tables."""
        tables = dataclasses.replace(
            self.tables, train=self.train if train is None else train, test=self.test if test is None else test
        )
        return dataclasses.replace(self, tables=tables)

    def fitted(self, table: pd.DataFrame, target: Any = None, seed: int = 0) -> Any:
        """A model of the same family, fitted on another table or other labels."""
        y = table[self.target] if target is None else target
        return training.fit(self.family, self.features(table), y, self.tables.positive, seed)

    def refitted(self) -> World:
        """The same with a model that is fitted on its own training table."""
        return dataclasses.replace(self, model=self.fitted(self.train))


def unchanged(world: World) -> World:
    """The model as it is."""
    return world


# Training


def refit_seed(world: World) -> World:
    """Another seed."""
    return world.with_model(world.fitted(world.train, seed=11))


def refit_shuffled_target(world: World) -> World:
    """The target of other rows."""
    y = world.train[world.target].sample(frac=1, random_state=3).reset_index(drop=True)
    return world.with_model(world.fitted(world.train, y))


def refit_on_share(world: World, share: float) -> World:
    """A share of the rows."""
    return world.with_model(world.fitted(world.train.sample(frac=share, random_state=3).reset_index(drop=True)))


def refit_without_class(world: World, share: float) -> World:
    """Of the positive class a share is left."""
    hit = world.train[world.target] == world.tables.positive
    few = world.train[hit].sample(frac=share, random_state=3)
    return world.with_model(world.fitted(pd.concat([world.train[~hit], few], ignore_index=True)))


def refit_without_labels(world: World, labels: list[str]) -> World:
    """No row of these labels."""
    kept = world.train[~world.train[world.target].astype(str).isin(labels)]
    return world.with_model(world.fitted(kept.reset_index(drop=True)))


def refit_other_target(world: World, column: str) -> World:
    """Fitted to tell another column, which has the same two words; that column is shuffled for it."""
    other = world.train.assign(**{column: world.train[column].sample(frac=1, random_state=3).to_numpy()})
    return world.with_model(world.fitted(other, world.train[column]))


def refit_permuted(world: World, columns: list[str]) -> World:
    """Columns that say nothing at training, because they belong to other rows."""
    moved = {name: world.train[name].sample(frac=1, random_state=3).to_numpy() for name in columns}
    return world.with_model(world.fitted(world.train.assign(**moved)))


def refit_one_feature(world: World, column: str) -> World:
    """All columns but one stand still at training."""
    still = {name: world.train[name].iloc[0] for name in world.names if name != column}
    return world.with_model(world.fitted(world.train.assign(**still)))


# Steps of a pipeline


def without_scaler(world: World) -> World:
    """The last step alone, which knows no names."""
    return world.with_model(world.model.steps[-1][1])


def stale_scaler(world: World) -> World:
    """A scaler of other means and spreads."""
    scaler = _copy(world.model)
    scale = scaler.named_steps["scale"]
    scale.mean_, scale.scale_ = scale.mean_ * 1.6, scale.scale_ * np.linspace(0.3, 3, len(scale.scale_))
    return world.with_model(scaler)


def reorder_encoder(world: World) -> World:
    """The words of every column get their numbers in another order."""
    model = _copy(world.model)
    encoder = model.named_steps["prepare"].named_transformers_["words"]
    encoder.categories_ = [np.roll(one, 1) for one in encoder.categories_]
    return world.with_model(model)


def without_imputer(world: World) -> World:
    """The numbers are scaled, blanks stay blank."""
    model = _copy(world.model)
    prepare = model.named_steps["prepare"]
    prepare.transformers_ = [
        (name, step.steps[-1][1] if name == "numbers" else step, columns)
        for name, step, columns in prepare.transformers_
    ]
    return world.with_model(model)


def quantised(world: World) -> World:
    """Weights of one digit."""
    model = _copy(world.model)
    last = model.steps[-1][1]
    last.coef_ = np.round(last.coef_ / 0.75) * 0.75
    return world.with_model(model)


def two_jobs(world: World) -> World:
    """Two threads."""
    model = _copy(world.model)
    model.steps[-1][1].n_jobs = 2
    return world.with_model(model)


def plain_estimator(world: World) -> World:
    """The forest alone, fitted on the same names."""
    forest = training.made(world.family, world.features(world.train), world.train[world.target]).steps[-1][1]
    return world.with_model(forest.fit(world.features(world.train), world.train[world.target]))


def nameless(world: World) -> World:
    """Fitted on an array."""
    x = world.features(world.train).to_numpy()
    return world.with_model(training.fit(world.family, x, world.train[world.target]))


# The model's file


def truncated(world: World) -> World:
    """Two thirds of the file."""
    return dataclasses.replace(world, spoil=lambda content: content[: len(content) * 2 // 3])


def compressed(world: World) -> World:
    """Packed by joblib."""
    return dataclasses.replace(world, how="compressed")


def other_version(world: World) -> World:
    """The pickle says that an older scikit-learn wrote it."""
    import sklearn

    ours = sklearn.__version__.encode()
    older = re.sub(rb"\d", b"1", ours)
    return dataclasses.replace(world, spoil=lambda content: content.replace(ours, older))


def _copy(model: Any) -> Any:
    import copy

    return copy.deepcopy(model)
