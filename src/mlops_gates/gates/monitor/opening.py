"""Opens what a monitor looks at: the live rows of the window, the reference, tables beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from mlops_gates.checks import Context
from mlops_gates.errors import CheckError
from mlops_gates.gates.monitor.scope import Capture, MonitorOptions, MonitorScope
from mlops_gates.tables import engines, profiling, window
from mlops_gates.tables import profile as profiles
from mlops_gates.tables.asks import Rows
from mlops_gates.tables.capture import captured, of_hours
from mlops_gates.tables.driftlimits import SAMPLE
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.named import open_named
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import Profile
from mlops_gates.tables.source import Source
from mlops_gates.tables.window import Window


@contextmanager
def live(scope: MonitorScope) -> Iterator[None]:
    """Read the live rows of the window into the scope: `window`, and `opened` where there are rows."""
    name, options = scope.options.live, scope.options
    if name is None:
        yield
        return
    with ExitStack() as stack:
        with scope.context.reading(name, "live"):
            source = stack.enter_context(source_of(scope.context, options, name, _hours(scope)))
            if options.capture:
                columns = _captured_columns(scope, options.capture)
                shown = captured(source, columns, options.capture.prediction, going(scope.context))
                source = stack.enter_context(_closing(shown))
            if options.moments:
                end, memory = scope.now, scope.context.memory
                scope.window = window.within(source, options.moments, scope.start, end, memory, scope.context.on_cancel)
                if scope.window.source is None:
                    yield
                    return
                source = stack.enter_context(_closing(scope.window.source))
            table = engines.open_table(source, options.engine, scope.context.memory, {}, {})
            stack.callback(table.close)
            scope.context.on_cancel(table.interrupt)
            scope.opened = Plan(table, scope.context.repository_file)
            scope.opened.ask([Rows()])
            scope.opened.run()
            if not options.moments:
                scope.window = Window(scope.plan.rows, 0, 0, 0, None)
        yield


def _captured_columns(scope: MonitorScope, capture: Capture) -> Sequence[str]:
    """The features of a request: as they are named, else those of the reference. Raises CheckError where these are none."""
    if capture.columns is not None:
        return capture.columns
    asked = (getattr(scope.options, key, None) for key in ("labels", "estimate"))
    labels = {getattr(one, "truth", None) for one in asked}
    columns = [name for name in scope.reference.columns if name not in labels]
    if wrong := capture.twice(columns):
        raise CheckError(f"the columns of {scope.options.reference}: {wrong}", next_step="Name capture.columns.")
    return columns


def profile(scope: MonitorScope) -> Profile:
    """The reference as a profile. Raises CheckError that points at `reference`."""
    name, context = scope.options.reference, scope.context
    assert name, "asked of a block without a reference"
    with context.reading(name, "reference"):
        if profiles.is_profile(context.workdir / name):
            found = profiles.load(context.workdir / name, name)
        else:
            context.advance(f"profiling {name}")
            with table(scope, name) as plan:
                sample = getattr(getattr(scope.options, "drift", None), "sample", SAMPLE)
                columns = profiling.columns(plan, dict.fromkeys(plan.table.columns), sample) if plan.rows else {}
                found = Profile(name, "", plan.rows, columns)
        if not found.rows or not found.columns:
            raise CheckError(f"{name} has nothing to compare with", next_step="Look at the step that writes it.")
        return found


@contextmanager
def table(scope: MonitorScope, name: str) -> Iterator[Plan]:
    """A table beside the live rows, with its rows counted."""
    with source_of(scope.context, scope.options, name) as source:
        opened = DuckTable(source, scope.context.memory)
        scope.context.on_cancel(opened.interrupt)
        try:
            plan = Plan(opened, scope.context.repository_file)
            plan.ask([Rows()])
            plan.run()
            yield plan
        finally:
            opened.close()


@contextmanager
def source_of(
    context: Context, options: MonitorOptions, name: str, wanted: Callable[[str], bool] = lambda _: True
) -> Iterator[Source]:
    """The source of that name, of it the `wanted` files, closed at the end; `live` may be a name that only the engine knows."""
    if options.elsewhere and name == options.live and not (context.workdir / name).exists():
        yield engines.named(name, options.null_values, options.delimiter or ",")
        return
    seconds = max(1.0, context.seconds_left)
    source = open_named(name, context.workdir, options.null_values, options.delimiter, seconds, going(context), wanted)
    with _closing(source):
        yield source


def _hours(scope: MonitorScope) -> Callable[[str], bool]:
    """Which files of data capture may hold the window: months of it need not be fetched for the last day."""
    start, end = scope.start, scope.now
    if not scope.options.capture or start is None:
        return lambda _: True
    return lambda name: of_hours(name, start, end)


@contextmanager
def _closing(source: Source) -> Iterator[Source]:
    try:
        yield source
    finally:
        source.close()


def going(context: Context) -> Callable[[], None]:
    """What raises CheckError once the block is cancelled or its time is over."""

    def look() -> None:
        if context.cancel.is_set() or context.seconds_left <= 0:
            raise CheckError("reading was stopped")

    return look
