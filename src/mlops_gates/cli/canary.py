"""`canary`: the steps of a canary, one by one."""

from __future__ import annotations

from typing import Any, cast

import click

from mlops_gates.cli.flags import FORMATS, F, format_option, host_option, inputs, sets_of
from mlops_gates.cli.running import run
from mlops_gates.inputs import INPUTS


@click.group(short_help="Shift traffic to a candidate, and back.")
def canary() -> None:
    """The steps of a canary: to a share of the traffic, to all of it, or back to what was before.

    What was before stands in a file (`canary.state`) until the canary is promoted or rolled back; with it a step that was cut
    off goes on (--resume), also after the process was killed. A second canary on the same endpoint is refused.
    """


def _canary_options(command: F) -> F:
    command = inputs("config", "working-directory", "set", "environment")(command)
    return host_option(format_option(*FORMATS)(command))


def _canary_step(command: str, sets: tuple[str, ...], form: str, host: str | None, **asked: Any) -> int:
    from mlops_gates.canarying import Asked, run

    workdir = asked.pop("working_directory")
    step: Any = command
    return run(Asked(step, workdir=workdir, sets=sets_of(sets), host=host or "", json=form == "json", **asked))


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
@inputs(*(one.name for one in INPUTS if one.name != "gates"))
@host_option
@format_option(*FORMATS)
def canary_monitor(
    duration: str, thresholds: str, state: str, resume: bool, sets: tuple[str, ...], **asked: Any
) -> int:
    """Watch the canary under way as the gate `canary` does, write every report, exit with the verdict.

    A decision `rollback` brings the traffic back; `promote` leaves it to `mlops-gates canary promote`.
    """
    from mlops_gates.canarying import Asked
    from mlops_gates.replaying import sets as told

    place = (asked["config"], asked["working_directory"], sets_of(sets), asked["environment"], asked["host"] or "")
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
@format_option(*FORMATS)
def canary_replay(samples: str, interval: str, looks: int, bake: int | None, margin: float, form: str) -> int:
    """Judge recorded samples look by look: a CSV with time, arm, metric and n, bad (or value), or a row per request.

    Exits with 0 for promote, 1 for rollback, 3 for inconclusive.
    """
    from mlops_gates.replaying import replay

    return replay(samples, interval, looks, bake, margin, form)
