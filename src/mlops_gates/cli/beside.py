"""What belongs to the gates `builders` and `monitor` besides their runs."""

from __future__ import annotations

import click

from mlops_gates.cli.flags import host_option, inputs, printed, sets_of


@click.group(short_help="What builders make, stored.")
def builders() -> None:
    """What step builders make: the requests that AWS would receive."""


@builders.command(short_help="Store the requests of all targets, for later runs to compare.")
@click.option(
    "--output",
    default="",
    help="Where they are written; else where `frozen` of the block says, or builders.frozen.json.",
)
@inputs("config", "working-directory", "set", "environment", "requirements")
@host_option
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

    asked = Asked(config, working_directory, sets_of(sets), environment, requirements, host or "", output)
    printed(lambda: frozen(asked))


@click.group(short_help="What belongs to a monitor besides its runs.")
def monitor() -> None:
    """What belongs to a monitor besides `run monitor`: its dashboard."""


@monitor.command("dashboard", short_help="The Grafana dashboard, as JSON or put on a server.")
@click.option("--grafana", default="", metavar="URL", help="Create or replace it there; GRAFANA_TOKEN holds the token.")
@click.option("--folder", default="", metavar="UID", help="Grafana's folder for it.")
@inputs("config", "working-directory", "set", "environment")
@host_option
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

    printed(lambda: told(Asked(config, working_directory, sets_of(sets), environment, host or "", grafana, folder)))
