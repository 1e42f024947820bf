"""`init`, `profile`, `demo`: files that a user goes on with."""

from __future__ import annotations

import click

from mlops_gates.cli.flags import FORMATS, fail, format_option, printed, reading_options, words


@click.command(short_help="Write a first config, and the CI file that runs it, for a table.")
@click.option("--data", required=True, help="The table that later ones should be like.")
@reading_options
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

    printed(lambda: written(Asked(data, output, host or "", force, Reading(words(null_values), delimiter))))


@click.command(short_help="Store what a table is like, or synthetic data made of it.")
@click.argument("file")
@reading_options
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
@format_option(*FORMATS)
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

    how = Reading(words(null_values), delimiter)
    if synthesize:
        if output:
            raise click.UsageError("--output names a profile, --synthesize a table: ask for one of them.")
        printed(lambda: synthesized(file, synthesize, how, rows, seed, force))
        return

    def stored() -> str:
        text, warning = profiled(file, output, how, rare, form)
        click.echo(warning, nl=False, err=True)
        return text

    printed(stored)


@click.command(short_help="Train a small real model and gate it.")
@click.option("--folder", default="mlops-gates-demo", show_default=True, help="Where the demo writes its files.")
def demo(folder: str) -> int:
    """Train a small model on real data that ships inside a dependency, and run every gate that needs no cloud."""
    from mlops_gates.demo import run_demo
    from mlops_gates.errors import GatesError

    try:
        return run_demo(folder)
    except GatesError as error:
        fail(error)
