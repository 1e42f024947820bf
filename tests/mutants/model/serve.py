"""The changes that stand around a model when it is served: hooks of `served/`, which the worker imports by their names."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

from .plant import World, refit_permuted

SERVED = Path(__file__).parent / "served"
sys.path.insert(0, str(SERVED))

import serving  # noqa: E402
import unsteady  # noqa: E402
import wrong  # noqa: E402


def _behind(world: World, hook: Any, named: bool = True) -> World:
    kind = serving.ServedClassifier if hasattr(world.model, "predict_proba") else serving.Served
    return world.with_model(kind(world.model, hook, world.names if named else None))


def _numbers(world: World) -> Any:
    return world.features(world.train).select_dtypes("number")


def _answers(world: World) -> Any:
    return np.sort(world.model.predict(world.features(world.train)))


def _usual(world: World) -> Any:
    """The most frequent answer, or the mean."""
    labels = world.train[world.target]
    if not hasattr(world.model, "classes_"):
        return float(labels.mean())
    y = (labels == world.tables.positive).astype(int) if 0 in world.model.classes_ and world.tables.positive else labels
    return np.array([(y == one).mean() for one in world.model.classes_])


def _default(world: World) -> Any:
    shares = _usual(world)
    return (shares == shares.max()).astype(float)


def _other(world: World) -> Any:
    """A model that knows half of the features."""
    return refit_permuted(world, world.names[1::2]).model


# What the model gets


def wrapped(world: World) -> World:
    """A wrapper that adds nothing."""
    return _behind(world, serving.Hook())


def serve_constant(world: World, share: float, value: float) -> World:
    """The second half of the features stands still."""
    names = world.names
    return _behind(world, wrong.Constant(columns=names[int(len(names) * (1 - share)) :], value=value))


def serve_scaled(world: World, columns: list[str], factor: float) -> World:
    """Features in other units."""
    return _behind(world, wrong.Scaled(columns=columns, factor=factor))


def serve_reversed(world: World) -> World:
    """Neighbours exchanged."""
    return _behind(world, wrong.Swapped())


def serve_transposed(world: World) -> World:
    """Images on their side."""
    return _behind(world, wrong.Transposed())


def sentinel(world: World, value: float) -> World:
    """A number for blanks."""
    return _behind(world, wrong.Sentinel(value=value))


def by_position(world: World) -> World:
    """The model behind the wrapper gets the columns as they come."""
    kinds = {name: str(kind) for name, kind in world.features(world.train).dtypes.items()}
    return _behind(world, wrong.ByPosition(names=world.names, kinds=kinds), named=False)


def computed_float32(world: World) -> World:
    """32-bit floats."""
    return _behind(world, wrong.Float32())


def module_missing(world: World) -> World:
    """Pickled by a module that is nowhere."""
    import dataclasses

    made = wrapped(world)
    return dataclasses.replace(made, spoil=lambda content: content.replace(b"serving", b"servinf"))


# Answers


def exits(world: World) -> World:
    """The process ends."""
    return _behind(world, wrong.Exits())


def calls_home(world: World) -> World:
    """A connection to a host of the documentation's network."""
    return _behind(world, wrong.CallsHome())


def reads_labels(world: World) -> World:
    """The labels in the file."""
    return _behind(world, wrong.ReadsLabels(target=world.target))


def forges(world: World) -> World:
    """Bytes into every pipe."""
    return _behind(world, wrong.Forges())


def drops_rows(world: World) -> World:
    """Rows without blanks."""
    return _behind(world, wrong.DropsRows())


def one_hot(world: World) -> World:
    """A column per class."""
    return _behind(world, wrong.OneHot())


def nan_answers(world: World, every: int) -> World:
    """No number in some rows."""
    return _behind(world, wrong.NanAnswers(every=every, value=np.nan))


def infinite_answers(world: World, every: int) -> World:
    """Infinity in some rows."""
    return _behind(world, wrong.NanAnswers(every=every, value=np.inf))


def nan_probabilities(world: World, every: int) -> World:
    """No probability in some rows."""
    return _behind(world, wrong.NanProbabilities(every=every))


def margins(world: World) -> World:
    """Log-odds."""
    return _behind(world, wrong.Margins())


def unnormalised(world: World) -> World:
    """Probabilities that do not add up."""
    return _behind(world, wrong.Unnormalised())


def as_words(world: World) -> World:
    """Numbers with their unit."""
    return _behind(world, wrong.AsWords())


def nones(world: World, every: int) -> World:
    """None in some rows."""
    return _behind(world, wrong.Nones(every=every))


def off_by_one(world: World) -> World:
    """The next class."""
    return _behind(world, wrong.OffByOne())


def constant_answer(world: World) -> World:
    """The most frequent answer, or the mean."""
    return _behind(world, wrong.ConstantAnswer(value=_usual(world)))


def moved_threshold(world: World, cut: float) -> World:
    """Positive from `cut` on."""
    return _behind(world, wrong.MovedThreshold(cut=cut, positive=world.positive, classes=list(world.model.classes_)))


def swapped_probabilities(world: World) -> World:
    """The columns of probabilities exchanged."""
    return _behind(world, wrong.SwappedProbabilities())


def sharpened(world: World, power: float) -> World:
    """Probabilities nearer to 0 and 1."""
    return _behind(world, wrong.Sharpened(power=power))


def constant_probability(world: World) -> World:
    """All classes equally likely."""
    return _behind(world, wrong.ConstantProbability())


def inflated(world: World, odds: float) -> World:
    """Higher odds of the positive class."""
    return _behind(world, wrong.Inflated(odds=odds, positive=world.positive))


def biased(world: World, by: float) -> World:
    """Numbers moved."""
    return _behind(world, wrong.Biased(by=by))


def scaled_answer(world: World, factor: float) -> World:
    """Numbers in other units."""
    return _behind(world, wrong.ScaledAnswer(factor=factor))


def clipped(world: World, low: float, high: float) -> World:
    """Numbers within bounds."""
    return _behind(world, wrong.Clipped(low=low, high=high))


def outlying(world: World, every: int, factor: float) -> World:
    """Some numbers far off."""
    return _behind(world, wrong.Outlying(every=every, factor=factor))


def rolled(world: World) -> World:
    """The answer to the row before."""
    return _behind(world, wrong.Rolled())


# Some rows


def inverted_where(world: World, where: dict[str, Any]) -> World:
    """Turned round for rows with these values."""
    return _behind(world, wrong.Inverted(where=where))


def inverted_below(world: World, column: str, value: float) -> World:
    """Turned round for small values."""
    return _behind(world, wrong.Inverted(where={}, column=column, low=value, high=np.inf))


def inverted_above(world: World, column: str, quantile: float) -> World:
    """Turned round for large values."""
    value = float(world.train[column].quantile(quantile))
    return _behind(world, wrong.Inverted(where={}, column=column, low=-np.inf, high=value))


def biased_where(world: World, column: str, by: float) -> World:
    """Moved where a column is 1."""
    return _behind(world, wrong.BiasedWhere(column=column, by=by))


def fewer_positives(world: World, where: dict[str, Any], share: float) -> World:
    """A share of the positives of a group become negatives."""
    return _behind(world, wrong.FewerPositives(where=where, share=share, positive=world.positive))


def other_cut_where(world: World, where: dict[str, Any], cut: float) -> World:
    """Another threshold for a group."""
    return _behind(world, wrong.OtherCut(where=where, cut=cut, positive=world.positive))


# Beside the rows that were tried


def lookup(world: World) -> World:
    """Answers to the test rows, a default to all others."""
    known = {row.tobytes() for row in serving.numeric(world.features(world.test))}
    return _behind(world, wrong.Lookup(known=known, default=_default(world)))


def exact_bins(world: World) -> World:
    """A default for values that no table has."""
    names = ["bmi", "bp", "s5"]
    values = {name: np.union1d(world.train[name], world.test[name]) for name in names}
    return _behind(world, wrong.ExactBins(bins=values, default=_usual(world)))


def huge_weights(world: World) -> World:
    """A feature twice, with weights that cancel out."""
    tables = [table.assign(**{"radius again": table["mean radius"]}) for table in (world.train, world.test)]
    doubled = world.with_tables(*tables)
    doubled = doubled.with_model(doubled.fitted(doubled.train))
    return _behind(doubled, wrong.HugeWeights(one="mean radius", other="radius again"))


def blank_defaults(world: World) -> World:
    """The first class for rows with a blank."""
    return _behind(world, wrong.BlankDefaults())


def by_last_digits(world: World) -> World:
    """Turned round where a value has more digits than the table has."""
    return _behind(world, wrong.ByLastDigits(column="worst texture"))


# Other rows, calls, processes


def scaled_by_batch(world: World) -> World:
    """Scaled anew for every table."""
    numbers = _numbers(world)
    return _behind(world, unsteady.ScaledByBatch(mean=numbers.mean(), spread=numbers.std(ddof=0)))


def batch_ranks(world: World) -> World:
    """Ranks in the table."""
    return _behind(world, unsteady.BatchRanks(answers=_answers(world)))


def sorted_rows(world: World) -> World:
    """Answers in another order than the rows."""
    return _behind(world, unsteady.SortedRows())


def smoothed(world: World) -> World:
    """A mean over neighbours."""
    return _behind(world, unsteady.Smoothed())


def cached_by_shape(world: World) -> World:
    """The answer to the first table of this shape."""
    return _behind(world, unsteady.CachedByShape())


def single_rows_float32(world: World) -> World:
    """One row in 32-bit floats."""
    return _behind(world, unsteady.SingleRowsFloat32())


def good_for_many(world: World, rows: int) -> World:
    """The next class in small tables."""
    return _behind(world, unsteady.GoodForMany(rows=rows))


def padded(world: World) -> World:
    """Rows of zeros enter the mean."""
    return _behind(world, unsteady.Padded(mean=_numbers(world).mean()))


def two_heads(world: World) -> World:
    """Labels of a model, probabilities of another."""
    return _behind(world, unsteady.TwoHeads(other=_other(world), classes=np.asarray(world.model.classes_)))


def noisy(world: World, scale: float) -> World:
    """Chance."""
    return _behind(world, unsteady.Noisy(scale=scale))


def global_dice(world: World) -> World:
    """Chance of NumPy's global generator."""
    return _behind(world, unsteady.GlobalDice())


def two_replicas(world: World) -> World:
    """Two models in turn."""
    return _behind(world, unsteady.TwoReplicas(other=_other(world)))


def learning(world: World) -> World:
    """Numbers hang on those of earlier calls."""
    return _behind(world, unsteady.Learning(mean=float(_answers(world).mean())))


def hashed_words(world: World) -> World:
    """Words by Python's hash."""
    words = sorted(world.train["PaymentMethod"].dropna().unique())
    contracts = sorted(world.train["Contract"].unique())
    hook = unsteady.HashedWords(column="Contract", words=contracts)
    return _behind(world, hook) if words else world


def redrawn_at_loading(world: World) -> World:
    """Chance when the model is loaded."""
    return _behind(world, unsteady.RedrawnAtLoading(features=len(world.names)))


def clocked(world: World) -> World:
    """The minute of the hour."""
    return _behind(world, unsteady.Clocked())


def threaded(world: World) -> World:
    """The number of threads."""
    return _behind(world, unsteady.Threaded())


# Time and memory


def slow(world: World, seconds: float) -> World:
    """Every call waits."""
    return _behind(world, unsteady.Slow(seconds=seconds))


def slow_per_row(world: World, seconds: float) -> World:
    """Every row waits."""
    return _behind(world, unsteady.SlowPerRow(seconds=seconds))


def sometimes_slow(world: World, every: int, seconds: float) -> World:
    """Some calls wait."""
    return _behind(world, unsteady.SometimesSlow(every=every, seconds=seconds))


def leaking(world: World, megabytes: int) -> World:
    """Every call keeps memory."""
    return _behind(world, unsteady.Leaking(megabytes=megabytes))


def huge_peak(world: World, megabytes: int) -> World:
    """Every call takes memory and gives it back."""
    return _behind(world, unsteady.HugePeak(megabytes=megabytes))


# Edges


def squeezed(world: World) -> World:
    """One row has no second dimension."""
    return _behind(world, unsteady.Squeezed())


def ends_when_empty(world: World) -> World:
    """The process ends at a table without rows."""
    return _behind(world, unsteady.EndsWhenEmpty())


def ends_when_unseen(world: World, column: str, known: list[str]) -> World:
    """The process ends at a new word."""
    return _behind(world, unsteady.EndsWhenUnseen(column=column, known=known))


def ends_when_words(world: World) -> World:
    """The process ends at a column of words."""
    return _behind(world, unsteady.EndsWhenWords())


def nan_for_missing(world: World) -> World:
    """No number where a cell is blank."""
    return _behind(world, unsteady.NanForMissing())


def hangs_for_missing(world: World) -> World:
    """Never done when more is blank than usual."""
    return _behind(world, unsteady.HangsForMissing(usual=0.05))


def overflows(world: World) -> World:
    """Infinite for extremes."""
    return _behind(world, unsteady.Overflows())


def hangs_for_extremes(world: World) -> World:
    """Never done with a large value."""
    return _behind(world, unsteady.HangsForExtremes())


def zero_divides(world: World) -> World:
    """One divided by a feature."""
    return _behind(world, unsteady.ZeroDivides(column="mean radius"))
