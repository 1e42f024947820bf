"""builders.tags"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.gates.builders.requests.request import Part, Request
from mlops_gates.gates.builders.rules import Rule, Seeing, requests, rules_check
from mlops_gates.gates.builders.scope import Target


def _keys(request: Request) -> Iterator[tuple[Part, str]]:
    for tag in request.part.each("Tags"):
        key = tag.known("Key")
        if isinstance(key, str):
            yield tag, key


def _reserved(request: Request) -> Seeing:
    for tag, key in _keys(request):
        if key.lower().startswith("aws:"):
            yield tag.at("Key"), f"{key} begins with aws:, which only AWS itself may write"


def _twice(request: Request) -> Seeing:
    seen: set[str] = set()
    for tag, key in _keys(request):
        if key in seen:
            yield tag.at("Key"), f"a second tag is called {key}"
        seen.add(key)


def _tagged(target: Target) -> bool:
    return any(one.part.get("Tags") for one in target.requests)


CHECK = rules_check(
    id="builders.tags",
    title="Tags can be set",
    help="Keys that begin with aws: belong to AWS, and a resource has each key once.",
    remedy="Drop tags that were copied from another resource, and merge the team's tags with the job's by their key.",
    rules=(
        Rule(
            id="tag-of-aws",
            states="No tag key begins with aws:",
            source="AWS general reference, tag naming limits and requirements",
            bad='{"Tags": [{"Key": "aws:cloudformation:stack-name", "Value": "churn"}]}',
            good='{"Tags": [{"Key": "team", "Value": "churn"}]}',
            judge=requests(_reserved),
        ),
        Rule(
            id="tag-twice",
            states="Tag keys are unique",
            source="API reference, Tag; believed that the service refuses and does not merge",
            bad='{"Tags": [{"Key": "team", "Value": "a"}, {"Key": "team", "Value": "b"}]}',
            good='{"Tags": [{"Key": "team", "Value": "a"}, {"Key": "stage", "Value": "b"}]}',
            judge=requests(_twice),
            believed=True,
        ),
    ),
    applies=_tagged,
    absent="no request has tags",
)
