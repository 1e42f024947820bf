"""What becomes of the traffic when a run is stopped in the middle: by a signal, or by the end of its time.

A CI host gives a cancelled job 7.5 to 10 seconds. That is enough to ask for the way back, and often to see it done; AWS takes
minutes for the latter. So it is asked for, the state says `rolling-back` from before on, and `canary rollback --resume` sees
the rest through.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mlops_gates.adapters import command
from mlops_gates.checks import crash
from mlops_gates.errors import GatesError
from mlops_gates.gates.canary import steps
from mlops_gates.gates.canary.routes import told
from mlops_gates.gates.canary.shifting import Work
from mlops_gates.gates.canary.statefile import State
from mlops_gates.gates.canary.waiting import RealClock

SECONDS = 3.0
"""For the way back. With the waiting before it and the reports after it, that fits into the 7.5 s of the most hurried host."""
TURN = 1.0
"""Seconds that the watching thread gets to let go of what it does; half of it once more after its command was killed."""


class Stopped(GatesError):
    """The run was stopped while this canary was watched."""


class Interruptible(RealClock):
    """The clock of this machine, whose pauses end when the run is stopped: with `Stopped`."""

    def __init__(self, stopped: threading.Event) -> None:
        self._stopped = stopped

    def sleep(self, seconds: float) -> None:  # type: ignore[override]
        """Wait. Raises Stopped."""
        if self._stopped.wait(seconds):
            raise Stopped("the canary was stopped in the middle of a step")


class Turns:
    """Who may move the traffic and write the state: the thread that watches, and after a stop who calls `stop`, alone.

    `work` is such whose pauses nobody ends, `keep` whether a stopped canary stays as it is; `tell` gets what became of it.
    """

    def __init__(self, stopped: threading.Event, work: Work | None, keep: bool, tell: Callable[[str], None]) -> None:
        self._stopped = stopped
        self._work = work
        self._keep = keep
        self._tell = tell
        self._turn = threading.Lock()

    @contextmanager
    def mine(self) -> Iterator[None]:
        """For the thread that watches. Raises Stopped where it is over."""
        with self._turn:
            if self._stopped.is_set():
                raise Stopped("the canary was stopped before it was decided")
            yield

    def stop(self) -> None:
        """For the main thread, after `stopped` was set: leaves the traffic as the options say, within five seconds.

        What hangs in a call is left behind in its thread, so that reports can be written.
        """
        if not self._turn.acquire(timeout=TURN):
            command.end_all()
            if not self._turn.acquire(timeout=TURN / 2):
                self._tell(f"stopped in the middle of a call that does not end. {_NEXT}")
                return
        try:
            leaving = threading.Thread(target=self._left, daemon=True)
            leaving.start()
            leaving.join(SECONDS)
            if leaving.is_alive():
                command.end_all()
                self._tell(f"STOPPED, AND THE ROLLBACK IS NOT DONE: it was asked for and does not end. {_NEXT}")
        finally:
            self._turn.release()

    def _left(self) -> None:
        work = self._work
        try:
            state = work.file.read() if work else None
        except GatesError as error:
            self._tell(f"THE TRAFFIC IS AS IT WAS, and nobody watches it: {error.sentence}")
            return
        if work is None or state is None or state.done:
            return
        if self._keep and state.phase != "rolling-back":
            self._tell(f"stopped: {_kept(state)}")
            return
        by_hand = work.route.by_hand(state.before)
        work.say(f"stopped: asking for {told(state.before)}. Should this log end here: {_NEXT} By hand: {by_hand}")
        try:
            done = steps.roll_back(work, state.note or "stopped before it was decided", SECONDS - 0.5)
            self._tell(f"Stopped, and rolled back: {done.route} has what it had before.")
        except GatesError as error:
            self._tell(f"STOPPED, AND THE ROLLBACK IS NOT DONE: {error.sentence} {_NEXT}")
        except Exception as error:  # noqa: BLE001 - our own bug, in a thread of which nobody would hear
            self._tell(f"STOPPED, AND THE ROLLBACK IS NOT DONE: {crash(error).sentence} {_NEXT}")


_NEXT = "`mlops-gates canary rollback --resume` brings the traffic back and sees that it is back."


def _kept(state: State) -> str:
    return (
        f"{state.candidate} keeps {100 * state.share:g} % of the traffic, and nobody watches it. "
        "`mlops-gates canary monitor --resume` goes on, `mlops-gates canary rollback` brings the traffic back."
    )
