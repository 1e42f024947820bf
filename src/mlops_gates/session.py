"""One `run` from its inputs to its exit code: the only place, with `cli`, that knows every collaborator."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from mlops_gates import __version__, config, evidence, gathering, naming, notifying, policy, registry, runner
from mlops_gates.adapters.git import Repository
from mlops_gates.asked import TRUTHS, Inputs
from mlops_gates.checks import Context, crash
from mlops_gates.config import Block, Config, Shape
from mlops_gates.digests import CODE, Bound, Digests
from mlops_gates.errors import ConfigError, GatesError, UsageError
from mlops_gates.findings import Finding, GateResult, Location, Report, Severity, Status, Subject, Tool
from mlops_gates.hosts import NAMES, Host, by_name, detect
from mlops_gates.layers import Place
from mlops_gates.options import Policy
from mlops_gates.progress import Progress
from mlops_gates.reporters import console, live, results, summary
from mlops_gates.reporters.text import fenced
from mlops_gates.reportfolder import ReportFolder, catalogue_of
from mlops_gates.signals import Signals
from mlops_gates.unplugged import unplugged
from mlops_gates.wording import nearest

CANCELLED = (130, 143)
"""Who cancels a run knows it, and waits for its end."""


def shape() -> Shape:
    """The gates of this version, as the config may name them."""

    def rules() -> tuple[str, ...]:
        return tuple(check.id for _, check in registry.every_check())

    return Shape(registry.gate_names(), lambda name: registry.room(name).gate.block(registry.room(name).checks), rules)


def host_of(name: str) -> Host:
    """The host of that name, or the one that the environment shows."""
    return by_name(name, os.environ) if name else detect(os.environ)


def run(inputs: Inputs) -> int:
    """Run the gates, write every report, return the process's exit code."""
    signals = Signals.install()
    session = Session(inputs, host_of(inputs.host))
    try:
        report = session.judged()
    except GatesError as error:
        report = session.ended(error)
    except Exception as error:  # noqa: BLE001 - our own bug must end as errored, with reports
        report = session.ended(crash(error))
    signals.ignore()
    code = session.deliver(report)
    if session.left_behind:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)  # a thread that does not stop must not keep the process
    return code


def refuse(inputs: Inputs, what: str) -> None:
    """Write the reports of a run whose flags were refused before it could be asked anything."""
    session = Session(inputs, host_of(inputs.host if inputs.host in NAMES else ""))
    session.deliver(session.ended(UsageError(what, next_step="`mlops-gates run --help` lists flags and inputs.")))


def private(files: Sequence[tuple[str, Bound]]) -> Iterator[Path]:
    """What code that is not ours must not read."""
    for role, path in files:
        if isinstance(path, Path) and role not in ("model", CODE, "requirements"):
            yield from naming.files(path) if naming.is_pattern(path) else (path,)


class Session:
    """What one run knows while it goes on."""

    def __init__(self, inputs: Inputs, host: Host) -> None:
        self.inputs = inputs
        self.host = host
        self.began = time.monotonic()
        self.started = datetime.now(UTC).isoformat(timespec="seconds")
        self.workdir = Path(inputs.workdir).absolute()
        self.repository = Repository.around(self.workdir, host.root())
        base = self.workdir if self.workdir.is_dir() else Path.cwd()
        self.folder = ReportFolder(base / inputs.report_dir)
        self.out: TextIO = sys.stderr if inputs.json else sys.stdout
        with unplugged():
            self.policy = Policy()
        self.subjects: tuple[Subject, ...] = ()
        self.results: dict[int, GateResult] = {}
        self.tasks: list[runner.Task] = []
        self.blocks: Sequence[Block] = ()
        self.where = Location(self.repository.name(self.workdir / inputs.config), 1)
        self.left_behind = False

    def judged(self) -> Report:
        """The report of a run that was not cut short. Raises GatesError for one that was."""
        if not self.workdir.is_dir():
            raise UsageError(f"there is no folder {self.inputs.workdir}", next_step="See `working-directory`.")
        self._promise()
        self.inputs.refuse()
        loaded = self._config()
        self.policy = loaded.policy
        blocks = self.blocks = self._chosen(loaded)
        requirements = self.workdir / self.inputs.requirements if self.inputs.requirements else None
        files = gathering.files(loaded, blocks, self.workdir, requirements)
        digests = Digests(files, self.workdir, [self.folder.path], evidence.elsewhere)
        with self._progress() as progress:
            seconds = _seconds(loaded, blocks)
            end = time.monotonic() + seconds
            digests.start()
            judge = policy.Judge(loaded.policy, datetime.now(UTC).date())
            self.tasks = [self._task(loaded, block, files) for block in blocks]
            try:
                runner.run(self.tasks, seconds, progress, self._judging(judge, progress))
                digests.finish(end)
            finally:
                self.left_behind = digests.stop() or any(task.cancel.is_set() for task in self.tasks)
                self.subjects = digests.subjects
        digests.unchanged()
        gates = self._gates()
        report = self._report(policy.verdict(gates), policy.exit_code(policy.verdict(gates)), None)
        return replace(report, notes=judge.notes(gates))

    def ended(self, error: GatesError) -> Report:
        """The report of a run that `error` cut short; what was done until then is in it."""
        finding = Finding(
            error.rule, "", Status.ERRORED, Severity.ERROR, error.what, error.where or self.where, (), error.next_step
        )
        others = tuple(str(one) for one in getattr(error, "errors", ())[1:])
        return replace(self._report(Status.ERRORED, error.exit_code, finding), notes=others)

    def deliver(self, report: Report) -> int:
        """Write the folder, print the report, tell the host; return the process's exit code.

        The host is told last: a job whose log or reports could not be written must not have said that it passed.
        """
        complaints: list[str] = []
        report = self._written(report, complaints)
        try:
            self._print(report, "" if complaints else self.folder.shown)
        except OSError as error:
            report = self._unwritten(report, f"the report cannot be printed: {error.strerror or error}")
            self._written(report, complaints)
        if report.exit_code not in CANCELLED:
            complaints += notifying.notify(self.blocks, report)
        complaints += self.host.deliver(self.folder.outputs(report), summary.render(report))
        for complaint in complaints:
            sys.stderr.write(self.host.clean(f"mlops-gates: {complaint}\n"))
        return policy.process_exit(report.exit_code, report.status, self.inputs.fail_on, self.inputs.exit_zero)

    def _written(self, report: Report, complaints: list[str]) -> Report:
        """The report as it stands after it was written; one that could not be is no pass any more."""
        try:
            self.folder.write(report, catalogue_of([check.check for _, check in report.checks]))
        except OSError as error:
            complaints.append(f"the reports cannot be written to {self.folder.shown}: {error.strerror or error}")
            return self._unwritten(report, complaints[0])
        return report

    def _unwritten(self, report: Report, what: str) -> Report:
        if report.exit_code != 0:
            return report
        step = "Name a writable folder, look for a full disk."
        finding = Finding("run.errored", "", Status.ERRORED, Severity.ERROR, what, self.where, (), step)
        return replace(report, status=Status.ERRORED, exit_code=3, fatal=finding)

    def _print(self, report: Report, folder: str) -> None:
        colour = self.host.ansi or (self.out.isatty() and not os.environ.get("NO_COLOR"))
        width = shutil.get_terminal_size((100, 24)).columns
        unicode = console.speaks_unicode(self.out)
        if self.host.folds and any(report.measurements):
            self.host.fold("What was measured", console.measurements(report), self.out)
        self.out.write(console.render(report, colour=colour, width=width, unicode=unicode, folder=folder))
        if TRUTHS.get(self.inputs.annotations, True):
            self.host.annotate(report.findings, self.out)
        if self.inputs.json:
            sys.stdout.write(fenced("json", results.render(report)))
        self.out.flush()

    def _promise(self) -> None:
        """An errored verdict before anything else: whatever kills us, no earlier pass is left to be read."""
        finding = Finding(
            "run.errored",
            "",
            Status.ERRORED,
            Severity.ERROR,
            "the run was killed before it could decide",
            self.where,
            (),
            "Look at the log of the job: memory, time limit, a runner that went away?",
        )
        report = self._report(Status.ERRORED, 3, finding)
        try:
            self.folder.write(report, {})
        except OSError as error:
            raise GatesError(
                f"the reports cannot be written to {self.folder.shown}: {error.strerror or error}",
                next_step="Name a writable folder with --report-dir.",
            ) from None
        self.host.deliver(self.folder.outputs(report), "")  # what it complains of, the end will say again

    def _config(self) -> Config:
        inside = (self.host.root() or self.repository.root) if self.host.confined() else None
        place = Place(self.workdir, self.repository.name, inside)
        if self.inputs.requirements and not (self.workdir / self.inputs.requirements).is_file():
            raise UsageError(f"requirements: there is no file {self.inputs.requirements}")
        with unplugged():
            return config.load(self.inputs.config, place, shape(), self.inputs.environment, self.inputs.sets)

    def _chosen(self, loaded: Config) -> Sequence[Block]:
        known = registry.gate_names()
        wanted = self.inputs.gates
        for gate in wanted:
            if gate not in known:
                step = nearest(gate, known) or f"There are {', '.join(known)}."
                raise UsageError(f"there is no gate {gate!r}", where=self.where, next_step=step)
            if gate not in {block.gate for block in loaded.blocks}:
                raise ConfigError(
                    f"the gate {gate} was asked for, but the config does not mention it",
                    where=loaded.document.root,
                    next_step=f"Add a block `{gate}:`, or do not ask for it.",
                )
        return [block for block in loaded.blocks if not wanted or block.gate in wanted]

    def _task(self, loaded: Config, block: Block, files: Sequence[tuple[str, Bound]]) -> runner.Task:
        room = registry.room(block.gate)

        def context(
            deadline: float,
            cancel: threading.Event,
            advance: Callable[[str], None],
            on_cancel: Callable[[Callable[[], None]], None],
        ) -> Context:
            return Context(
                document=loaded.document,
                path=block.path,
                workdir=self.workdir,
                deadline=deadline,
                memory=block.options.memory or loaded.policy.memory,
                cancel=cancel,
                advance=advance,
                repository_file=self.repository.tracked,
                private=(
                    self.folder.path,
                    *private(files),
                ),
                samples=loaded.samples,
                requirements=self.workdir / self.inputs.requirements if self.inputs.requirements else None,
                on_cancel=on_cancel,
            )

        return runner.Task(room.gate, block.options, room.checks, context, loaded.document.line(block.path))

    def _judging(self, judge: policy.Judge, progress: Progress) -> Callable[[runner.Task], None]:
        def finished(task: runner.Task) -> None:
            place = self.tasks.index(task)
            result = judge.gate(task.gate.name, task.options.name, task.outcome, task.error, task.line, task.seconds)
            self.results[place] = result
            progress.finished(result)

        return finished

    def _gates(self) -> tuple[GateResult, ...]:
        return tuple(self.results[place] for place in sorted(self.results))

    def _report(self, status: Status, exit_code: int, fatal: Finding | None) -> Report:
        values, metrics = gathering.values(self.tasks, sorted(self.results), self.subjects)
        return Report(
            status=status,
            exit_code=exit_code,
            tool=Tool(version=__version__),
            gates=self._gates(),
            fatal=fatal,
            subjects=self.subjects,
            softened=tuple(result.softened for result in self._gates() if result.softened),
            values=values,
            metrics=metrics,
            environment=self.inputs.environment,
            started=self.started,
            seconds=round(time.monotonic() - self.began, 3),
        )

    def _progress(self) -> AbstractContextManager[Any]:
        if sys.stderr.isatty() and self.host.name == "local":
            return live.TerminalProgress(sys.stderr)
        return live.LogProgress(sys.stderr)


def _seconds(loaded: config.Config, blocks: Sequence[config.Block]) -> float:
    """Time for the whole run: what the policy says; where it says nothing, at least what the longest block takes."""
    asked = loaded.policy.timeout
    if "timeout" in loaded.policy.model_fields_set:
        return asked
    return max([asked, *(block.options.timeout + 60 for block in blocks if block.options.timeout > asked)])
