"""Hooks whose answers hang on other rows, on earlier calls, on the process or on chance; slow ones; broken edges."""

from __future__ import annotations

import os
import time

import numpy as np
import pandas as pd
from serving import Hook, numeric

# Other rows


class ScaledByBatch(Hook):
    def before(self, table):
        spread = table.std(ddof=0).replace(0, 1)
        return (table - table.mean()) / spread * self.spread + self.mean


class BatchRanks(Hook):
    def number(self, y, table):
        ranks = np.argsort(np.argsort(y)) / len(y)
        return np.quantile(self.answers, ranks)


class SortedRows(Hook):
    def proba(self, p, table):
        return p[np.argsort(numeric(table).sum(axis=1), kind="stable")]


class Smoothed(Hook):
    def number(self, y, table):
        return pd.Series(y).rolling(3, min_periods=1).mean().to_numpy()


class CachedByShape(Hook):
    def proba(self, p, table):
        self.cache = getattr(self, "cache", {})
        return self.cache.setdefault(table.shape, p)


class SingleRowsFloat32(Hook):
    def number(self, y, table):
        return y.astype("float32").astype(float) if len(y) == 1 else y


class GoodForMany(Hook):
    def proba(self, p, table):
        return p if len(p) >= self.rows else np.roll(p, 1, axis=1)


class Padded(Hook):
    def before(self, table):
        padded = -len(table) % 32 + len(table)
        shrunk = table.sum() / max(1, padded) - self.mean
        return table - 0.3 * shrunk


class TwoHeads(Hook):
    def label(self, labels, p, table):
        return self.classes[np.argmax(self.other.predict_proba(table), axis=1)]


# Other calls, other processes


def _shaken(p, noise):
    moved = np.clip(p + noise, 1e-6, 1)
    return moved / moved.sum(axis=1, keepdims=True)


class Noisy(Hook):
    def proba(self, p, table):
        return _shaken(p, np.random.default_rng().normal(0, self.scale, p.shape))

    def number(self, y, table):
        return y + self.scale * np.random.default_rng().normal(0, 1, len(y))


class GlobalDice(Hook):
    def proba(self, p, table):
        return _shaken(p, np.random.normal(0, 0.1, p.shape))


class TwoReplicas(Hook):
    def proba(self, p, table):
        return p if self.calls % 2 else np.asarray(self.other.predict_proba(table))


class Learning(Hook):
    def number(self, y, table):
        self.seen = 0.9 * getattr(self, "seen", self.mean) + 0.1 * (float(y.mean()) if len(y) else self.mean)
        return y + 0.5 * (self.mean - self.seen)


class HashedWords(Hook):
    def before(self, table):
        names = {word: self.words[hash(word) % len(self.words)] for word in self.words}
        return table.assign(**{self.column: table[self.column].map(names)})


class RedrawnAtLoading(Hook):
    def __setstate__(self, state):
        self.__dict__.update(state)
        self.projection = np.random.default_rng().normal(0, 0.03, (self.features, self.features))

    def before(self, table):
        return pd.DataFrame(table.to_numpy() + table.to_numpy() @ self.projection, columns=table.columns)


class Clocked(Hook):
    def before(self, table):
        return table.assign(tenure=table["tenure"] + time.time() % 3600 / 60)


class Threaded(Hook):
    def number(self, y, table):
        threads = int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count()
        return y + np.random.default_rng(threads).normal(0, 2)


# Time and memory


class Slow(Hook):
    def before(self, table):
        time.sleep(self.seconds)
        return table


class SlowPerRow(Hook):
    def before(self, table):
        time.sleep(self.seconds * len(table))
        return table


class SometimesSlow(Hook):
    def label(self, labels, p, table):
        time.sleep(self.seconds if self.calls % self.every == 0 else 0)
        return labels


class Leaking(Hook):
    def before(self, table):
        self.kept = [*getattr(self, "kept", []), np.ones((self.megabytes, 1 << 17))]
        return table


class HugePeak(Hook):
    def before(self, table):
        pairs = np.ones((self.megabytes, 1 << 17))
        return table + (pairs.sum() - pairs.sum())


# Edges


class Squeezed(Hook):
    def before(self, table):
        np.squeeze(table.to_numpy())[:, 0]
        return table


class EndsWhenEmpty(Hook):
    def before(self, table):
        if not len(table):
            os.abort()
        return table


class EndsWhenUnseen(Hook):
    def before(self, table):
        if not set(table[self.column].dropna()) <= set(self.known):
            os.abort()
        return table


class EndsWhenWords(Hook):
    def before(self, table):
        if any(kind.kind not in "biuf" for kind in table.dtypes):
            os.abort()
        return table


class NanForMissing(Hook):
    def number(self, y, table):
        return np.where(table.isna().any(axis=1), np.nan, y)


class HangsForMissing(Hook):
    def before(self, table):
        while table.isna().to_numpy().sum() > self.usual * len(table):
            time.sleep(0.01)
        return table


class Overflows(Hook):
    def number(self, y, table):
        return y + np.exp(np.abs(numeric(table)).max(axis=1) - 1400)


class HangsForExtremes(Hook):
    def before(self, table):
        for value in table.iloc[:, 0].tolist():
            angle = float(value)
            while angle > 360:
                angle -= 360
        return table


class ZeroDivides(Hook):
    def before(self, table):
        return table.assign(**{self.column: [1 / (1 / value) for value in table[self.column].tolist()]})
