"""Metrics of a confusion matrix: counts by true label (rows) and answer (columns). No row of the data is looked at.

A matrix has one column more than rows: the last one counts answers that are no label at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mlops_gates.findings import Interval
from mlops_gates.stats import intervals, means
from mlops_gates.stats.metric import Metric, absent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Counts = NDArray[np.int64]

AVERAGED = ("precision", "recall", "f1")
_MOST_CELLS = 1000
"""Beyond so many (some thirty labels) the cells are not drawn anew: each interval is that of the cells' influences."""


def matrix(truth: Counts, predicted: Counts, labels: int) -> Counts:
    """Shape (labels, labels + 1). `truth` is in 0 … labels - 1; whatever else is `predicted` counts in the last column."""
    import numpy as np

    known = np.where((predicted >= 0) & (predicted < labels), predicted, labels)
    cells = np.bincount(truth * (labels + 1) + known, minlength=labels * (labels + 1))
    return np.asarray(cells.reshape(labels, labels + 1), dtype=np.int64)


def proportion(hits: int, of: int, reason: str) -> Metric:
    """A share with Wilson's interval; without anything to count, none and the `reason`."""
    if of == 0:
        return absent(0, reason)
    return Metric(hits / of, intervals.wilson(hits, of), of)


def of_one(counts: Counts, label: int, name: str, word: str) -> Metric:
    """Precision, recall or F1 of one label, which messages call `word`."""
    tp = int(counts[label, label])
    fp, fn = int(counts[:, label].sum()) - tp, int(counts[label].sum()) - tp
    if name == "precision":
        return proportion(tp, tp + fp, f"no row is predicted as {word!r}")
    if name == "recall":
        return proportion(tp, tp + fn, f"no row is labelled {word!r}")
    if tp + fn == 0:
        return absent(0, f"no row is labelled {word!r}")
    jaccard = intervals.wilson(tp, tp + fp + fn)
    return Metric(2 * tp / (2 * tp + fp + fn), intervals.f1_of(jaccard), tp + fp + fn)


def averaged(counts: Counts) -> dict[str, Metric]:
    """Precision, recall and F1, each the plain mean over the labels that rows have; a label never answered counts 0.

    Intervals are those of `intervals.resampled`, the cells drawn once for all three; with very many labels the wider of
    Wilson's, as if the mean were a share of the rows, and of the normal one of the cells' influences.
    """
    import numpy as np

    total = int(counts.sum())
    labelled = np.flatnonzero(counts.sum(axis=1))
    if len(labelled) < 2:
        return dict.fromkeys(AVERAGED, absent(total, "all rows have one label"))
    statistics = {name: _mean_over(name, labelled) for name in AVERAGED}
    values = {name: float(statistic(counts[None])[0]) for name, statistic in statistics.items()}
    if counts.size > _MOST_CELLS:
        return {
            name: Metric(value, _by_influence(counts, labelled, name, value), total) for name, value in values.items()
        }
    drawn = intervals.redrawn(_trimmed(counts))
    found = {name: intervals.resampled(_trimmed(counts), one, drawn=drawn) for name, one in statistics.items()}
    return {name: Metric(value, found[name], total) for name, value in values.items()}


def worth(counts: Counts, values: NDArray[np.float64]) -> Metric:
    """Mean value per row, `values` by true label and answer in the shape of the counts.

    The interval is drawn as that of the averages, or with very many labels that of `means`; it never reaches beyond the
    least and the most that a cell is worth.
    """
    import numpy as np

    total = int(counts.sum())
    if total == 0:
        return absent(0, "there are no rows")
    least, most = float(values[:, :-1].min()), float(values[:, :-1].max())

    def statistic(tables: NDArray[Any]) -> NDArray[np.float64]:
        shown = values[:, : tables.shape[2]]
        return np.asarray((tables * shown).sum(axis=(1, 2)) / tables.sum(axis=(1, 2)))

    value = float(statistic(counts[None])[0])
    if counts.size > _MOST_CELLS:
        found = means.weighted(values.ravel(), counts.ravel(), least, most)
    else:
        found = intervals.resampled(_trimmed(counts), statistic)
    low, high = max(min(least, value), found.low), min(max(most, value), found.high)
    return Metric(value, Interval(low, high, found.confidence, found.method), total)


def _trimmed(counts: Counts) -> Counts:
    """Without the column of unknown answers where there are none: a prior must not give it any."""
    return counts if counts[:, -1].any() else counts[:, :-1]


def _mean_over(name: str, labelled: Counts) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    import numpy as np

    def statistic(tables: NDArray[Any]) -> NDArray[np.float64]:
        hits = np.einsum("dii->di", tables[:, :, : tables.shape[1]])[:, labelled]
        said, are = tables.sum(axis=1)[:, labelled], tables.sum(axis=2)[:, labelled]
        below = {"precision": said, "recall": are, "f1": (said + are) / 2}[name]
        return np.asarray(np.divide(hits, below, out=np.zeros(hits.shape), where=below > 0).mean(axis=1))

    return statistic


def _by_influence(counts: Counts, labelled: Counts, name: str, value: float) -> Interval:
    """A hit moves h / b by (1 - ratio) / b, whatever else counts below by -ratio / b; in F1 each of both sides by half."""
    import numpy as np

    k = len(counts)
    hits, said, are = np.diag(counts[:, :k]), counts.sum(axis=0)[:k], counts.sum(axis=1)
    weights = {"precision": (1.0, 0.0), "recall": (0.0, 1.0), "f1": (0.5, 0.5)}[name]
    below = np.maximum(1e-9, weights[0] * said + weights[1] * are)
    counted = np.isin(np.arange(k), labelled) & (below >= 0.5)
    pull = np.where(counted, hits / below / below, 0.0) / len(labelled)
    gain = np.where(counted, 1 / below, 0.0) / len(labelled)
    moved = np.zeros(counts.shape)
    moved[:, :k] -= weights[0] * pull[None, :]
    moved -= weights[1] * pull[:, None]
    moved[np.arange(k), np.arange(k)] += gain
    spread = intervals.normal_quantile((1 + intervals.CONFIDENCE) / 2) * float(np.sqrt((counts * moved**2).sum()))
    total = int(counts.sum())
    wilson = intervals.wilson(round(value * total), total)
    low, high = min(wilson.low, value - spread), max(wilson.high, value + spread)
    return Interval(max(0.0, low), min(1.0, high), intervals.CONFIDENCE, "influence of each cell, or Wilson: the wider")
