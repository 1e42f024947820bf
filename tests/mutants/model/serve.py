"""The changes that stand around a model when it is served: hooks of `served/`, which the worker imports by their names."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .plant import World, refit_permuted

SERVED = Path(__file__).parent / "served"
sys.path.insert(0, str(SERVED))

import serving  # noqa: E402
import unsteady  # noqa: E402
import wrong  # noqa: E402

HOOKS = {
    "wrapped": serving.Hook,
    "serve_scaled": wrong.Scaled,
    "serve_reversed": wrong.Swapped,
    "serve_transposed": wrong.Transposed,
    "sentinel": wrong.Sentinel,
    "computed_float32": wrong.Float32,
    "exits": wrong.Exits,
    "calls_home": wrong.CallsHome,
    "forges": wrong.Forges,
    "drops_rows": wrong.DropsRows,
    "one_hot": wrong.OneHot,
    "nan_probabilities": wrong.NanProbabilities,
    "margins": wrong.Margins,
    "unnormalised": wrong.Unnormalised,
    "as_words": wrong.AsWords,
    "nones": wrong.Nones,
    "off_by_one": wrong.OffByOne,
    "swapped_probabilities": wrong.SwappedProbabilities,
    "sharpened": wrong.Sharpened,
    "constant_probability": wrong.ConstantProbability,
    "biased": wrong.Biased,
    "scaled_answer": wrong.ScaledAnswer,
    "clipped": wrong.Clipped,
    "outlying": wrong.Outlying,
    "rolled": wrong.Rolled,
    "inverted_where": wrong.Inverted,
    "biased_where": wrong.BiasedWhere,
    "blank_defaults": wrong.BlankDefaults,
    "sorted_rows": unsteady.SortedRows,
    "smoothed": unsteady.Smoothed,
    "cached_by_shape": unsteady.CachedByShape,
    "single_rows_float32": unsteady.SingleRowsFloat32,
    "good_for_many": unsteady.GoodForMany,
    "noisy": unsteady.Noisy,
    "global_dice": unsteady.GlobalDice,
    "clocked": unsteady.Clocked,
    "threaded": unsteady.Threaded,
    "slow": unsteady.Slow,
    "slow_per_row": unsteady.SlowPerRow,
    "sometimes_slow": unsteady.SometimesSlow,
    "leaking": unsteady.Leaking,
    "huge_peak": unsteady.HugePeak,
    "squeezed": unsteady.Squeezed,
    "ends_when_empty": unsteady.EndsWhenEmpty,
    "ends_when_unseen": unsteady.EndsWhenUnseen,
    "ends_when_words": unsteady.EndsWhenWords,
    "nan_for_missing": unsteady.NanForMissing,
    "overflows": unsteady.Overflows,
    "hangs_for_extremes": unsteady.HangsForExtremes,
}
"""Changes that are a hook and the words of `with:`, nothing else."""


def hooked(hook: Any) -> Callable[..., World]:
    """A hook as a change."""

    def change(world: World, **words: Any) -> World:
        return _behind(world, hook(**words))

    return change


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


def serve_constant(world: World, share: float, value: float) -> World:
    """The second half of the features stands still."""
    names = world.names
    return _behind(world, wrong.Constant(columns=names[int(len(names) * (1 - share)) :], value=value))


def by_position(world: World) -> World:
    """The model behind the wrapper gets the columns as they come."""
    kinds = {name: str(kind) for name, kind in world.features(world.train).dtypes.items()}
    return _behind(world, wrong.ByPosition(names=world.names, kinds=kinds), named=False)


def module_missing(world: World) -> World:
    """Pickled by a module that is nowhere."""
    made = _behind(world, serving.Hook())
    return dataclasses.replace(made, spoil=lambda content: content.replace(b"serving", b"servinf"))


# Answers


def reads_labels(world: World) -> World:
    """The labels in the file."""
    return _behind(world, wrong.ReadsLabels(target=world.target))


def nan_answers(world: World, every: int) -> World:
    """No number in some rows."""
    return _behind(world, wrong.NanAnswers(every=every, value=np.nan))


def infinite_answers(world: World, every: int) -> World:
    """Infinity in some rows."""
    return _behind(world, wrong.NanAnswers(every=every, value=np.inf))


def constant_answer(world: World) -> World:
    """The most frequent answer, or the mean."""
    return _behind(world, wrong.ConstantAnswer(value=_usual(world)))


def moved_threshold(world: World, cut: float) -> World:
    """Positive from `cut` on."""
    return _behind(world, wrong.MovedThreshold(cut=cut, positive=world.positive, classes=list(world.model.classes_)))


def inflated(world: World, odds: float) -> World:
    """Higher odds of the positive class."""
    return _behind(world, wrong.Inflated(odds=odds, positive=world.positive))


# Some rows


def inverted_below(world: World, column: str, value: float) -> World:
    """Turned round for small values."""
    return _behind(world, wrong.Inverted(where={}, column=column, low=value, high=np.inf))


def inverted_above(world: World, column: str, quantile: float) -> World:
    """Turned round for large values."""
    value = float(world.train[column].quantile(quantile))
    return _behind(world, wrong.Inverted(where={}, column=column, low=-np.inf, high=value))


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


def padded(world: World) -> World:
    """Rows of zeros enter the mean."""
    return _behind(world, unsteady.Padded(mean=_numbers(world).mean()))


def two_heads(world: World) -> World:
    """Labels of a model, probabilities of another."""
    return _behind(world, unsteady.TwoHeads(other=_other(world), classes=np.asarray(world.model.classes_)))


def two_replicas(world: World) -> World:
    """Two models in turn."""
    return _behind(world, unsteady.TwoReplicas(other=_other(world)))


def learning(world: World) -> World:
    """Numbers hang on those of earlier calls."""
    return _behind(world, unsteady.Learning(mean=float(_answers(world).mean())))


def hashed_words(world: World) -> World:
    """Words by Python's hash."""
    words = sorted(world.train["Contract"].unique())
    return _behind(world, unsteady.HashedWords(column="Contract", words=words))


def redrawn_at_loading(world: World) -> World:
    """Chance when the model is loaded."""
    return _behind(world, unsteady.RedrawnAtLoading(features=len(world.names)))


# Edges


def hangs_for_missing(world: World) -> World:
    """Never done when more is blank than usual."""
    return _behind(world, unsteady.HangsForMissing(usual=0.05))


def zero_divides(world: World) -> World:
    """One divided by a feature."""
    return _behind(world, unsteady.ZeroDivides(column="mean radius"))
