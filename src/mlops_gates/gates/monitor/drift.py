"""monitor.drift"""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, Inconclusive
from mlops_gates.findings import Chance, Limit, Measurement
from mlops_gates.gates.monitor.scope import MonitorScope
from mlops_gates.options import Options, Share
from mlops_gates.stats import drift as statistics
from mlops_gates.stats.drift import Effect
from mlops_gates.tables import comparing, drifted
from mlops_gates.tables.asks import Column, Rows
from mlops_gates.tables.driftlimits import DriftLimits, key
from mlops_gates.tables.profile import ColumnProfile


class Drift(DriftLimits):
    """How far a column may be from the reference, as effects. 1 switches an effect off."""

    max_unseen: Share = Field(0.01, description="Share of the rows (0–1) with new, or with vanished, categories.")
    # Asked every hour, a rate of 0.05 wakes somebody for nothing more than once a day.
    alpha: float = Field(0.01, description="The false discovery rate over all columns of a run.", gt=0, lt=1)


class DriftOptions(Options):
    """`drift`"""

    drift: Drift | None = Field(
        None, description="How far live columns may drift from the reference: {} or left out for the defaults."
    )

    @model_validator(mode="after")
    def _two_sides(self) -> DriftOptions:
        if self.drift is not None and not (getattr(self, "live", None) and getattr(self, "reference", None)):
            raise ValueError("drift compares `live` with `reference`: set both")
        return self


def _wanted(scope: MonitorScope) -> Drift:
    return getattr(scope.options, "drift", None) or Drift()


def _compared(scope: MonitorScope) -> list[tuple[Column, ColumnProfile]]:
    """The columns that both sides have, read as they were in the reference."""
    wanted, before, live = _wanted(scope), scope.reference.columns, scope.plan.table.columns
    for name in wanted.columns:
        for side, there in ((scope.options.reference, before), (scope.options.live, live)):
            if name not in there:
                close = difflib.get_close_matches(name, list(there), n=1)
                raise CheckError(
                    f"drift.columns: {name!r} is no column of {side}",
                    where=scope.context.line("drift", "columns"),
                    next_step=f"Did you mean {close[0]!r}?" if close else "Columns are named letter by letter.",
                )
    names = wanted.columns or tuple(name for name in before if name in live)
    left_out = {*wanted.ignore, scope.options.moments}
    return [(Column(name, before[name].type), before[name]) for name in names if name not in left_out]


def _results(scope: MonitorScope) -> tuple[statistics.Drift, ...]:
    wanted, plan, sides = _wanted(scope), scope.plan, _compared(scope)
    every = plan.table.every(wanted.sample)
    plan.ask([Rows(every=every), *(ask for column, before in sides for ask in comparing.asks(column, before, every))])
    plan.run()
    plan.ask(ask for column, before in sides for ask in comparing.asks_then(plan, column, before, every))
    plan.run()
    pairs = [(one.name, comparing.tally(before), comparing.now(plan, one, before, every)) for one, before in sides]
    return statistics.compare(pairs, drifted.limits(wanted), wanted.alpha, wanted.min_rows)


def _body(scope: MonitorScope) -> Iterator[Measurement]:
    if scope.opened is None:
        raise Inconclusive("no live row lies in the window", where=scope.context.line("live"))
    found = _results(scope)
    if not found:
        raise Inconclusive(
            "no column of the reference is among the live ones and may be compared",
            where=scope.context.line("reference"),
            next_step="Name other columns in drift.columns or fewer in drift.ignore.",
        )
    scope.metrics["drifted_columns"] = float(sum(one.drifted is True for one in found))
    for one in found:
        yield _measured(scope, one)
    yield from _absent(scope)


def _measured(scope: MonitorScope, one: statistics.Drift) -> Measurement:
    judged = [effect for effect in one.effects if effect.limit is not None]
    worst = one.worst
    limit = _limit(scope, worst) if worst else None
    if worst is None or one.drifted is None:
        reason = one.reason or "the column has no values to compare"
        text = f"not compared, {drifted.rows(one)}"
        return Measurement(CHECK.id, one.column, "drift", None, text, limit, reason=reason, remedy=_MORE)
    scope.metrics[f"drift/{one.column}"] = float(f"{worst.value:.6g}")
    wanted = _wanted(scope)
    p = 1.0 if worst.adjusted is None else worst.adjusted
    return Measurement(
        rule=CHECK.id,
        subject=one.column,
        name=worst.name,
        value=float(f"{worst.value:.7g}"),
        text=drifted.told(one, worst, judged),
        limit=limit,
        exact="an effect between two tables; chance says whether it is more than noise",
        n=one.n_current,
        chance=Chance(p, wanted.alpha, "Benjamini–Hochberg over all columns"),
        remedy=CHECK.remedy,
    )


def _absent(scope: MonitorScope) -> Iterator[Measurement]:
    """Columns of the reference that live rows do not have: the label has no place there, a feature has."""
    wanted, live = _wanted(scope), scope.plan.table.columns
    truths = {getattr(getattr(scope.options, key, None), "truth", None) for key in ("labels", "estimate")}
    gone = [name for name in scope.reference.columns if name not in {*live, *wanted.ignore, *truths}]
    if wanted.columns or not gone:
        return
    named = ", ".join(gone[:5]) + (f" and {len(gone) - 5:,} more" if len(gone) > 5 else "")
    yield Measurement(
        rule=CHECK.id,
        subject="absent columns",
        name="absent_columns",
        value=float(len(gone)),
        text=f"live rows lack {len(gone):,} of the {len(scope.reference.columns):,} columns of the reference: {named}",
        warn=Limit(None, 0, "none", scope.context.line("drift", "ignore")),
        unit="columns",
        exact="counted, not estimated",
        remedy="Capture them too, or name them in drift.ignore.",
    )


def _limit(scope: MonitorScope, worst: Effect) -> Limit:
    return Limit(None, worst.limit, f"at most {worst.limit:g}", scope.context.line("drift", key(worst.name)))


_MORE = "Take a longer `duration`, or lower drift.min_rows knowing that small shifts go unseen."

CHECK: Check[MonitorScope] = Check(
    id="monitor.drift",
    title="Live data is spread as in the reference",
    help="Live rows of the window against the reference, by the same rule as data.drift: a column has drifted when an effect "
    "is above its limit and chance does not explain it, over all columns together (Benjamini–Hochberg). Numbers are "
    "compared by Wasserstein and Kolmogorov–Smirnov distance, categories by Jensen–Shannon, both by PSI where `max_psi` is "
    "set, besides nulls and new or vanished categories. Runs where `live` and `reference` are set. Columns of the "
    "reference that live rows lack warn.",
    remedy="Find out what changed in the world or in the pipeline; train again, or renew the reference when it is right.",
    example="monitor:\n  live: data/test.csv\n  reference: data/train.csv\n  time: moment\n  duration: 24h\n"
    "  drift: {max_psi: 0.2, ignore: [customerID]}\n",
    options=DriftOptions,
    needs=lambda scope: [True] if scope.options.live and scope.options.reference else [],
    body=_body,
)
