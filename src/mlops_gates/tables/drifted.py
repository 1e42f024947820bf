"""What two gates say of a column that drifted, and which limits a config sets for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mlops_gates.stats.drift import Drift, Effect, Limits

_WORDS = {
    "wasserstein": ("Wasserstein", " standard deviations"),
    "ks": ("Kolmogorov–Smirnov", ""),
    "js": ("Jensen–Shannon", ""),
    "psi": ("PSI", ""),
    "nulls": ("Jensen–Shannon of the nulls", ""),
    "new": ("rows with new values", ""),
    "vanished": ("rows of the reference with values that are gone", ""),
}


class Limited(Protocol):
    """Config keys that bound a drift; each effect has one."""

    @property
    def max_wasserstein(self) -> float | None: ...
    @property
    def max_ks(self) -> float | None: ...
    @property
    def max_js(self) -> float | None: ...
    @property
    def max_psi(self) -> float | None: ...
    @property
    def max_nulls(self) -> float | None: ...
    @property
    def max_unseen(self) -> float | None: ...


def limits(wanted: Limited) -> Limits:
    """The limits that a config sets."""
    return Limits(
        wasserstein=wanted.max_wasserstein,
        ks=wanted.max_ks,
        js=wanted.max_js,
        psi=wanted.max_psi,
        nulls=wanted.max_nulls,
        unseen=wanted.max_unseen,
    )


def told(one: Drift, worst: Effect, effects: Sequence[Effect]) -> str:
    """The worst effect, the others, what chance says, and the rows of both sides."""
    others = ", ".join(_said(effect) for effect in effects if effect is not worst and effect.value)
    return f"{_said(worst)}{f' ({others})' if others else ''}, {_chance(worst)}, {rows(one)}"


def rows(one: Drift) -> str:
    """The rows of both sides."""
    return f"{one.n_current:,} rows against {one.n_reference:,} of the reference"


def _said(effect: Effect) -> str:
    name, unit = _WORDS[effect.name]
    return f"{name} {effect.value:.2g}{unit}"


def _chance(effect: Effect) -> str:
    if effect.adjusted is None:
        return "not tested"
    return "adjusted p < 0.0001" if effect.adjusted < 1e-4 else f"adjusted p {effect.adjusted:.2g}"
