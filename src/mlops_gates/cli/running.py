"""`run`, `enforce`, `report`: the verdict, and what was judged."""

from __future__ import annotations

import os

import click

from mlops_gates.cli.flags import FORMATS, fail, format_option, host_option, inputs, sets_of
from mlops_gates.inputs import INPUTS, unknown


@click.command(short_help="Run the gates, write the reports, exit with the verdict.")
@click.argument("gate", nargs=-1)
@inputs(*(one.name for one in INPUTS))
@host_option
@click.option(
    "--exit-zero", is_flag=True, help="Exit 0 where the verdict would exit 1 or 3; the outputs keep the truth."
)
@format_option(*FORMATS)
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
            sets=sets_of(sets),
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


@click.command(short_help="Check the digests of RESULTS, exit with their verdict.")
@click.argument("results", default="mlops-gates-report/results.json")
@click.option("--model", default="", help="Where the model is now, if not where it was judged.")
@click.option("--data", default="", help="Where the data is now, if not where it was judged.")
@inputs("working-directory", "fail-on")
@host_option
def enforce(results: str, model: str, data: str, working_directory: str, fail_on: str, host: str | None) -> int:
    """Re-compute the digests that RESULTS binds, and exit with its verdict.

    A model, data or config file that changed after it was judged refuses, whatever --fail-on says.
    """
    from mlops_gates.enforcing import enforce as enforce_results
    from mlops_gates.errors import GatesError

    try:
        return enforce_results(results, working_directory, model, data, fail_on, host or "")
    except GatesError as error:
        fail(error)


@click.command(short_help="Render RESULTS again, in any format.")
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
        fail(error)
