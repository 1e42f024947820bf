"""The monitor gate: is the model that is in production still what it was when it was gated?

Made for a schedule: it reads what was captured since, and exits with the verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from pydantic import create_model

from mlops_gates.checks import Check, Context, Outcome, observe
from mlops_gates.document import KeyPath
from mlops_gates.gates.monitor import opening
from mlops_gates.gates.monitor.scope import MOVING, MonitorOptions, MonitorScope, moment
from mlops_gates.options import BlockOptions, Options

ORDER = (
    "monitor.window",
    "monitor.drift",
    "monitor.performance",
    "monitor.estimate",
    "monitor.business",
    "monitor.service",
    "monitor.budget",
    "monitor.age",
    "monitor.trend",
)


class MonitorGate:
    """See the module."""

    name = "monitor"
    title = "The model in production is still what was gated"
    base = MonitorOptions

    def block(self, checks: Sequence[Check[MonitorScope]]) -> type[BlockOptions]:
        """A block is what the checks add to it."""
        bases = (*(check.options for check in checks if check.options is not Options), MonitorOptions)
        return create_model("MonitorBlock", __base__=cast("tuple[type[Any], ...]", bases))

    def subjects(self, options: BlockOptions) -> Iterable[tuple[str, KeyPath, str]]:
        """What stays as it is. What production writes goes on while it is read, and a verdict on it is of that moment."""
        assert isinstance(options, MonitorOptions)
        yield from (("data", keys, name) for keys, name in options.sources if keys not in MOVING)

    def run(
        self, context: Context, options: BlockOptions, checks: Sequence[Check[MonitorScope]], outcome: Outcome
    ) -> None:
        """Read the live rows of the window, then let every check that was asked for observe."""
        assert isinstance(options, MonitorOptions)
        now = moment(options.until) if options.until else datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        scope = MonitorScope(context, options, now)
        reading, *others = checks
        asked = [*([reading] if options.live else []), *(check for check in others if list(check.needs(scope)))]
        outcome.pending += asked
        if options.version:
            outcome.values["model-version"] = options.version
        outcome.facts["until"] = f"{now.isoformat(' ', 'seconds')} UTC"
        with opening.live(scope):
            for check in asked:
                context.advance(check.id)
                outcome.observed.append(observe(check, scope))
                outcome.pending.remove(check)
                outcome.metrics |= scope.metrics
        if scope.window:
            outcome.facts["live rows"] = f"{scope.window.inside:,} of {scope.window.rows:,}"
        outcome.facts |= scope.facts


GATE = MonitorGate()
