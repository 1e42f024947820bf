"""model.fairness"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, Inconclusive, Skip
from mlops_gates.findings import Chance, Limit, Measurement
from mlops_gates.gates.model.fairness_groups import MOST_GROUPS, Grouping, groupings
from mlops_gates.gates.model.fairness_options import Fairness, FairnessOptions, Name
from mlops_gates.gates.model.scope import Beside, ModelScope
from mlops_gates.records import dataclass
from mlops_gates.stats import fairness as compared
from mlops_gates.stats import groups
from mlops_gates.stats.adjust import benjamini_hochberg
from mlops_gates.stats.fairness import FALSE_POSITIVE, RIGHT, RIGHT_POSITIVE, SELECTED
from mlops_gates.stats.groups import Apart, Means, Rates

_ALPHA = 0.05
_KINDS: dict[Name, tuple[str, ...]] = {
    "demographic_parity": (SELECTED,),
    "disparate_impact": (SELECTED,),
    "equal_opportunity": (RIGHT_POSITIVE,),
    "equalized_odds": (RIGHT_POSITIVE, FALSE_POSITIVE),
    "accuracy_gap": (RIGHT,),
}
_NUMERIC: tuple[Name, ...] = ("demographic_parity", "accuracy_gap")
_WORDS = {
    SELECTED: "share answered {}",
    RIGHT_POSITIVE: "true positive rate of {}",
    FALSE_POSITIVE: "false positive rate of {}",
    RIGHT: "accuracy",
}


@dataclass(frozen=True)
class _Seen:
    """One metric between the groups of one attribute. `sizes` and `usable` have the shape of the rates or means."""

    metric: Name
    grouping: Grouping
    made: Rates | Means
    apart: Apart | None
    words: tuple[str, ...]


def _asked(scope: ModelScope) -> Fairness | None:
    found: Fairness | None = getattr(scope.options, "fairness", None)
    return found


def _needs(scope: ModelScope) -> Iterator[Beside]:
    wanted = _asked(scope)
    if wanted:
        yield from map(Beside, wanted.attribute)


def _body(scope: ModelScope) -> Iterator[Measurement]:
    wanted = _asked(scope)
    assert wanted and scope.beside
    target = scope.options.target
    if target in wanted.attribute:
        where = scope.context.line("fairness", "attribute", wanted.attribute.index(target))
        raise CheckError(f"fairness.attribute: {target!r} is the target", where=where, next_step="Name another column.")
    others = [*(one.name for one in scope.frame.columns), *scope.options.drop]
    found = groupings(
        scope.context, scope.beside, scope.options.data, wanted.attribute, others, crossed=wanted.intersections
    )
    seen = [one for grouping in found for one in _seen(scope, wanted, grouping)]
    tested = [one.apart.p for one in seen if one.apart]
    chances = iter(benjamini_hochberg(tested))
    for one in seen:
        yield _measured(scope, wanted, one, next(chances) if one.apart else None)
    for grouping in found:
        yield from _small(scope, wanted, grouping, [one for one in seen if one.grouping is grouping])


def _seen(scope: ModelScope, wanted: Fairness, grouping: Grouping) -> Iterator[_Seen]:
    if len(grouping.rows) > MOST_GROUPS:
        raise Inconclusive(
            f"{grouping.title} has {len(grouping.rows):,} groups, more than {MOST_GROUPS}",
            where=scope.context.line("fairness", "attribute"),
            next_step="Name a column of fewer groups, such as ranges of the numbers.",
        )
    if not scope.truth.classifies:
        yield from _of_numbers(scope, wanted, grouping)
        return
    answers = scope.answers
    assert answers
    judged = compared.Judged(answers.truth, answers.predicted, grouping.codes, len(grouping.rows))
    classes = range(len(answers.classes)) if answers.positive is None else (answers.positive,)
    for metric in wanted.metrics:
        kinds = _KINDS[metric]
        rates = judged.rates(kinds, classes, wanted.min_group)
        apart = groups.ratio(rates) if metric == "disparate_impact" else groups.difference(rates)
        labels = [repr(answers.classes[one]) for one in classes]
        words = tuple(_WORDS[kind].format(one) for kind in kinds for one in (labels if kind != RIGHT else [""]))
        yield _Seen(metric, grouping, rates, apart, words)


def _of_numbers(scope: ModelScope, wanted: Fairness, grouping: Grouping) -> Iterator[_Seen]:
    metrics = [metric for metric in wanted.metrics if metric in _NUMERIC]
    if not metrics:
        raise Skip(f"fairness.metrics names rates alone ({', '.join(wanted.metrics)}), and the model answers numbers")
    for metric in metrics:
        if metric == "demographic_parity":
            values, words = scope.truth.values(scope.model.base)[:, 0] / scope.truth.spread, "mean answer in spreads"
        else:
            values, words = scope.truth.losses(scope.model.base), "mean absolute error in spreads"
        made = compared.means(values, grouping.codes, len(grouping.rows), wanted.min_group)
        yield _Seen(metric, grouping, made, groups.mean_difference(made), (f"{words} of the target",))


def _measured(scope: ModelScope, wanted: Fairness, seen: _Seen, p: float | None) -> Measurement:
    limit = _limit(scope, wanted, seen.metric)
    subject = f"{seen.metric} by {seen.grouping.title}"
    if seen.apart is None:
        return Measurement(
            CHECK.id, subject, seen.metric, None, "not measured", limit, reason=_why(wanted, seen), remedy=_MORE
        )
    apart, made, samples = seen.apart, seen.made, scope.context.samples
    values = made.hits / made.of.clip(1) if isinstance(made, Rates) else made.mean
    pair = [
        f"{_short(float(values[apart.rate, group]))} in {seen.grouping.called(group, samples)}"
        for group in (apart.low, apart.high)
    ]
    ends = f"90 % interval {_short(apart.interval.low)} to {_short(apart.interval.high)}"
    kind = "ratio" if seen.metric == "disparate_impact" else "difference"
    text = (
        f"{seen.words[apart.rate]} {pair[0]}, {pair[1]}: {kind} {_short(apart.value)} ({ends}, {apart.interval.method})"
    )
    found = Measurement(
        rule=CHECK.id,
        subject=subject,
        name=seen.metric,
        value=apart.value,
        text=text,
        limit=limit,
        interval=apart.interval,
        n=scope.frame.rows,
        remedy=CHECK.remedy,
    )
    # A limit that nobody set is not asked of groups that differ by no more than chance.
    if limit.implied and p is not None:
        found = replace(found, chance=Chance(p, _ALPHA, "Benjamini–Hochberg over attributes and metrics"))
    return found


def _limit(scope: ModelScope, wanted: Fairness, metric: Name) -> Limit:
    key = "min_disparate_impact" if metric == "disparate_impact" else "max_difference"
    implied = key not in wanted.model_fields_set
    where = scope.context.line("fairness", key)
    if metric == "disparate_impact":
        least = wanted.min_disparate_impact
        return Limit(least, None, f"at least {least:g}", where, implied)
    return Limit(None, wanted.max_difference, f"at most {wanted.max_difference:g}", where, implied)


def _why(wanted: Fairness, seen: _Seen) -> str:
    if len(seen.grouping.rows) == 1:
        return "all rows are in one group"
    enough = seen.made.usable.sum(axis=1)
    if int(enough.max(initial=0)) >= 2:
        return "no row is answered so in any group"
    below = {"equal_opportunity": "positive ", "equalized_odds": "positive, and negative, "}.get(seen.metric, "")
    return f"fewer than two groups have {wanted.min_group:,} {below}rows"


def _small(scope: ModelScope, wanted: Fairness, grouping: Grouping, seen: list[_Seen]) -> Iterator[Measurement]:
    """What was not looked at beside what was: groups that are too small, for all metrics or for one."""
    few = {group for group, rows in enumerate(grouping.rows) if rows < wanted.min_group}
    where = scope.context.line("fairness", "min_group")
    limit = Limit(float(wanted.min_group), None, f"at least {wanted.min_group:,}", where)
    if few and any(one.apart for one in seen):
        said = _called(scope, grouping, few)
        reason = f"{said} {'has' if len(few) == 1 else 'have'} fewer than {wanted.min_group:,} rows"
        yield _left_out(f"groups of {grouping.title}", "groups", reason, limit)
    for one in seen:
        rates = one.made.usable.shape[0]
        lacking = {group for group in range(len(grouping.rows)) if not one.made.usable[:, group].all()} - few
        if one.apart and lacking:
            reason = f"{_called(scope, grouping, lacking)}: fewer than {wanted.min_group:,} rows for "
            missing = [
                word for place, word in enumerate(one.words) if not one.made.usable[place, sorted(lacking)].all()
            ]
            reason += missing[0] + (f" and {len(missing) - 1} more of {rates} rates" if len(missing) > 1 else "")
            yield _left_out(f"{one.metric} of all groups of {grouping.title}", one.metric, reason, limit)


def _left_out(subject: str, name: str, reason: str, limit: Limit) -> Measurement:
    return Measurement(CHECK.id, subject, name, None, "not all compared", limit, reason=reason, remedy=_MORE)


def _called(scope: ModelScope, grouping: Grouping, some: set[int]) -> str:
    first = [grouping.called(group, scope.context.samples) for group in sorted(some)[:3]]
    more = f" and {len(some) - 3} more" if len(some) > 3 else ""
    return ", ".join(first) + more


def _short(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


_MORE = (
    "Judge it on more rows of these groups, join groups, or lower fairness.min_group knowing what so few rows can tell."
)

CHECK: Check[ModelScope] = Check(
    id="model.fairness",
    title="Groups of people are treated alike",
    help="The rows are grouped by each `attribute` (missing cells are a group of their own), with `intersections: true` by "
    "all of them together as well. Between the groups are compared: demographic_parity, the shares that are answered with "
    "the positive class (difference); disparate_impact, the same as a ratio of the lower to the higher; equal_opportunity, "
    "the true positive rates; equalized_odds, the larger of the differences of true and of false positive rates; "
    "accuracy_gap, the shares of right answers. What is judged is the largest difference (the smallest ratio) between any "
    "two groups with a 90 % interval: Newcombe's hybrid score for differences, the logarithm's after Katz for ratios, each "
    "widened for having chosen among all pairs (Bonferroni). Without `positive`, each class is taken for the positive one "
    "and the worst is judged. A regression is compared by its mean answer and its mean absolute error, both in spreads of "
    "the target (mean distance from its median), after Welch. Groups below `min_group` rows (30; for true and false positive "
    "rates so many positives or negatives) are inconclusive, and so is an attribute with one group. Differences are to be "
    "at most 0.1 and ratios at least 0.8 where the config says nothing; such a limit is asked only where the groups differ by "
    "more than chance (5 %, Benjamini–Hochberg over attributes and metrics). Groups are told by their place in the order of "
    "their values, by name with `report.samples: true`.",
    remedy="Look at how the groups differ in the training data; weigh or gather rows, drop a proxy, or choose cuts anew.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  fairness: {attribute: [gender, SeniorCitizen], intersections: true, max_difference: 0.1}\n",
    options=FairnessOptions,
    needs=_needs,
    body=_body,
)
