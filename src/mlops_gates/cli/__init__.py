"""The commands. Each imports what it needs when it runs, so that the others start at once."""

from __future__ import annotations

import contextlib
import gc
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from mlops_gates import __version__
from mlops_gates.cli.beside import builders, monitor
from mlops_gates.cli.canary import canary
from mlops_gates.cli.making import demo, init, profile
from mlops_gates.cli.running import enforce, report, run
from mlops_gates.cli.telling import check_config, explain, list_checks, schema
from mlops_gates.inputs import INPUTS


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


for _command in (
    *(run, enforce, report),
    *(list_checks, explain, check_config, schema),
    *(init, profile, demo),
    *(builders, canary, monitor),
):
    commands.add_command(_command)


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
