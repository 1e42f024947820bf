"""Asks a model at its edges, and says in which of a few ways each request ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from mlops_gates.errors import CheckError
from mlops_gates.gates.model import edgecaseframes as made
from mlops_gates.gates.model.scope import ModelScope
from mlops_gates.models import frames
from mlops_gates.records import dataclass
from mlops_gates.worker.client import Prediction
from mlops_gates.worker.failures import BadAnswer, Ended, OutOfMemory, PredictFailed, Stopped, TimedOut, WorkerError
from mlops_gates.worker.job import Frame

_PATIENCE = 10.0
_LEAST = 1.0
_TOLERANCE = 1e-9
Kind = Literal["answered", "refused", "wrong answer", "ended", "hung", "skipped", "no time"]


@dataclass(frozen=True)
class Outcome:
    """How a request ended, and what it said. `same`: an answer is as in the usual order of columns."""

    kind: Kind
    words: str = ""
    same: bool = True


@dataclass(frozen=True)
class Case:
    """One request. `codeless`, where there is one, is asked when the first is refused: without columns of codes."""

    name: str
    title: str
    frame: Callable[[Frame], Frame]
    codeless: Callable[[Frame], Frame] | None = None


CASES = (
    Case("zeros", "where all numbers are zero", made.zeros, lambda frame: made.zeros(frame, codes=False)),
    Case("extremes", "with extreme numbers", made.extremes, lambda frame: made.extremes(frame, codes=False)),
    Case("missing", "with blanks", made.blanks),
    Case("unseen", "with a word never seen", made.unseen),
    Case("empty", "without rows", lambda frame: frames.take(frame, [])),
    Case("one_row", "with one row", lambda frame: frames.take(frame, [0])),
    Case("wrong_dtype", "with numbers as text", made.as_text),
    Case("wrong_order", "with columns in another order", made.turned),
)


def asked(scope: ModelScope, case: Case) -> Outcome:
    """How the case ended."""
    try:
        if case.name == "wrong_order":
            return _order(scope, case)
        outcome, _ = _asked(scope, case.frame(scope.frame))
        if outcome.kind == "refused" and case.codeless:
            again, _ = _asked(scope, case.codeless(scope.frame))
            if again.kind == "answered":
                outcome = Outcome("answered", "columns of few whole numbers left as they are")
        if case.name == "extremes" and outcome.kind == "answered":
            beyond, _ = _asked(scope, made.huge(scope.frame))
            return beyond if beyond.kind in ("ended", "hung") else outcome
        return outcome
    except made.NotApplicable as why:
        return Outcome("skipped", str(why))


def _order(scope: ModelScope, case: Case) -> Outcome:
    if not scope.model.base.named and scope.model.loaded.features is None:
        return Outcome("skipped", "it gets arrays and has no feature_names_in_")
    rows = frames.take(scope.frame, slice(0, 20))
    usual, before = _asked(scope, rows)
    outcome, after = _asked(scope, case.frame(rows))
    if before is None or after is None:
        return outcome if before is not None else usual
    return Outcome("answered", same=not scope.truth.changed(before, after, _TOLERANCE).any())


def _asked(scope: ModelScope, frame: Frame) -> tuple[Outcome, Prediction | None]:
    """One request within its own time; a session that ended before is begun anew by the asked model."""
    seconds = min(_PATIENCE, scope.context.seconds_left / 3)
    if seconds < _LEAST:
        return Outcome("no time", f"{scope.context.seconds_left:.0f} s are left"), None
    try:
        return Outcome("answered"), scope.model.predict(frame, seconds=seconds)
    except Stopped:
        raise
    except TimedOut:
        return Outcome("hung", f"no answer within {seconds:.0f} s"), None
    except (Ended, OutOfMemory) as error:
        return Outcome("ended", error.what), None
    except BadAnswer as error:
        return Outcome("wrong answer", error.what), None
    except PredictFailed as error:
        kind: Kind = "refused" if error.what.startswith("predict raised") else "wrong answer"
        return Outcome(kind, error.what), None
    except WorkerError:
        raise
    except CheckError as error:  # it was started anew as often as it may be
        return Outcome("no time", error.what), None
