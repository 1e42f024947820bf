"""builders.secrets"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gates.gates.builders.requests import secrecy
from mlops_gates.gates.builders.requests.request import Path, Request
from mlops_gates.gates.builders.requests.walking import parts, plain
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target

_MAPS = ("Environment", "HyperParameters", "StaticHyperParameters", "CustomerMetadataProperties")
_LISTS = ("ContainerArguments", "ContainerEntrypoint")
_LONGEST = 20_000
"""Characters of a value that are looked at; AWS takes 2,500 at most."""


def _told(request: Request) -> Iterator[tuple[Path, str, str]]:
    """(path, name, value) of every setting that travels as plain text; an argument is named by the flag before it."""
    for member in _MAPS:
        for found in parts(request.part, member):
            for name, value in found.members.items():
                text = plain(value)
                if text is not None:
                    yield (*found.path, name), str(name), text[:_LONGEST]
    for holder in ("AlgorithmSpecification", "AppSpecification"):
        for found in parts(request.part, holder):
            for member in _LISTS:
                yield from _arguments(found.members.get(member), found.at(member))


def _arguments(listed: object, path: Path) -> Iterator[tuple[Path, str, str]]:
    flag = ""
    for number, one in enumerate(listed if isinstance(listed, list | tuple) else ()):
        if not isinstance(one, str):
            flag = ""
            continue
        name, equals, value = one.partition("=")
        if one.startswith("-") and equals:
            yield (*path, number), name, value[:_LONGEST]
        elif one.startswith("-"):
            flag = one
            continue
        else:
            yield (*path, number), flag, one[:_LONGEST]
        flag = ""


def _by_form(request: Request) -> Seeing:
    for path, _, value in _told(request):
        if found := secrecy.form(value):
            yield path, f"the value has the form of {found}, in plain text"


def _by_name(request: Request) -> Seeing:
    for path, name, value in _told(request):
        if not secrecy.form(value) and secrecy.named(name, value):
            yield path, "a secret by its name, in plain text"


def _by_chance(request: Request) -> Seeing:
    for path, name, value in _told(request):
        if secrecy.drawn(value) and not secrecy.form(value) and not secrecy.named(name, value):
            yield path, "the value looks drawn at random, as secrets are"


def _parameters(target: Target) -> Seeing:
    if not target.graph or not target.whole:
        return
    declared = target.graph.raw.get("Parameters")
    for number, one in enumerate(declared if isinstance(declared, list) else ()):
        name, value = (one.get("Name"), one.get("DefaultValue")) if isinstance(one, Mapping) else (None, None)
        if isinstance(name, str) and isinstance(value, str) and (secrecy.form(value) or secrecy.named(name, value)):
            path = (*target.graph.path, "Parameters", number, "DefaultValue")
            yield path, "a secret is the default of a parameter, in plain text"


def _has_settings(target: Target) -> bool:
    return any(True for request in target.requests for _ in _told(request)) or bool(target.whole and target.graph)


_NO_SECRETS = "API reference, CreateTrainingJob, Environment and HyperParameters: no security-sensitive information"
_GOOD = '{"Environment": {"DB_PASSWORD_ARN": "arn:aws:secretsmanager:us-east-1:111122223333:secret:churn"}}'
CHECK = rules_check(
    id="builders.secrets",
    title="No secrets in plain text",
    help="Whoever may describe a job reads its environment, hyperparameters and arguments, and they stand in logs. A value "
    "is taken for a secret by its name (a password, an API key) or by its own form (an access key, a signed token). Its "
    "value is never told.",
    remedy="Keep the secret in Secrets Manager, pass its ARN, and read it in the container with the job's role.",
    rules=(
        Rule(
            id="secret-by-form",
            states="No setting holds a secret",
            source=_NO_SECRETS,
            bad='{"Environment": {"TRACKER": "ghp_…"}}',
            good=_GOOD,
            judge=requests(_by_form),
        ),
        Rule(
            id="secret-by-name",
            states="No setting that is called like a secret holds one",
            source=_NO_SECRETS,
            bad='{"HyperParameters": {"db_password": "…"}}',
            good=_GOOD,
            judge=requests(_by_name),
        ),
        Rule(
            id="secret-in-parameter",
            states="No parameter of a pipeline has a secret for its default",
            source=_NO_SECRETS,
            bad='{"Parameters": [{"Name": "ApiKey", "Type": "String", "DefaultValue": "…"}]}',
            good='{"Parameters": [{"Name": "ApiKeyArn", "Type": "String", "DefaultValue": "arn:aws:secretsmanager:…"}]}',
            judge=_parameters,
        ),
        Rule(
            id="secret-by-chance",
            states="No setting holds what looks drawn at random",
            source=f"{_NO_SECRETS}; believed, since an identifier may look so too",
            bad='{"Environment": {"TRACKER": "…"}} with 40 letters and digits without a meaning',
            good=_GOOD,
            judge=requests(_by_chance),
            believed=True,
        ),
    ),
    applies=_has_settings,
    absent="no request has an environment, hyperparameters or arguments",
)
