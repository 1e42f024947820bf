"""The builders gate: what would AWS say of the request that this builder makes?

Code of builders runs in a worker of its own environment, without network and with credentials that are none. What it
renders is judged here, offline.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from pydantic import create_model

from mlops_gates.checks import Check, Context, Observed, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.findings import Finding, Status
from mlops_gates.gates.builders.building import definitions, environments
from mlops_gates.gates.builders.scope import BuildersOptions, BuildersScope
from mlops_gates.options import BlockOptions, Options

ORDER = (
    "builders.render",
    "builders.views",
    "builders.shape",
    "builders.resources",
    "builders.spot",
    "builders.storage",
    "builders.network",
    "builders.images",
    "builders.distribution",
    "builders.metrics",
    "builders.channels",
    "builders.secrets",
    "builders.tags",
    "builders.tuning",
    "builders.models",
    "builders.artifacts",
    "builders.endpoints",
    "builders.packages",
    "builders.processing",
    "builders.transform",
    "builders.pipeline",
    "builders.references",
    "builders.caching",
    "builders.policy",
    "builders.frozen",
    "builders.exercise",
)


class BuildersGate:
    """See the module."""

    name = "builders"
    title = "Builders make requests that AWS takes"
    base = BuildersOptions

    def block(self, checks: Sequence[Check[BuildersScope]]) -> type[BlockOptions]:
        """A block is what the checks add to it."""
        bases = (*(check.options for check in checks if check.options is not Options), BuildersOptions)
        return create_model("BuildersBlock", __base__=cast("tuple[type[Any], ...]", bases))

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """The definitions that are judged, and the code of the builders."""
        assert isinstance(options, BuildersOptions)
        files = [one.target for one in options.targets if one.target.endswith(".json")]
        for place, one in enumerate(options.targets):
            if one.target in files:
                yield "definition", ("targets", place), one.target
        frozen = getattr(options, "frozen", None)
        if frozen:
            yield "limits", ("frozen",), frozen
        for key, file in getattr(options, "archives", {}).items():
            yield "model", ("archives", key), file
        if len(files) < len(options.targets):
            for place, folder in enumerate(options.code):
                yield "code", ("code", place), folder

    def run(
        self, context: Context, options: BlockOptions, checks: Sequence[Check[BuildersScope]], outcome: Outcome
    ) -> None:
        """Render every target, then let every check observe."""
        assert isinstance(options, BuildersOptions)
        scope = BuildersScope(context, options)
        asked = [check for check in checks if check.options is Options or list(check.needs(scope))]
        outcome.pending += asked
        self.render(scope)
        for check in asked:
            context.advance(f"{check.id} ({len(outcome.pending)} left)")
            outcome.observed.append(observe(check, scope))
            outcome.pending.remove(check)
            if not scope.targets and _failed(outcome.observed[-1]):
                outcome.facts["not asked"] = "all other checks, since there is no request to judge"
                outcome.pending.clear()
                break
        requests = sum(len(one.requests) for one in scope.targets)
        outcome.facts |= {"targets": str(len(scope.every)), "requests": str(requests), **scope.facts}

    def render(self, scope: BuildersScope) -> None:
        """Fills `every` and `targets` of the scope, in the order of the config."""
        run = environments.rendered(scope)
        for place, one in enumerate(scope.options.targets):
            if one.target.endswith(".json"):
                scope.every.append(definitions.read(scope, place, one))
            else:
                scope.every += run.get(place, [])
        scope.targets = [one for one in scope.every if one.requests]


def _failed(observed: Observed) -> bool:
    return any(isinstance(one, Finding) and one.status is Status.FAILED for one in observed.seen)


GATE = BuildersGate()
