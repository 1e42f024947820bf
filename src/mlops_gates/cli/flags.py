"""The flags that several commands know, and how a command ends that cannot do its work."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

import click

from mlops_gates.inputs import INPUTS

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("text", "json")


def inputs(*names: str) -> Callable[[F], F]:
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


def host_option(command: F) -> F:
    """`--host`."""
    return click.option(
        "--host",
        type=click.Choice(["github", "gitlab", "codebuild", "local"]),
        default=None,
        help="The CI host; found in the environment where it is left out.",
    )(command)


def format_option(*names: str) -> Callable[[F], F]:
    """`--format`, one of these, of which the first is the default."""
    return click.option("--format", "form", type=click.Choice(names), default=names[0], show_default=True)


def reading_options(command: F) -> F:
    """How a CSV is read."""
    words = click.option("--null-values", default="", metavar="A,B", help="Words of a CSV that mean null, such as NA.")
    between = click.option("--delimiter", default="", help="What separates the fields of a CSV; found if left out.")
    return words(between(command))


def words(text: str) -> tuple[str, ...]:
    """The words between commas."""
    return tuple(word.strip() for word in text.split(",") if word.strip())


def sets_of(flags: tuple[str, ...]) -> tuple[str, ...]:
    """The lines of the input `set`, then the flags, which win."""
    variable = next(one.variable for one in INPUTS if one.name == "set")
    lines = [line.strip() for line in os.environ.get(variable, "").splitlines()]
    return (*(line for line in lines if line), *flags)


def fail(error: Exception) -> NoReturn:
    """Tell a fatal error outside `run`, and exit with its code."""
    from mlops_gates.textsafe import harmless

    click.echo(f"mlops-gates: {harmless(str(error))}", err=True)
    raise click.exceptions.Exit(getattr(error, "exit_code", 3))


def printed(text: Callable[[], str]) -> None:
    """Print what is made; an error ends the command with its code."""
    from mlops_gates.errors import GatesError

    try:
        click.echo(text(), nl=False)
    except GatesError as error:
        fail(error)
