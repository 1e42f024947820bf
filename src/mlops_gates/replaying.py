"""`canary replay`: recorded samples through the canary's judge, and `canary monitor`: what the flags of it mean."""

from __future__ import annotations

import contextlib
import json
import math
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mlops_gates.canarying import Asked, shifting
from mlops_gates.errors import CheckError, GatesError, UsageError
from mlops_gates.gates.canary.judge import Judge, Verdict
from mlops_gates.gates.canary.plan import Metric, Plan
from mlops_gates.gates.canary.sources.samples import Samples
from mlops_gates.gates.canary.statefile import StateFile
from mlops_gates.layers import resolve
from mlops_gates.options import duration
from mlops_gates.textsafe import harmless, one_line

_CODES = {"promote": 0, "rollback": 1, "inconclusive": 3}


def replay(file: str, interval: str, looks: int, bake: int | None, margin: float, form: str) -> int:
    """Judge recorded samples and print every look; 0 for promote, 1 for rollback, 3 for inconclusive; 2 and 3 for errors."""
    try:
        return _replayed(file, interval, looks, bake, margin, form)
    except GatesError as error:
        sys.stderr.write(f"mlops-gates: {harmless(str(error))}\n")
        return error.exit_code


def _replayed(file: str, interval: str, looks: int, bake: int | None, margin: float, form: str) -> int:
    path = Path(file)
    if not path.is_file():
        what = f"{file} is no file" if path.exists() else f"there is no file {file}"
        raise UsageError(what, next_step="Name a CSV of samples: time, arm, metric, n, bad.")
    seconds = duration(interval)
    if seconds <= 0:
        raise UsageError(f"--interval {interval[:40]!r} is no duration", next_step="Write it as 60s or 1m.")
    given = list(Samples(path, seconds).looks())
    names = sorted({name for look in given for name in look.counts} | {name for look in given for name in look.values})
    if not names:
        raise CheckError(f"{file} has no metric", next_step="Its columns should be time, arm, metric, n, bad.")
    valued = {name for look in given for name in look.values}
    metrics = tuple(Metric(name, "value" if name in valued else "rate", margin=margin) for name in names)
    judge = Judge(Plan(metrics, looks=looks or max(2, len(given)), bake=bake))
    verdicts = []
    for look in given:
        verdicts.append(judge.look(look))
        if verdicts[-1].decision != "continue":
            break
    last = judge.end()
    lines = _json(verdicts, last) if form == "json" else _text(verdicts, last)
    sys.stdout.write("\n".join(lines) + "\n")
    return _CODES[last.decision]


def _text(verdicts: list[Verdict], last: Verdict) -> Iterator[str]:
    for number, verdict in enumerate(verdicts, 1):
        for name, seen in verdict.seen.items():
            ratio = "" if seen.ratio is None else f"  ratio so far {seen.ratio:.2f}"
            told = (
                seen.silent or f"{_of(seen.baseline)} {_of(seen.canary)}{ratio}  evidence {max(0.0, seen.evidence):.0%}"
            )
            yield f"{number:>4}  {one_line(name)}  {told}"
    yield f"{last.decision} after {last.looks} looks"
    yield from (f"  {one_line(reason, 300)}" for reason in last.reasons)


def _of(value: float | None) -> str:
    return "–" if value is None else f"{value:.4g}"


def _json(verdicts: list[Verdict], last: Verdict) -> Iterator[str]:
    looks = [{name: _finite(vars(seen)) for name, seen in verdict.seen.items()} for verdict in verdicts]
    told = {"decision": last.decision, "reasons": list(last.reasons), "looks": looks}
    yield json.dumps(told, indent=1, sort_keys=True, default=str, allow_nan=False)


def _finite(seen: Mapping[str, object]) -> dict[str, object]:
    """JSON has no infinity: where no ratio could be shown there is none."""
    return {name: None if isinstance(one, float) and math.isinf(one) else one for name, one in seen.items()}


def sets(asked: Asked, state: str) -> tuple[str, ...]:
    """What the flags of `canary monitor` set in the config; what `canary deploy` was told holds where a flag is left out.

    A config or a state that cannot be read is left to the run, which tells it in its reports.
    """
    more = (*asked.sets, *([f"canary.state={state}"] if state else ()))
    length, thresholds = asked.duration.strip(), asked.thresholds
    with contextlib.suppress(GatesError):
        place, block, where = shifting(replace(asked, sets=more))
        found = StateFile(resolve(place, block.state, where, "canary.state")).read()
        if found and not found.done:
            length = length or (f"{found.duration:.3f}".rstrip("0").rstrip(".") if found.duration else "")
            thresholds = thresholds or found.thresholds
    more += (
        (f"canary.duration={length}s" if _NUMBER.fullmatch(length) else f"canary.duration={length}",) if length else ()
    )
    more += ("canary.resume=true",) if asked.resume else ()
    return (*more, *([f"canary.thresholds={thresholds}"] if thresholds else ()))


_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
