"""The commands. Each imports what it needs when it runs, so that the others start at once."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar, cast

import click

from mlops_gates import __version__
from mlops_gates.inputs import INPUTS, unknown

F = TypeVar("F", bound=Callable[..., Any])
_FORMATS = ("text", "json")


def main() -> NoReturn:
    """The entry point of the command; every way out of it has an exit code of the contract."""
    gc.set_threshold(20_000, 50, 100)  # a start makes much that stays
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = commands.main(prog_name="mlops-gates", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = _refused(error)
    except click.exceptions.Exit as ended:
        code = ended.exit_code
    except Exception as error:  # noqa: BLE001 - Python would exit with 1, which means that a check failed
        code = _crashed(error)
    code = code if isinstance(code, int) else 0
    try:
        sys.stdout.flush()
    except OSError:  # a full disk, a reader that went away: Python would exit with 120
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = code or 3
    sys.exit(code)


def process() -> NoReturn:
    """`main` as the whole of a process: it ends at once, for to forget all object by object takes the interpreter 25 ms."""
    try:
        main()
    except SystemExit as ended:
        with contextlib.suppress(OSError):
            sys.stderr.flush()
        os._exit(ended.code if isinstance(ended.code, int) else 3)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, message="mlops-gates %(version)s")
def commands() -> None:
    """The gate between a model and production.

    Exit codes: 0 passed or warned, 1 a check failed, 2 usage or config, 3 could not decide, 130 and 143 cancelled.
    """


def _inputs(*names: str) -> Callable[[F], F]:
    """The flags of these inputs: flag over environment variable over default."""

    def add(command: F) -> F:
        for one in reversed([one for one in INPUTS if one.name in names]):
            choices = click.Choice(one.options) if one.options and one.name != "annotations" else click.STRING
            many = one.name == "set"
            text = one.description.replace("`", "")
            shown = f"{text} [env {one.variable}]"
            option = click.option(
                f"--{one.name}",
                one.name.replace("-", "_").replace("set", "sets"),
                multiple=many,
                type=choices,
                envvar=None if many else one.variable,
                default=None if many else one.default,
                show_default=bool(one.default),
                metavar="KEY.PATH=VALUE" if many else None,
                help=shown,
            )
            command = option(command)
        return command

    return add


def _host_option(command: F) -> F:
    return click.option(
        "--host",
        type=click.Choice(["github", "gitlab", "codebuild", "local"]),
        default=None,
        help="The CI host; found in the environment where it is left out.",
    )(command)


def _format_option(*names: str) -> Callable[[F], F]:
    return click.option("--format", "form", type=click.Choice(names), default=names[0], show_default=True)


def _reading_options(command: F) -> F:
    words = click.option("--null-values", default="", metavar="A,B", help="Words of a CSV that mean null, such as NA.")
    between = click.option("--delimiter", default="", help="What separates the fields of a CSV; found if left out.")
    return words(between(command))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


def _sets(flags: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of the input `set`, then the flags, which win."""
    variable = next(one.variable for one in INPUTS if one.name == "set")
    lines = [line.strip() for line in os.environ.get(variable, "").splitlines()]
    return (*(line for line in lines if line), *flags)


def _refused(error: click.ClickException) -> int:
    """A wrong flag of `run` is told to the host and the reports like any other usage error."""
    context = getattr(error, "ctx", None)
    if context is not None and context.info_name == "run":
        from mlops_gates.asked import Inputs
        from mlops_gates.session import refuse

        known = {one.name: os.environ.get(one.variable) or one.default for one in INPUTS} | _spelled(sys.argv)
        refuse(
            Inputs(
                config=known["config"],
                workdir=known["working-directory"],
                report_dir=known["report-dir"],
                environment=known["environment"],
                host=known.get("host", ""),
            ),
            error.format_message(),
        )
    return 2


def _spelled(arguments: Sequence[str]) -> dict[str, str]:
    """Flags with their values, read without knowing them: the parser gave up on these arguments."""
    found = {}
    for place, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name.startswith("--"):
            found[name[2:]] = value if equals else "".join(arguments[place + 1 : place + 2])
    return found


def _crashed(error: Exception) -> int:
    import traceback

    from mlops_gates.textsafe import harmless

    click.echo(harmless("".join(traceback.format_exception(error))), err=True)
    click.echo("mlops-gates: this is a bug; please report it with the lines above", err=True)
    return 3


def _fail(error: Exception) -> NoReturn:
    """Tell a fatal error outside `run`, and exit with its code."""
    from mlops_gates.textsafe import harmless

    click.echo(f"mlops-gates: {harmless(str(error))}", err=True)
    raise click.exceptions.Exit(getattr(error, "exit_code", 3))


@commands.command(short_help="Run the gates, write the reports, exit with the verdict.")
@click.argument("gate", nargs=-1)
@_inputs(*(one.name for one in INPUTS))
@_host_option
@click.option(
    "--exit-zero", is_flag=True, help="Exit 0 where the verdict would exit 1 or 3; the outputs keep the truth."
)
@_format_option(*_FORMATS)
def run(
    gate: tuple[str, ...],
    gates: str,
    config: str,
    working_directory: str,
    sets: tuple[str, ...],
    requirements: str,
    report_dir: str,
    fail_on: str,
    annotations: str,
    environment: str,
    host: str | None,
    exit_zero: bool,
    form: str,
) -> int:
    """Run the gates (all configured ones by default), write every report, exit with the verdict."""
    from mlops_gates.asked import Inputs
    from mlops_gates.session import run as run_session

    names = gate or tuple(gates.replace(",", " ").split())
    return run_session(
        Inputs(
            gates=() if tuple(names) == ("all",) else tuple(names),
            config=config,
            workdir=working_directory,
            sets=_sets(sets),
            requirements=requirements,
            report_dir=report_dir,
            fail_on=fail_on,
            annotations=annotations,
            environment=environment,
            host=host or "",
            exit_zero=exit_zero,
            json=form == "json",
            unknown=unknown(os.environ),
        )
    )


@commands.command(short_help="Check the digests of RESULTS, exit with their verdict.")
@click.argument("results", default="mlops-gates-report/results.json")
@click.option("--model", default="", help="Where the model is now, if not where it was judged.")
@click.option("--data", default="", help="Where the data is now, if not where it was judged.")
@_inputs("working-directory", "fail-on")
@_host_option
def enforce(results: str, model: str, data: str, working_directory: str, fail_on: str, host: str | None) -> int:
    """Re-compute the digests that RESULTS binds, and exit with its verdict.

    A model, data or config file that changed after it was judged refuses, whatever --fail-on says.
    """
    from mlops_gates.enforcing import enforce as enforce_results
    from mlops_gates.errors import GatesError

    try:
        return enforce_results(results, working_directory, model, data, fail_on, host or "")
    except GatesError as error:
        _fail(error)


@commands.command(short_help="Render RESULTS again, in any format.")
@click.argument("results", default="mlops-gates-report/results.json")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "sarif", "junit", "codequality", "markdown", "html", "dotenv", "openmetrics"]),
    required=True,
)
def report(results: str, form: str) -> None:
    """Render RESULTS of an earlier run again, in any format, to standard output."""
    from mlops_gates.errors import GatesError
    from mlops_gates.rendering import rendered

    try:
        click.echo(rendered(results, form), nl=False)
    except GatesError as error:
        _fail(error)


@commands.command("list")
@_format_option(*_FORMATS)
def list_checks(form: str) -> None:
    """The gates and checks of this version."""
    from mlops_gates.catalogue import listed

    _printed(lambda: listed(form))


@commands.command(short_help="What one check means, and how to set it.")
@click.argument("check")
@_format_option(*_FORMATS)
def explain(check: str, form: str) -> None:
    """What CHECK means: its options with defaults, its remedy, an example."""
    from mlops_gates.catalogue import explained

    _printed(lambda: explained(check, form))


@commands.command("check-config", short_help="Validate a config; nothing runs.")
@_inputs("config", "working-directory", "set", "environment")
@_host_option
def check_config(
    config: str, working_directory: str, sets: tuple[str, ...], environment: str, host: str | None
) -> None:
    """Validate a config, each of its environments included; nothing runs."""
    from mlops_gates.catalogue import checked

    _printed(lambda: checked(config, working_directory, _sets(sets), environment, host or ""))


@commands.command()
def schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    from mlops_gates.catalogue import config_schema

    _printed(config_schema)


@commands.command(short_help="Write a first config, and the CI file that runs it, for a table.")
@click.option("--data", required=True, help="The table that later ones should be like.")
@_reading_options
@click.option("--output", default="mlops-gates.yml", show_default=True, help="Where the config is written.")
@click.option(
    "--host",
    type=click.Choice(["github", "gitlab", "codebuild"]),
    default=None,
    help="Also write the CI file of this host; none where it is left out.",
)
@click.option("--force", is_flag=True, help="Replace files that exist.")
def init(data: str, null_values: str, delimiter: str, output: str, host: str | None, force: bool) -> None:
    """Profile a table and write a config of its rules, which passes on it, to be read and corrected by you.

    It declares what all cells keep to now, with head-room so that another sample of the same population passes.
    """
    from mlops_gates.initial import Asked, written
    from mlops_gates.profiles import Reading

    _printed(lambda: written(Asked(data, output, host or "", force, Reading(_words(null_values), delimiter))))


@commands.command(short_help="Store what a table is like, or synthetic data made of it.")
@click.argument("file")
@_reading_options
@click.option("--output", default="", help="Where the profile is written; beside FILE where it is left out.")
@click.option(
    "--rare",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="The fewest rows of a category that is named; 1 names all.",
)
@click.option(
    "--synthesize", default="", metavar="OUT", help="Write test data like FILE to OUT (.csv, .parquet) instead."
)
@click.option(
    "--rows", type=click.IntRange(min=1), default=None, help="The rows of OUT; as many as FILE has otherwise."
)
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same rows.")
@click.option("--force", is_flag=True, help="Replace OUT where it exists.")
@_format_option(*_FORMATS)
def profile(
    file: str,
    null_values: str,
    delimiter: str,
    output: str,
    rare: int,
    synthesize: str,
    rows: int | None,
    seed: int,
    force: bool,
    form: str,
) -> None:
    """Profile FILE and store that, to be named as `reference:` in its place: types, nulls, how values are spread.

    A profile holds no rows, and no values of columns that look like identifiers or free text. It does hold the names of
    categories and the least and greatest numbers and dates.

    With --synthesize, test data is drawn instead: each column is spread as in FILE, and no row of FILE is among them.
    """
    from mlops_gates.profiles import Reading, profiled, synthesized

    how = Reading(_words(null_values), delimiter)
    if synthesize:
        if output:
            raise click.UsageError("--output names a profile, --synthesize a table: ask for one of them.")
        _printed(lambda: synthesized(file, synthesize, how, rows, seed, force))
        return

    def stored() -> str:
        text, warning = profiled(file, output, how, rare, form)
        click.echo(warning, nl=False, err=True)
        return text

    _printed(stored)


@commands.group(short_help="What builders make, stored.")
def builders() -> None:
    """What step builders make: the requests that AWS would receive."""


@builders.command(short_help="Store the requests of all targets, for later runs to compare.")
@click.option(
    "--output",
    default="",
    help="Where they are written; else where `frozen` of the block says, or builders.frozen.json.",
)
@_inputs("config", "working-directory", "set", "environment", "requirements")
@_host_option
def freeze(
    output: str,
    config: str,
    working_directory: str,
    sets: tuple[str, ...],
    environment: str,
    requirements: str,
    host: str | None,
) -> None:
    """Render the targets of the config's builders and store their requests; nothing is judged.

    A block with `frozen: builders.frozen.json` is compared with the file in later runs, and what changed fails. Values of
    hyperparameters and environment variables are stored as digests, secret-like values not at all.
    """
    from mlops_gates.freezing import Asked, frozen

    asked = Asked(config, working_directory, _sets(sets), environment, requirements, host or "", output)
    _printed(lambda: frozen(asked))


@commands.group(short_help="Shift traffic to a candidate, and back.")
def canary() -> None:
    """The steps of a canary: to a share of the traffic, to all of it, or back to what was before.

    What was before stands in a file (`canary.state`) until the canary is promoted or rolled back; with it a step that was cut
    off goes on (--resume), also after the process was killed. A second canary on the same endpoint is refused.
    """


def _canary_options(command: F) -> F:
    command = _inputs("config", "working-directory", "set", "environment")(command)
    return _host_option(_format_option(*_FORMATS)(command))


def _canary_step(command: str, sets: tuple[str, ...], form: str, host: str | None, **asked: Any) -> int:
    from mlops_gates.canarying import Asked, run

    workdir = asked.pop("working_directory")
    step: Any = command
    return run(Asked(step, workdir=workdir, sets=_sets(sets), host=host or "", json=form == "json", **asked))


_RESUME = "Go on with the canary that the state file tells of."


@canary.command("deploy", short_help="Shift the first share of the traffic to a candidate.")
@click.option("--candidate", "--model-id", default="", help="The version that is tried; else canary.candidate.")
@click.option(
    "--percentage",
    "--canary-percentage",
    default="",
    metavar="PERCENT",
    help="The candidate's shares before it is promoted, as 10 or 10,50; else canary.steps.",
)
@click.option(
    "--strategy",
    type=click.Choice(["canary", "linear", "blue-green", "shadow"]),
    default=None,
    help="Which shares come in which order; else canary.strategy.",
)
@click.option(
    "--duration",
    "--monitoring-duration",
    default="",
    help="How long it is to be watched (3600, 1h); kept in the state.",
)
@click.option("--thresholds", default="", metavar="FILE", help="Limits to watch it by; kept in the state.")
@click.option("--resume", is_flag=True, help=_RESUME)
@_canary_options
def canary_deploy(strategy: str | None, **asked: Any) -> int:
    """Shift the first share of the traffic to the candidate, wait until it is there, and see that it is."""
    return _canary_step("deploy", strategy=strategy or "", **asked)


@canary.command("promote", short_help="Give the candidate all of the traffic.")
@click.option("--override", default="", metavar="REASON", help="Promote without the verdict `promote`, or against it.")
@click.option("--resume", is_flag=True, help=_RESUME)
@_canary_options
def canary_promote(**asked: Any) -> int:
    """Give the candidate all of the traffic, and see that it has it. The canary is done then.

    It is refused unless `canary monitor` (or the gate) has decided `promote`; --override says why to do it all the same.
    """
    return _canary_step("promote", **asked)


@canary.command("rollback", short_help="Bring back what was before.")
@click.option("--resume", is_flag=True, help=_RESUME)
@_canary_options
def canary_rollback(**asked: Any) -> int:
    """Bring back the weights of before, see that they are back, and say what to do by hand where they are not."""
    return _canary_step("rollback", **asked)


@canary.command("monitor", short_help="Watch the canary, decide, and roll a failed one back.")
@click.option("--duration", "--monitoring-duration", default="", help="How long (3600, 1h); else what deploy was told.")
@click.option("--thresholds", default="", metavar="FILE", help="Fixed limits; else what deploy was told.")
@click.option("--state", default="", metavar="FILE", help="Another state file than canary.state of the config.")
@click.option("--resume", is_flag=True, help="Refuse where no canary is under way. Earlier looks are kept in any case.")
@_inputs(*(one.name for one in INPUTS if one.name != "gates"))
@_host_option
@_format_option(*_FORMATS)
def canary_monitor(
    duration: str, thresholds: str, state: str, resume: bool, sets: tuple[str, ...], **asked: Any
) -> int:
    """Watch the canary under way as the gate `canary` does, write every report, exit with the verdict.

    A decision `rollback` brings the traffic back; `promote` leaves it to `mlops-gates canary promote`.
    """
    from mlops_gates.canarying import Asked
    from mlops_gates.replaying import sets as told

    place = (asked["config"], asked["working_directory"], _sets(sets), asked["environment"], asked["host"] or "")
    step = Asked("monitor", *place, duration=duration, thresholds=thresholds, resume=resume)
    given = {"gate": ("canary",), "gates": "all", "exit_zero": False, **asked}
    given["sets"] = told(step, state)
    return cast("int", click.get_current_context().invoke(run, **given))


@canary.command("replay", short_help="Judge recorded samples.")
@click.argument("samples")
@click.option("--interval", default="60s", show_default=True, help="Length of a look.")
@click.option("--looks", default=0, help="Looks that were planned; else as many as are recorded.")
@click.option("--bake", default=None, type=int, help="Looks before a promotion; else two thirds.")
@click.option("--margin", default=1.5, show_default=True, help="A ratio below this is good enough for a promotion.")
@_format_option(*_FORMATS)
def canary_replay(samples: str, interval: str, looks: int, bake: int | None, margin: float, form: str) -> int:
    """Judge recorded samples look by look: a CSV with time, arm, metric and n, bad (or value), or a row per request.

    Exits with 0 for promote, 1 for rollback, 3 for inconclusive.
    """
    from mlops_gates.replaying import replay

    return replay(samples, interval, looks, bake, margin, form)


@commands.group(short_help="What belongs to a monitor besides its runs.")
def monitor() -> None:
    """What belongs to a monitor besides `run monitor`: its dashboard."""


@monitor.command("dashboard", short_help="The Grafana dashboard, as JSON or put on a server.")
@click.option("--grafana", default="", metavar="URL", help="Create or replace it there; GRAFANA_TOKEN holds the token.")
@click.option("--folder", default="", metavar="UID", help="Grafana's folder for it.")
@_inputs("config", "working-directory", "set", "environment")
@_host_option
def monitor_dashboard(
    grafana: str,
    folder: str,
    config: str,
    working_directory: str,
    sets: tuple[str, ...],
    environment: str,
    host: str | None,
) -> None:
    """Print the dashboard of the config's monitor, or put it on a Grafana with an annotation of the model's version.

    It shows what metrics.txt holds, through a Prometheus that scrapes it: each metric of `thresholds` with its limits.
    """
    from mlops_gates.dashboards import Asked, told

    _printed(lambda: told(Asked(config, working_directory, _sets(sets), environment, host or "", grafana, folder)))


@commands.command(short_help="Train a small real model and gate it.")
@click.option("--folder", default="mlops-gates-demo", show_default=True, help="Where the demo writes its files.")
def demo(folder: str) -> int:
    """Train a small model on real data that ships inside a dependency, and run every gate that needs no cloud."""
    from mlops_gates.demo import run_demo
    from mlops_gates.errors import GatesError

    try:
        return run_demo(folder)
    except GatesError as error:
        _fail(error)


def _printed(text: Callable[[], str]) -> None:
    from mlops_gates.errors import GatesError

    try:
        click.echo(text(), nl=False)
    except GatesError as error:
        _fail(error)


if __name__ == "__main__":
    main()
