"""Writes what the documentation says of the program, out of the program.

    python scripts/docs.py            rewrites docs/checks.md and the regions between marks
    python scripts/docs.py --check    says which files are not what they should be; exit 1 then

Regions stand between `<!-- name:start -->` and `<!-- name:end -->`. The tables of inputs and outputs are written by
scripts/faces.py, the picture by scripts/picture.py.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import written
from pydantic import BaseModel, create_model
from pydantic_core import PydanticUndefined

from mlops_gates import options, registry
from mlops_gates.catalogue import keys_of
from mlops_gates.checks import Check
from mlops_gates.config import Head

ROOT = Path(__file__).resolve().parent.parent
_WORDS = {540.0: "9m", 300.0: "5m", 8 * 1000**3: "8GB"}
"""Defaults as a user would write them."""


def cell(text: str) -> str:
    """Text that stays in its cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def fenced(path: str) -> list[str]:
    """A YAML file of the project, as code."""
    return ["```yaml", *(ROOT / path).read_text(encoding="utf-8").splitlines(), "```"]


def default_of(field: Any) -> str:
    """The default of an option as a user would write it."""
    if field.default is PydanticUndefined:
        return "" if field.default_factory else "required"
    if isinstance(field.default, BaseModel) or field.default in (None, "", ()):
        return ""
    return f"`{_WORDS.get(field.default, field.default)}`"


def rows(model: type[BaseModel]) -> Iterator[str]:
    """One row of a table for each option of a model."""
    return rows_of((field.alias or name, field) for name, field in model.model_fields.items())


def rows_of(keys: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """One row of a table for each key and its field."""
    yield "| key | default | meaning |"
    yield "| --- | --- | --- |"
    for key, field in keys:
        yield f"| `{key}` | {default_of(field)} | {cell(field.description or '')} |"


def block(gate: str) -> type[BaseModel]:
    """The model of a block of a gate's config."""
    room = registry.room(gate)
    return room.gate.block(room.checks)


def column() -> type[BaseModel]:
    """The keys of a column of the data gate, in the order of the checks that add them."""
    added = [check.options for check in registry.room("data").checks if check.at == "column"]
    return create_model("Column", __base__=tuple(reversed(added)))


def thresholds() -> type[BaseModel]:
    """The model of the limits of the model gate."""
    annotation = block("model").model_fields["thresholds"].annotation
    model: type[BaseModel] = annotation.__args__[0]  # type: ignore[union-attr]
    return model


def layers() -> list[str]:
    """The storeys as import-linter keeps them, highest first."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(one for one in project["tool"]["importlinter"]["contracts"] if one["type"] == "layers")
    lines = []
    for number, storey in enumerate(contract["layers"], start=1):
        apart = " (do not know each other)" if "|" in storey else ""
        names = ", ".join(f"`{name.strip()}`" for name in re.split(r"[|:]", storey))
        lines.append(f"{number}. {names}{apart}")
    return lines


def contracts() -> list[str]:
    """The other import rules, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    named = [one["name"] for one in project["tool"]["importlinter"]["contracts"] if one["type"] != "layers"]
    return [f"- {name}." for name in named]


def check_page(check: Check[Any]) -> list[str]:
    """The section of one check."""
    lines = [f"### {check.id}", "", f"{check.title}.", "", check.help, "", f"What to do: {check.remedy}", ""]
    if check.options.model_fields:
        place = "Keys of a column" if check.at == "column" else "Keys of the block"
        lines += [f"{place}:", "", *rows_of(keys_of(check.options)), ""]
    return [*lines, "```yaml", *check.example.rstrip().splitlines(), "```", ""]


def checks_page() -> str:
    """docs/checks.md, whole."""
    lines = ["# The checks", "", "<!-- Written by scripts/docs.py out of the checks themselves. -->", ""]
    lines += ["`mlops-gates list` prints the titles, `mlops-gates explain CHECK` one of these sections.", ""]
    for name in registry.gate_names():
        room = registry.room(name)
        lines += [f"## {name}", "", f"{room.gate.title}.", ""]
        for check in room.checks:
            lines += check_page(check)
    return "\n".join(lines)


REGIONS: Mapping[str, Mapping[str, Callable[[], list[str]]]] = {
    "README.md": {
        "github": lambda: fenced("examples/github/mlops-gates.yml"),
        "gitlab": lambda: fenced("examples/gitlab/.gitlab-ci.yml"),
    },
    "docs/architecture.md": {"layers": layers, "contracts": contracts},
    "docs/config.md": {
        "head": lambda: list(rows(Head)),
        "policy": lambda: list(rows(options.Policy)),
        "waiver": lambda: list(rows(options.Waiver)),
        "data": lambda: list(rows(block("data"))),
        "column": lambda: list(rows(column())),
        "model": lambda: list(rows(block("model"))),
        "thresholds": lambda: list(rows(thresholds())),
    },
}


def filled(path: str, content: str) -> str:
    """Return `content` with the regions of `path` written anew. Raises ValueError when marks are missing or doubled."""
    for region, lines in REGIONS[path].items():
        start, end = f"<!-- {region}:start -->\n", f"<!-- {region}:end -->\n"
        before, *middle = re.split(f"{re.escape(start)}(.*?){re.escape(end)}", content, flags=re.DOTALL)
        if len(middle) != 2:
            raise ValueError(f"{path}: the marks of the region {region!r} are not there exactly once")
        content = before + start + "".join(f"{line}\n" for line in lines()) + end + middle[1]
    return content


def pages(root: Path = ROOT) -> dict[str, str]:
    """What each file should hold, by its path from `root`."""
    made = {path: filled(path, (root / path).read_text(encoding="utf-8")) for path in REGIONS}
    return made | {"docs/checks.md": checks_page()}


def main() -> int:
    """Write or check. Returns the exit code."""
    return written.main(ROOT, pages(), "scripts/docs.py")


if __name__ == "__main__":
    sys.exit(main())
