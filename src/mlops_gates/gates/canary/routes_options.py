"""The config of what shifts traffic, and the route that it describes."""

from __future__ import annotations

import os
import re
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from mlops_gates.adapters.endpoints import Endpoints
from mlops_gates.errors import CheckError
from mlops_gates.gates.canary.routes import Route
from mlops_gates.gates.canary.routes_command import Commands, Told, words
from mlops_gates.gates.canary.routes_guardrails import Guardrails, Kind, Rollout
from mlops_gates.gates.canary.routes_sagemaker import Variants
from mlops_gates.gates.canary.statefile import Strategy
from mlops_gates.options import Duration, Options, Text

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*%")


LEAST = 1e-4
"""The least share: routers do not tell smaller ones from none."""


def _part(value: object) -> float:
    if isinstance(value, str) and (match := _PERCENT.fullmatch(value.strip())):
        value = float(match[1]) / 100
    if isinstance(value, int | float) and not isinstance(value, bool) and LEAST <= value <= 1:
        return float(value)
    raise ValueError("should be a share of the traffic such as 10 % or 0.1, at least 0.01 % and at most all")


def _asked(value: object) -> object:
    try:
        return words(value) if isinstance(value, str | list | tuple) else value
    except ValueError:
        raise ValueError("should be a command with all its quotes closed") from None


Part = Annotated[float, BeforeValidator(_part)]
Command = Annotated[tuple[str, ...], BeforeValidator(_asked), Field(min_length=1)]


class RolloutOptions(Options):
    """Deployment guardrails of SageMaker: AWS does the steps."""

    wait: Duration = Field(300.0, description="Between two steps, at most an hour.")
    termination_wait: Duration = Field(300.0, description="Before the old instances go, at most an hour.")
    timeout: Duration = Field(3600.0, description="For the whole deployment, 10 minutes to 8 hours.")
    rolling: bool = Field(False, description="Replace instances in batches, instead of blue/green.")
    alarms: tuple[Text, ...] = Field((), description="CloudWatch alarms that roll back, at most 10.", strict=False)


class RouteOptions(Options):
    """What shifts the traffic: `variants` or `guardrails` of a SageMaker endpoint, or a pair of commands or webhooks."""

    kind: Literal["variants", "guardrails", "command", "webhook"] = Field(
        "variants", description="What shifts: weights of variants, a guarded deployment, commands, webhooks."
    )
    region: str = Field("", description="The AWS region; that of the environment where it is left out.")
    endpoint_url: str = Field("", description="Another address of SageMaker, such as that of a VPC endpoint.")
    variant: str = Field("", description="The variant (or configuration) of the candidate; its version where left out.")
    rollout: RolloutOptions = Field(
        default_factory=lambda: RolloutOptions.model_validate({}), description="Of guardrails."
    )
    shift: Command | None = Field(None, description="A command that sets the share of the candidate.")
    state: Command | None = Field(None, description="A command that prints the share of the candidate as JSON.")
    shift_url: str = Field("", description="A webhook that sets the share of the candidate.")
    state_url: str = Field("", description="A webhook that answers the share of the candidate.")
    token_from: str = Field("", description="The environment variable with the webhooks' bearer token.")
    call_timeout: Duration = Field(60.0, description="For one command or webhook, altogether.")
    settle: Duration = Field(1800.0, description="For one shift to be done.")
    rollback: Duration = Field(1800.0, description="For a rollback, all its tries together.")
    lock: Literal["shared", "local"] = Field(
        "shared", description="Whether a tag on the endpoint keeps other machines out, or only a file of this one."
    )
    stale: Duration = Field(86_400.0, description="After this time a lock of another run is called stale.")

    @model_validator(mode="after")
    def _whole(self) -> RouteOptions:
        pairs = {"command": ("shift", "state"), "webhook": ("shift_url", "state_url")}
        for kind, pair in pairs.items():
            given = [name for name in pair if getattr(self, name)]
            if self.kind == kind and len(given) < len(pair):
                raise ValueError(f"kind {kind} needs {' and '.join(pair)}")
            if self.kind != kind and given:
                raise ValueError(f"{given[0]} is for kind {kind}, not {self.kind}")
        return self


def route(options: RouteOptions, endpoint: str, candidate: str, strategy: Strategy, first: float) -> Route:
    """The route that the options describe; nothing is asked yet. `first` is the share of its first step (0-1).

    Raises CheckError where the token's variable is not set, or where a guarded step is no whole percentage.
    """
    target = options.variant or candidate
    if options.kind == "variants":
        return Variants(Endpoints(options.region, options.endpoint_url), endpoint, target)
    if options.kind == "guardrails":
        return Guardrails(
            Endpoints(options.region, options.endpoint_url), endpoint, target, _rollout(options, strategy, first)
        )
    shift, state = (
        Told(command or (), url)
        for command, url in ((options.shift, options.shift_url), (options.state, options.state_url))
    )
    made = Commands(endpoint, target, shift, state, options.call_timeout, _token(options), options.token_from)
    made.mirrors = strategy == "shadow"
    return made


def _rollout(options: RouteOptions, strategy: Strategy, first: float) -> Rollout:
    kinds: dict[str, Kind] = {"canary": "canary", "linear": "linear"}
    kind: Kind = "rolling" if options.rollout.rolling else kinds.get(strategy, "blue-green")
    one = options.rollout
    percent = round(100 * first)
    if kind != "blue-green" and abs(100 * first - percent) > 1e-6:
        raise CheckError(f"a guarded step is a whole percentage, not {100 * first:g} %")
    return Rollout(kind, percent, int(one.wait), int(one.termination_wait), int(one.timeout), one.alarms)


def _token(options: RouteOptions) -> str:
    if not options.token_from:
        return ""
    if not (token := os.environ.get(options.token_from, "").strip()):  # files of secrets end with a line break
        raise CheckError(f"the environment has no {options.token_from}", next_step="Set it in the job's secrets.")
    if not (token.isascii() and token.isprintable()):
        raise CheckError(f"{options.token_from} has characters that no token has", next_step="Give the token alone.")
    return token
