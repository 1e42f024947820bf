"""`list`, `explain`, `check-config`, `schema`: nothing runs."""

from __future__ import annotations

import click

from mlops_gates.cli.flags import FORMATS, format_option, host_option, inputs, printed, sets_of


@click.command("list")
@format_option(*FORMATS)
def list_checks(form: str) -> None:
    """The gates and checks of this version."""
    from mlops_gates.catalogue import listed

    printed(lambda: listed(form))


@click.command(short_help="What one check means, and how to set it.")
@click.argument("check")
@format_option(*FORMATS)
def explain(check: str, form: str) -> None:
    """What CHECK means: its options with defaults, its remedy, an example."""
    from mlops_gates.catalogue import explained

    printed(lambda: explained(check, form))


@click.command("check-config", short_help="Validate a config; nothing runs.")
@inputs("config", "working-directory", "set", "environment")
@host_option
def check_config(
    config: str, working_directory: str, sets: tuple[str, ...], environment: str, host: str | None
) -> None:
    """Validate a config, each of its environments included; nothing runs."""
    from mlops_gates.catalogue import checked

    printed(lambda: checked(config, working_directory, sets_of(sets), environment, host or ""))


@click.command()
def schema() -> None:
    """Print the JSON Schema of a config, for editors."""
    from mlops_gates.catalogue import config_schema

    printed(config_schema)
