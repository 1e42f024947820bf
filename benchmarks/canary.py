"""What a look of the canary costs: ten metrics, a thousand intervals, and whether memory grows with them.

    python benchmarks/canary.py [--quick] [--check] [--write docs/performance.md]

A look is judged, and what the judge knows is turned to JSON, as it is written after each. The arms are alike and the plan is a
thousand looks long without a promotion before the end, so that no decision ends it. The state's size is that of its JSON.
Memory is what Python has allocated, as tracemalloc counts it, in a second pass.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
import tracemalloc

import numpy as np
from page import Limited, code, limits_table, measured_on, parser, publish, table

from mlops_gates.gates.canary.judge import Judge
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.streams import BASELINE, CANARY, Count, Look, Moments

SEED, MILLISECONDS, GROWTH = 20261121, 20.0, 1.1
RATES = {"error_rate": 0.01, "latency_above": 0.05, "missing_features": 0.02, "decision_churn": 0.08, "refused": 0.001}
VALUES = ("score_shift", "basket", "latency_s")
LIMITED = {"timeouts": 0.02, "unpaired": 0.03}
MARKS = (10, 100, 500, 1000)


def plan(looks: int) -> Plan:
    """Ten metrics: five rates and three means beside the baseline, two rates under a limit of their own."""
    rates = [Metric(name) for name in RATES]
    values = [Metric(name, "value", margin=0.1) for name in VALUES]
    limited = [Metric(name, against_baseline=False, limit=2 * rate) for name, rate in LIMITED.items()]
    return Plan((*rates, *values, *limited), looks=looks, bake=looks)


def drawn(looks: int) -> list[Look]:
    """Minutes of 4,000 requests of the baseline and 1,000 of the canary, which is as good."""
    draw = np.random.default_rng(SEED)
    made = []
    for number in range(looks):
        counts = {
            name: {arm: Count(n, int(draw.binomial(n, rate))) for arm, n in ((BASELINE, 4000), (CANARY, 1000))}
            for name, rate in {**RATES, **LIMITED}.items()
        }
        values = {}
        for name in VALUES:
            arms = {}
            for arm, n in ((BASELINE, 4000), (CANARY, 1000)):
                seen = draw.normal(10, 2, n)
                arms[arm] = Moments(n, float(seen.sum()), float((seen**2).sum()))
            values[name] = arms
        made.append(Look(60.0 * number, 60.0 * number + 60, counts, values))
    return made


def judged(looks: list[Look]) -> tuple[list[float], dict[int, int]]:
    """Milliseconds of each look, and bytes of the state after some of them. Raises SystemExit where a look was not judged."""
    judge, spent, sizes = Judge(plan(len(looks))), [], {}
    for number, look in enumerate(looks, 1):
        begun = time.perf_counter()
        verdict = judge.look(look)
        state = json.dumps(judge.state())
        spent.append(1000 * (time.perf_counter() - begun))
        if number in MARKS:
            sizes[number] = len(state)
        if verdict.looks != number:
            raise SystemExit(f"look {number} was not judged: {verdict.reasons}")
    return spent, sizes


def allocated(looks: list[Look]) -> tuple[int, int]:
    """Bytes that Python holds for the judge after the hundredth look and after the last."""
    tracemalloc.start()
    judge, early = Judge(plan(len(looks))), 0
    for number, look in enumerate(looks, 1):
        judge.look(look)
        if number == min(100, len(looks) // 2):
            early = tracemalloc.get_traced_memory()[0]
    late = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return early, late


def main() -> int:
    """Print and write the tables; with --check, 1 when a figure is over its limit."""
    options = parser(__doc__, 1).parse_args()
    looks = drawn(200 if options.quick else 1000)
    spent, sizes = judged(looks)
    early, late = allocated(looks)
    rows = [
        ("median look", f"{statistics.median(spent):.2f} ms"),
        ("slowest of a hundred", f"{sorted(spent)[len(spent) * 99 // 100 - 1]:.2f} ms"),
        *((f"state after look {number:,}", f"{size / 1024:.0f} KiB") for number, size in sizes.items()),
        ("Python's memory after look 100", f"{early / 1024:.0f} KiB"),
        (f"Python's memory after look {len(looks):,}", f"{late / 1024:.0f} KiB"),
    ]
    limited = [
        Limited(f"one look of ten metrics, median of {len(looks):,}", statistics.median(spent), MILLISECONDS, "ms"),
        Limited("the state after the last look / after the tenth", sizes[max(sizes)] / sizes[min(sizes)], GROWTH),
        Limited("memory after the last look / after the hundredth", late / early, GROWTH),
    ]
    head = ("ten metrics", "")
    publish("look", [measured_on(), "", *table(head, rows), "", *limits_table(limited)], options.write)
    return code(limited, options.check)


if __name__ == "__main__":
    sys.exit(main())
