"""What a rule is, for formats that explain their rules: SARIF and whatever else has a catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gates.records import dataclass


@dataclass(frozen=True)
class RuleText:
    """One rule in words. `id` is `gate.check`; `uri` is a page about it, empty where none is."""

    id: str
    title: str
    description: str
    remedy: str
    help_markdown: str
    uri: str = ""


def _own(rule: str, title: str, description: str, remedy: str) -> RuleText:
    return RuleText(rule, title, description, remedy, f"{description}\n\n**What to do:** {remedy}")


_OF_THE_RUN = {
    text.id: text
    for text in (
        _own(
            "run.config",
            "The config is not valid",
            "The config is missing, malformed or contradicts itself, so no gate started.",
            "Go to the named line and key; `mlops-gates check-config` tells the same without running a gate.",
        ),
        _own(
            "run.usage",
            "The run could not start",
            "A flag, an input or a path does not exist, so no gate started.",
            "Correct what the message names; `mlops-gates run --help` lists flags and inputs.",
        ),
        _own(
            "run.errored",
            "The run broke",
            "Something outside the checks stopped the run before it could decide.",
            "Look at what the message names and run again; without a decision nothing deploys.",
        ),
        _own(
            "run.cancelled",
            "The run was cancelled",
            "A signal stopped the run; what was done until then is in the report.",
            "Run again; without a decision nothing deploys.",
        ),
    )
}


def rule_text(rule: str, catalogue: Mapping[str, RuleText]) -> RuleText:
    """Return the rule's text: from the catalogue, else our own for the run, else one made of the id."""
    known = catalogue.get(rule) or _OF_THE_RUN.get(rule)
    if known:
        return known
    gate, _, check = rule.partition(".")
    title = f"{check or gate} of the {gate} gate" if check else f"Rule {gate}"
    return _own(rule, title, f"The rule {rule} was not kept.", f"`mlops-gates explain {rule}` says what it looks at.")
