"""model.distribution"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.checks import Check, Seen
from mlops_gates.errors import Inconclusive, Skip
from mlops_gates.findings import Chance, Finding, Limit, Measurement, Severity, Status
from mlops_gates.gates.model import distribution_expected, distribution_reference
from mlops_gates.gates.model.distribution_options import Distribution, DistributionOptions
from mlops_gates.gates.model.scope import ALWAYS, Always, Beside, ModelScope
from mlops_gates.stats.drift import Drift, Effect
from mlops_gates.tables import drifted

_KEYS = {"new": "max_unseen", "vanished": "max_unseen"}
_NAMED = 5


def _asked(scope: ModelScope) -> Distribution:
    found: Distribution = getattr(scope.options, "distribution", None) or Distribution()
    return found


def _needs(scope: ModelScope) -> Iterator[Always | Beside]:
    yield from ALWAYS
    yield from map(Beside, _asked(scope).expected_stats)


def _body(scope: ModelScope) -> Iterator[Seen]:
    wanted = _asked(scope)
    if not scope.options.reference and not wanted.expected_stats and wanted.max_missing is None:
        raise Skip("no reference and no expected_stats in the config")
    if wanted.max_missing is not None:
        for column in scope.frame.columns:
            subject, keys = f"{column.name} missing", ("distribution", "max_missing")
            expected = wanted.expected_stats.get(column.name)
            if expected is None or expected.missing is None:
                yield distribution_expected.too_many_missing(scope, column, wanted.max_missing, keys, subject)
    yield from distribution_expected.measured(scope, wanted)
    if scope.options.reference:
        yield from _against_reference(scope, wanted)


def _against_reference(scope: ModelScope, wanted: Distribution) -> Iterator[Seen]:
    found = distribution_reference.compared(scope, wanted)
    told = [one for one in found if one.effects or one.reason]
    if not told:
        raise Inconclusive(
            f"no feature of {scope.options.data} is in {scope.options.reference} and can be compared",
            where=scope.context.line("reference"),
            next_step="Name what the model was trained on as `reference`, or fewer columns in distribution.ignore.",
        )
    undecided = [one for one in told if one.drifted is None]
    if "distribution" in scope.options.model_fields_set:
        for one in undecided:
            limit = Limit(float(wanted.min_rows), None, f"{wanted.min_rows:,}", scope.context.line("distribution"))
            yield Measurement(
                CHECK.id,
                one.column,
                "drift",
                None,
                f"not compared, {drifted.rows(one)}",
                limit,
                reason=one.reason,
                remedy=_MORE,
            )
    elif undecided:
        yield _left_out(scope, undecided)
    for one in told:
        if one.drifted is not None:
            yield _measured(scope, wanted, one)


def _left_out(scope: ModelScope, undecided: list[Drift]) -> Finding:
    """What nobody set a limit for and cannot be told warns."""
    names = ", ".join(one.column for one in undecided[:_NAMED])
    more = f" and {len(undecided) - _NAMED} more" if len(undecided) > _NAMED else ""
    return Finding(
        CHECK.id,
        "not compared",
        Status.WARNED,
        Severity.WARNING,
        f"{names}{more}: not compared with {scope.options.reference}: {undecided[0].reason}",
        scope.context.line("reference"),
        (),
        _MORE,
    )


def _measured(scope: ModelScope, wanted: Distribution, one: Drift) -> Measurement:
    worst = one.worst
    if worst is None:
        text = f"no effect has a limit, {drifted.rows(one)}"
        return Measurement(CHECK.id, one.column, "drift", 0.0, text, exact="nothing differs", n=one.n_current)
    p = 1.0 if worst.adjusted is None else worst.adjusted
    return Measurement(
        rule=CHECK.id,
        subject=one.column,
        name=worst.name,
        value=float(f"{worst.value:.7g}"),
        text=drifted.told(one, worst, one.effects),
        limit=_limit(scope, wanted, worst),
        exact="an effect between two tables; chance says whether it is more than noise",
        n=one.n_current,
        chance=Chance(p, wanted.alpha, "Benjamini–Hochberg over all columns"),
        remedy=CHECK.remedy,
    )


def _limit(scope: ModelScope, wanted: Distribution, worst: Effect) -> Limit:
    key = _KEYS.get(worst.name, f"max_{worst.name}")
    asked = key in wanted.model_fields_set
    where = scope.context.line("distribution", key) if asked else scope.context.line("reference")
    return Limit(None, worst.limit, f"at most {worst.limit:g}", where, implied=not asked)


_MORE = "Compare more rows, or lower distribution.min_rows knowing that small shifts go unseen."

CHECK: Check[ModelScope] = Check(
    id="model.distribution",
    title="The test data is like what the model was trained on",
    help="Where the block has a `reference` (the training data, or a profile of it), every feature is compared with it as "
    "data.drift does: numbers by Wasserstein distance in standard deviations of the reference and by Kolmogorov–Smirnov, "
    "categories by Jensen–Shannon, missing cells by the Jensen–Shannon distance of their shares (each at most 0.1), new and "
    "vanished categories by their share of the rows (0). Beyond its limit a feature fails only where chance does not explain "
    "it: p-values of all tests of all features are adjusted together (`alpha`: 1 %, Benjamini–Hochberg). Sides of fewer "
    "than 200 rows (`min_rows`) are not compared, which warns, and is inconclusive where the config has `distribution`. Of "
    "`expected_stats` the mean is held against the expected one in expected standard deviations (90 % interval: Student's "
    "t), the standard deviation in shares of the expected one (interval on the logarithm after Bonett), both at most 0.1 "
    "(`max_deviation`); no value may be below min or above max, and the share of missing cells at most `missing`. "
    "`max_missing` is the same for every feature. Dates are not compared, text of more than 1,000 values by its missing "
    "cells only. Without a reference and expected numbers the check is skipped.",
    remedy="Judge the model on data like that it is for, or train it again on data like this.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n  reference: data/train.csv\n"
    "  distribution: {max_wasserstein: 0.2, expected_stats: {tenure: {mean: 32, std: 24, min: 0, max: 72}}}\n",
    options=DistributionOptions,
    needs=_needs,
    body=_body,
)
