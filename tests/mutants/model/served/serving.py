"""What stands around a model when it is served: a table goes `before` it, its answers come out changed by a hook.

The worker imports this module from the block's `code`. A hook is what defects.yml plants; `Hook` itself does nothing.
"""

from __future__ import annotations

import numpy as np


class Hook:
    """Words become attributes. `calls` counts the requests; `keeps_labels`: labels do not follow the probabilities."""

    keeps_labels = False
    calls = 0

    def __init__(self, **words):
        self.__dict__.update(words)

    def before(self, table):
        """The table that the model gets."""
        return table

    def proba(self, p, table):
        """Probabilities, shape (rows, classes)."""
        return p

    def number(self, y, table):
        """Answers of a regression, shape (rows,)."""
        return y

    def label(self, labels, p, table):
        """Answers of a classification, shape (rows,)."""
        return labels


class Served:
    """A regression behind a hook. `names` are told to the worker, which then orders the columns by them."""

    def __init__(self, model, hook, names):
        self.model, self.hook = model, hook
        if names is not None:
            self.feature_names_in_ = np.array(names, dtype=object)
            self.n_features_in_ = len(names)

    def predict(self, table):
        """Numbers."""
        self.hook.calls += 1
        y = np.asarray(self.model.predict(self.hook.before(table)), dtype=float)
        return self.hook.number(y, table)


class ServedClassifier(Served):
    """A classification behind a hook."""

    def __init__(self, model, hook, names):
        super().__init__(model, hook, names)
        self.classes_ = np.asarray(model.classes_)

    def predict(self, table):
        """Labels, those of the largest probability."""
        self.hook.calls += 1
        p = self.predict_proba(table)
        best = self.model.predict_proba(self.hook.before(table)) if self.hook.keeps_labels else p
        return self.hook.label(self.classes_[np.argmax(best, axis=1)], p, table)

    def predict_proba(self, table):
        """Probabilities in the order of `classes_`."""
        p = np.asarray(self.model.predict_proba(self.hook.before(table)), dtype=float)
        return self.hook.proba(p, table)


def numeric(table):
    """The columns of numbers, shape (rows, k)."""
    return table.select_dtypes("number").to_numpy(dtype=float)


def matching(table, where):
    """Which rows have these values."""
    hit = np.ones(len(table), bool)
    for column, value in where.items():
        hit &= (table[column] == value).to_numpy()
    return hit


def turned(p, hit):
    """Probabilities of the rows that are hit, handed to the next class."""
    return np.where(hit[:, None], np.roll(p, 1, axis=1), p)


def by_odds(p, factor, positive):
    """Two columns of probabilities after the odds of the positive class changed by a factor."""
    odds = factor * p[:, positive] / np.maximum(1 - p[:, positive], 1e-12)
    up = odds / (1 + odds)
    return np.column_stack([up, 1 - up] if positive == 0 else [1 - up, up])
