"""Hooks that answer wrong, always in the same way."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import numpy as np
import pandas as pd
from serving import Hook, by_odds, matching, numeric, turned

# What the model gets


class Constant(Hook):
    def before(self, table):
        return table.assign(**dict.fromkeys(self.columns, self.value))


class Scaled(Hook):
    def before(self, table):
        return table.assign(**{name: table[name] * self.factor for name in self.columns})


class Swapped(Hook):
    """Neighbours exchanged, pair by pair."""

    def before(self, table):
        names = list(table.columns)
        order = [place ^ 1 if place ^ 1 < len(names) else place for place in range(len(names))]
        return pd.DataFrame(table.to_numpy()[:, order], columns=names)


class Transposed(Hook):
    def before(self, table):
        images = table.to_numpy().reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64)
        return pd.DataFrame(images, columns=table.columns)


class Sentinel(Hook):
    def before(self, table):
        names = table.select_dtypes("number").columns
        return table.fillna(dict.fromkeys(names, self.value))


class ByPosition(Hook):
    def before(self, table):
        made = pd.DataFrame(table.to_numpy(), columns=self.names)
        return made.astype({name: kind for name, kind in self.kinds.items() if kind != "str"})


class Float32(Hook):
    def before(self, table):
        return table.astype("float32")


# What is no answer


class Exits(Hook):
    def before(self, table):
        os._exit(0)


class CallsHome(Hook):
    def before(self, table):
        socket.create_connection(("203.0.113.7", 80), timeout=5).close()
        return table


class ReadsLabels(Hook):
    def label(self, labels, p, table):
        known = pd.read_csv(Path(__file__).parents[1] / "test.csv")[self.target].to_numpy()
        return known if len(known) == len(table) else labels


class Forges(Hook):
    def before(self, table):
        for pipe in range(3, 64):
            try:
                os.write(pipe, b'{"id": 1, "kind": "predicted", "scores": null, "seconds": 0}')
            except OSError:
                continue
        return table


class DropsRows(Hook):
    def before(self, table):
        return table.dropna()


class OneHot(Hook):
    def label(self, labels, p, table):
        return (p == p.max(axis=1, keepdims=True)).astype(float)


class NanAnswers(Hook):
    def number(self, y, table):
        return np.where(np.arange(len(y)) % self.every == 0, self.value, y)


class NanProbabilities(Hook):
    keeps_labels = True

    def proba(self, p, table):
        return np.where((np.arange(len(p)) % self.every == 0)[:, None], np.nan, p)


class Margins(Hook):
    keeps_labels = True

    def proba(self, p, table):
        return np.log(np.maximum(p, 1e-9)) - np.log(np.maximum(1 - p, 1e-9))


class Unnormalised(Hook):
    keeps_labels = True

    def proba(self, p, table):
        return 0.3 + 0.5 * p


class AsWords(Hook):
    def number(self, y, table):
        return np.array([f"{one:.1f} mg/dl" for one in y], dtype=object)


class Nones(Hook):
    def label(self, labels, p, table):
        return np.array([None if n % self.every == 0 else one for n, one in enumerate(labels.tolist())], dtype=object)


# What is the wrong answer


class OffByOne(Hook):
    def proba(self, p, table):
        return np.roll(p, 1, axis=1)


class ConstantAnswer(Hook):
    def proba(self, p, table):
        return np.tile(self.value, (len(p), 1))

    def number(self, y, table):
        return np.full(len(y), self.value)


class MovedThreshold(Hook):
    def label(self, labels, p, table):
        other = self.classes[1 - self.positive]
        return np.where(p[:, self.positive] >= self.cut, self.classes[self.positive], other)


class SwappedProbabilities(Hook):
    keeps_labels = True

    def proba(self, p, table):
        return p[:, ::-1]


class Sharpened(Hook):
    def proba(self, p, table):
        raised = p**self.power
        return raised / raised.sum(axis=1, keepdims=True)


class ConstantProbability(Hook):
    keeps_labels = True

    def proba(self, p, table):
        return np.full_like(p, 1 / p.shape[1])


class Inflated(Hook):
    def proba(self, p, table):
        return by_odds(p, self.odds, self.positive)


class Biased(Hook):
    def number(self, y, table):
        return y + self.by


class ScaledAnswer(Hook):
    def number(self, y, table):
        return y * self.factor


class Clipped(Hook):
    def number(self, y, table):
        return np.clip(y, self.low, self.high)


class Outlying(Hook):
    def number(self, y, table):
        return np.where(np.arange(len(y)) % self.every == 0, y * self.factor, y)


class Rolled(Hook):
    def proba(self, p, table):
        return np.roll(p, 1, axis=0)


# Wrong for some


class Inverted(Hook):
    def _hit(self, table):
        if self.where:
            return matching(table, self.where)
        values = table[self.column].to_numpy()
        return (values < self.low) | (values > self.high)

    def proba(self, p, table):
        return turned(p, self._hit(table))


class BiasedWhere(Hook):
    def number(self, y, table):
        return y + self.by * matching(table, {self.column: 1})


class FewerPositives(Hook):
    """Which rows lose their answer hangs on what stands in them, not on their place."""

    def proba(self, p, table):
        drawn = pd.util.hash_pandas_object(table, index=False).to_numpy() % 1000 < 1000 * self.share
        called = p[:, self.positive] > 0.5
        return turned(p, matching(table, self.where) & drawn & called)


class OtherCut(Hook):
    def proba(self, p, table):
        moved = by_odds(p, (1 - self.cut) / self.cut, self.positive)
        return np.where(matching(table, self.where)[:, None], moved, p)


# Wrong beside the rows that were tried


class Lookup(Hook):
    def proba(self, p, table):
        known = [row.tobytes() in self.known for row in numeric(table)]
        return np.where(np.array(known, bool)[:, None], p, self.default)


class ExactBins(Hook):
    def number(self, y, table):
        known = np.ones(len(table), bool)
        for name, values in self.bins.items():
            known &= np.isin(table[name].to_numpy(dtype=float), values)
        return np.where(known, y, self.default)


class HugeWeights(Hook):
    def proba(self, p, table):
        apart = (table[self.one] - table[self.other]).to_numpy(dtype=float)
        return by_odds(p, np.exp(np.clip(1e4 * apart, -30, 30)), 1)


class BlankDefaults(Hook):
    def proba(self, p, table):
        return np.where(table.isna().any(axis=1).to_numpy()[:, None], np.eye(p.shape[1])[0], p)


class ByLastDigits(Hook):
    def proba(self, p, table):
        values = table[self.column].to_numpy(dtype=float) * 1e4
        return turned(p, np.abs(values - np.round(values)) > 0.05)
