"""model.interpretability"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, Inconclusive
from mlops_gates.findings import Limit, Location, Measurement
from mlops_gates.gates.model.interpretability_ways import Contributions, contributions
from mlops_gates.gates.model.scope import ALWAYS, ModelScope
from mlops_gates.options import Options, Text
from mlops_gates.stats.permutation_ranks import behind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ADDITIVE = 1e-4
"""How far contributions may be from their sum, relative to the largest answer; sums of 32-bit floats stay below."""


class Interpretability(Options):
    """How answers are explained, and what the explanations shall show."""

    method: Literal["auto", "permutation", "native", "shap"] = Field(
        "auto",
        description="permutation asks the model alone; native are contributions of XGBoost and LightGBM; shap needs shap "
        "beside the model. auto is native where there are some, else permutation.",
    )
    rows: int = Field(
        100,
        ge=2,
        le=10_000,
        description="Answers to explain; fewer by default, so that the model is asked for 3,000 rows at most.",
    )
    top: int = Field(5, ge=1, description="How many features count as leading.")
    expect: tuple[Text, ...] = Field(
        (), description="Features that must be among the `top` leading ones.", strict=False
    )

    @model_validator(mode="after")
    def _fits(self) -> Interpretability:
        if len(set(self.expect)) > self.top:
            raise ValueError(f"expect names {len(set(self.expect))} features for the {self.top} of `top`")
        return self


class InterpretabilityOptions(Options):
    """`interpretability`"""

    interpretability: Interpretability = Field(
        default_factory=Interpretability, description="What explanations of the answers shall show."
    )


def _asked(scope: ModelScope) -> Interpretability:
    found = getattr(scope.options, "interpretability", None)
    return found if isinstance(found, Interpretability) else Interpretability()


def _body(scope: ModelScope) -> Iterator[Measurement]:
    import numpy as np

    asked = _asked(scope)
    expected = tuple(dict.fromkeys(asked.expect))
    _known(scope, expected)
    rows = asked.rows if "rows" in asked.model_fields_set else None
    found = contributions(scope, asked.method, rows, expected)
    sizes = np.abs(found.parts)
    total = float(sizes.mean(axis=0).sum())
    yield _additive(scope, found, sizes.mean(axis=0), total)
    if total == 0:
        raise Inconclusive(
            f"no feature contributes anything to {len(sizes):,} answers: there is nothing to explain",
            where=scope.context.line("interpretability"),
            next_step="Look whether the model answers everything alike.",
        )
    for name in expected:
        yield _expected(scope, found, sizes, name, expected)


def _known(scope: ModelScope, expected: tuple[str, ...]) -> None:
    names = [one.name for one in scope.frame.columns]
    for place, name in enumerate(expected):
        if name not in names:
            close = difflib.get_close_matches(name, names, n=1)
            raise CheckError(
                f"the model gets no feature {name!r} from this data",
                where=scope.context.line("interpretability", "expect", place),
                next_step=f"Did you mean {close[0]!r}?" if close else "Name one of the columns that are no target.",
            )


def _additive(scope: ModelScope, found: Contributions, means: NDArray[np.float64], total: float) -> Measurement:
    first = sorted(zip(means.tolist(), found.names, strict=True), key=lambda pair: -pair[0])[: _asked(scope).top]
    shown = ", ".join(f"{name} {size / total:.0%}" for size, name in first if size > 0).replace("%", " %")
    rows = len(found.parts)
    return Measurement(
        rule=CHECK.id,
        subject="explanations",
        name="additivity",
        value=found.apart,
        text=f"contributions to {rows:,} answers ({found.method}) add up to within {found.apart:.1e} of the largest"
        + (f"; the leading features are {shown}" if shown else "; no feature contributes"),
        limit=Limit(None, _ADDITIVE, f"at most {_ADDITIVE:g}", scope.context.line("interpretability")),
        exact="the largest of all that were explained",
        n=rows,
        remedy="Answers that differ from one request to the next have no explanation: see model.reproducibility.",
    )


def _expected(
    scope: ModelScope, found: Contributions, sizes: NDArray[np.float64], name: str, expected: tuple[str, ...]
) -> Measurement:
    asked = _asked(scope)
    place = found.names.index(name)
    rivals = [number for number, other in enumerate(found.names) if other not in expected]
    rank = asked.top - len(expected) + 1
    least = min(1 / len(scope.frame.columns), 1 / (4 * asked.top))
    rival, value, interval = behind(sizes, place, rivals, rank, least, scope.options.seed)
    share = float(sizes[:, place].mean() / sizes.mean(axis=0).sum())
    edge = f"the {least:.1%} that a leading feature has" if rival is None else found.names[rival]
    ends = f"{interval.confidence:.0%} interval {interval.low:+.1%} to {interval.high:+.1%}"
    text = f"contributes {share:.1%} of all, {value:+.1%} beside {edge} ({ends}, {len(sizes):,} rows)"
    together = f" of which {len(expected)} are expected" if len(expected) > 1 else ""
    return Measurement(
        rule=CHECK.id,
        subject=name,
        name="expected_lead",
        value=value,
        text=text.replace("%", " %"),
        limit=Limit(0.0, None, f"among the leading {asked.top}{together}", _line(scope, name)),
        interval=interval,
        n=len(sizes),
        remedy="Look how this feature was made and joined at training; or expect another.",
    )


def _line(scope: ModelScope, name: str) -> Location:
    return scope.context.line("interpretability", "expect", _asked(scope).expect.index(name))


CHECK: Check[ModelScope] = Check(
    id="model.interpretability",
    title="Answers can be explained, by the features that should count",
    help="Answers to a sample of rows are split into what each feature contributes. By default these are Shapley values "
    "sampled from answers alone (Strumbelj and Kononenko 2014: features of another row are exchanged one after the other, "
    "in random orders that are walked back too), or the contributions of XGBoost and LightGBM where the model is one; "
    "`method: shap` takes SHAP's for trees. Contributions must be finite and add up to the answer that the model gave before, "
    "to within 1e-4 "
    "of the largest: those of a model that answers otherwise each time do not. The leading features, by mean absolute "
    "contribution, are told. Each feature of `expect` must be among the `top` (5) of them and have at least 1/features "
    "(or, if less, 1/(4 top)) of all contributions: its share less that of the one that would push the expected ones out, or "
    "less that least share, has a 90 % interval (bootstrap of rows), and the whole of it must be above 0. "
    "A model to which nothing contributes is inconclusive.",
    remedy="Compare the leading features with what is known of the subject.",
    example="model:\n  path: models/model.joblib\n  data: data/test.csv\n  target: Churn\n"
    "  interpretability: {expect: [tenure, Contract], top: 5}\n",
    options=InterpretabilityOptions,
    needs=lambda _: ALWAYS,
    body=_body,
)
