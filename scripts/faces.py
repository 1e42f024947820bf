"""Writes what the faces of the CI hosts say about inputs and outputs, out of `mlops_gates.inputs`.

    python scripts/faces.py            rewrites the regions between marks, and the files that are copies of others
    python scripts/faces.py --check    says which files are not what they should be; exit 1 then

It touches action.yml, full/action.yml, templates/mlops-gates/template.yml, .gitlab-ci-template.yml and README.md.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import written

from mlops_gates.inputs import INPUTS, OUTPUTS

ROOT = Path(__file__).resolve().parent.parent
ACTION, FULL_ACTION = "action.yml", "full/action.yml"
COMPONENT, INCLUDED = "templates/mlops-gates/template.yml", ".gitlab-ci-template.yml"
README = "README.md"


def text(value: str) -> str:
    """One YAML scalar in double quotes; JSON's escapes are YAML's too."""
    return json.dumps(value, ensure_ascii=False)


def action_inputs() -> list[str]:
    """The `inputs:` of an action. None is `required`: the runner would not enforce it."""
    lines = ["inputs:"]
    for one in INPUTS:
        lines += [f"  {one.name}:", f"    description: {text(one.description)}", "    required: false"]
        lines += [f"    default: {text(one.default)}"]
    return lines


def action_outputs() -> list[str]:
    """The `outputs:` of a container action: descriptions only, the values come from the run."""
    lines = ["outputs:"]
    for one in OUTPUTS:
        lines += [f"  {one.name}:", f"    description: {text(one.description)}"]
    return lines


def component_inputs() -> list[str]:
    """The `spec:inputs` of a component. All are strings, as they are on GitHub; choices become `options`."""
    lines: list[str] = []
    for one in INPUTS:
        lines += [f"{one.name}:", f"  description: {text(one.description)}", f"  default: {text(one.default)}"]
        if one.options:
            lines += ["  options:", *(f"    - {text(option)}" for option in one.options)]
    return lines


def component_variables() -> list[str]:
    """Job variables that carry the inputs to the command."""
    return [f"{one.variable}: $[[ inputs.{one.name} ]]" for one in INPUTS]


def cell(value: str) -> str:
    """Text that stays in its cell of a Markdown table."""
    return value.replace("|", "\\|")


def readme_inputs() -> list[str]:
    """A Markdown table of the inputs."""
    rows = ["| input | default | meaning |", "| --- | --- | --- |"]
    return rows + [
        f"| `{one.name}` | {f'`{one.default}`' if one.default else ''} | {cell(one.description)} |" for one in INPUTS
    ]


def readme_outputs() -> list[str]:
    """A Markdown table of the outputs, with their names in `outputs.env`."""
    rows = ["| output | in `outputs.env` | meaning |", "| --- | --- | --- |"]
    return rows + [f"| `{one.name}` | `{one.variable}` | {cell(one.description)} |" for one in OUTPUTS]


REGIONS: Mapping[str, Mapping[str, Callable[[], list[str]]]] = {
    ACTION: {"inputs": action_inputs, "outputs": action_outputs},
    COMPONENT: {"inputs": component_inputs, "variables": component_variables},
    README: {"inputs": readme_inputs, "outputs": readme_outputs},
}


def marks(path: str, region: str) -> tuple[str, str]:
    """The text that opens and closes a region of a file."""
    if path == README:
        return f"<!-- {region}:start -->", f"<!-- {region}:end -->"
    return f"# faces:{region}", "# faces:end"


def filled(path: str, content: str) -> str:
    """Return `content` with each region of `path` written anew, indented as its mark is.

    Raises ValueError when a region's marks are not there exactly once.
    """
    for region, lines in REGIONS[path].items():
        start, end = (re.escape(mark) for mark in marks(path, region))
        pattern = re.compile(rf"^([ ]*){start}\n.*?^[ ]*{end}\n", re.MULTILINE | re.DOTALL)
        found = pattern.findall(content)
        if len(found) != 1:
            raise ValueError(f"{path}: the marks of the region {region!r} are there {len(found)} times, not once")
        opening, closing = marks(path, region)
        body = "".join(f"{found[0]}{line}\n" for line in (opening, *lines(), closing))
        content = pattern.sub(lambda _match, body=body: body, content)  # type: ignore[misc]
    return content


def full_action(action: str) -> str:
    """The action of the heavy image: the same but for its name, description and Dockerfile."""
    head = (
        "# Made from action.yml by scripts/faces.py. The runner builds with the folder of the Dockerfile as context,\n"
        "# and this image needs the repository's root: a link in the root leads to full/Dockerfile.\n"
    )
    body = action.split("\n", 1)[1]
    body = body.replace("name: mlops-gates\n", "name: mlops-gates, full\n", 1)
    body = re.sub(r"^description: .*$", _FULL_DESCRIPTION, body, count=1, flags=re.MULTILINE)
    body = re.sub(r"^ *# faces:.*\n", "", body, flags=re.MULTILINE)
    # A Dockerfile in another folder looks like the name of an image to zizmor.
    return head + body.replace(
        "image: Dockerfile\n", "image: ../Dockerfile.full # zizmor: ignore[unpinned-images] it is no image\n"
    )


_FULL_DESCRIPTION = "description: mlops-gates with the heavy stacks (XGBoost, LightGBM, SHAP, fairlearn, sagemaker)."


def included(component: str) -> str:
    """The template for other kinds of include: the component, under its own head."""
    head = "# Made from templates/mlops-gates/template.yml by scripts/faces.py, which see.\n"
    body = component[component.index("spec:\n") :]
    return head + re.sub(r"^ *# faces:.*\n", "", body, flags=re.MULTILINE)


def faces(root: Path = ROOT) -> dict[str, str]:
    """Return what each file should hold, by its path from `root`."""
    made = {path: filled(path, (root / path).read_text(encoding="utf-8")) for path in REGIONS}
    return made | {FULL_ACTION: full_action(made[ACTION]), INCLUDED: included(made[COMPONENT])}


def main() -> int:
    """Write or check. Returns the exit code."""
    return written.main(ROOT, faces(), "make faces")


if __name__ == "__main__":
    sys.exit(main())
