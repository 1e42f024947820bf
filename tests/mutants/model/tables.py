"""The changes that are made to the tables, the model stays or is trained anew on the changed training table."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .plant import World, nameless

# Labels


def shuffle_labels(world: World) -> World:
    """Labels of other rows."""
    return _labelled(world, world.test[world.target].sample(frac=1, random_state=5).to_numpy())


def invert_labels(world: World) -> World:
    """Each of two labels is the other."""
    one, other = sorted(world.test[world.target].unique())
    return _labelled(world, world.test[world.target].map({one: other, other: one}).to_numpy())


def shift_labels(world: World) -> World:
    """The label of the row before."""
    return _labelled(world, np.roll(world.test[world.target].to_numpy(), 1))


def scale_labels(world: World, factor: float) -> World:
    """Labels in other units."""
    return _labelled(world, world.test[world.target].to_numpy() * factor)


# Columns


def rename_column(world: World, column: str, name: str) -> World:
    """Another name."""
    return world.with_tables(test=world.test.rename(columns={column: name}))


def drop_column(world: World, column: str) -> World:
    """A column less."""
    return world.with_tables(test=world.test.drop(columns=column))


def as_currency(world: World, column: str) -> World:
    """Numbers behind a currency sign."""
    return _put(world, column, "€ " + world.test[column].astype(str))


def as_codes(world: World, column: str) -> World:
    """Words as numbers, in the order of the alphabet."""
    return _put(world, column, world.test[column].astype("category").cat.codes)


def sort_columns(world: World) -> World:
    """Columns in the order of the alphabet."""
    return world.with_tables(test=world.test[sorted(world.test)])


def nameless_and_sorted(world: World) -> World:
    """A model that knows no names, and columns in another order."""
    return sort_columns(nameless(world))


def nameless_and_index(world: World) -> World:
    """A model that knows no names, and a column more."""
    table = world.test.copy()
    table.insert(0, "Unnamed: 0", np.arange(len(table)))
    return nameless(world).with_tables(test=table)


def add_dropped(world: World, column: str) -> World:
    """A column more, which says nothing."""
    return _put(world, column, pd.Series([f"2026-05-{1 + n % 28:02d}" for n in range(len(world.test))]))


# Cells


def shift_column(world: World, column: str, sds: float) -> World:
    """Numbers moved by some standard deviations."""
    return _put(world, column, world.test[column] + sds * world.test[column].std())


def widen_column(world: World, column: str, factor: float) -> World:
    """Numbers further from their mean."""
    mean = world.test[column].mean()
    return _put(world, column, mean + factor * (world.test[column] - mean))


def scale_column(world: World, column: str, factor: float) -> World:
    """Numbers in other units."""
    return _put(world, column, world.test[column] * factor)


def put(world: World, column: str, value: object, share: float) -> World:
    """One value in a share of the rows."""
    hit = np.random.default_rng(7).random(len(world.test)) < share
    cells = world.test[column].astype(object)
    return _put(world, column, cells.mask(hit, value))


def rounded(world: World, digits: int) -> World:
    """Numbers with so many digits."""
    numbers = world.features(world.test).select_dtypes("number").columns
    cells = {name: [float(f"{one:.{digits}g}") for one in world.test[name]] for name in numbers}
    return world.with_tables(test=world.test.assign(**cells))


def stored_float32(world: World) -> World:
    """Numbers as 32-bit floats write them."""
    numbers = world.features(world.test).select_dtypes("number").columns
    cells = {name: world.test[name].astype("float32").astype(float) for name in numbers}
    return world.with_tables(test=world.test.assign(**cells))


# Rows


def shuffle_rows(world: World) -> World:
    """Rows in another order."""
    return world.with_tables(test=world.test.sample(frac=1, random_state=9).reset_index(drop=True))


def keep_where(world: World, column: str, value: str) -> World:
    """The rows that have one value."""
    return world.with_tables(test=world.test[world.test[column] == value].reset_index(drop=True))


def keep_share(world: World, share: float) -> World:
    """Any of the rows."""
    return world.with_tables(test=world.test.sample(frac=share, random_state=9).reset_index(drop=True))


def other_sample(world: World) -> World:
    """Another sample of the same population."""
    return world.with_tables(test=world.tables.sample)


# Training and test


def leak(world: World, column: str, noise: float) -> World:
    """The target once more among the features, turned round (classes) or blurred (numbers) in a share of `noise`."""
    leaky = world.with_tables(
        _leaked(world, world.train, column, noise, 1), _leaked(world, world.test, column, noise, 2)
    )
    return leaky.with_model(leaky.fitted(leaky.train))


def row_number(world: World) -> World:
    """Tables sorted by their target, and the number of the row, as a share of all, among the features."""

    def numbered(table: pd.DataFrame) -> pd.DataFrame:
        table = table.sort_values(world.target, kind="stable").reset_index(drop=True)
        table.insert(0, "row", np.round(np.arange(len(table)) / len(table) * 10_000).astype(int))
        return table

    numbered_world = world.with_tables(numbered(world.train), numbered(world.test))
    return numbered_world.with_model(numbered_world.fitted(numbered_world.train))


def _leaked(world: World, table: pd.DataFrame, column: str, noise: float, seed: int) -> pd.DataFrame:
    dice = np.random.default_rng(seed)
    labels = table[world.target]
    if labels.dtype.kind == "f":
        cells = labels * 0.7 + 12 + dice.normal(0, 1 + noise * labels.std(), len(labels)) * (noise > 0)
    else:
        cells = ((labels == world.tables.positive) ^ (dice.random(len(labels)) < noise)).astype(int)
    made = table.copy()
    made.insert(0, column, cells)
    return made


def _labelled(world: World, labels: object) -> World:
    return world.with_tables(test=world.test.assign(**{world.target: labels}))


def _put(world: World, column: str, cells: object) -> World:
    return world.with_tables(test=world.test.assign(**{column: cells}))
