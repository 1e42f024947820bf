"""Our own contender: the config of the 61 checks, the commands, and what they found."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from checks import CHECKS, COLUMNS, DRIFTING, PLANTED, Check
from measure import Contender, Run, run

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
COMMAND = str(Path(PYTHON).with_name("mlops-gates"))
PROFILE = "reference.profile.json"


def keys(check: Check) -> dict[str, object]:
    """What a check is in our config: keys of its column, or of the block."""
    low, high = check.values if len(check.values) == 2 else (None, None)
    match check.kind:
        case "type":
            return {"type": check.text}
        case "nulls":
            return {"nulls": 0}
        case "range" | "window":
            return {"min": low, "max": high}
        case "set":
            return {"allowed": list(check.values)}
        case "regex":
            return {"pattern": check.text}
        case "unique":
            return {"unique": True}
        case "duplicates":
            return {"duplicates": 0}
        case "mean":
            return {"mean": {"min": low, "max": high}}
        case "deviation":
            return {"std": {"min": low, "max": high}}
        case "rows":
            return {"rows": {"min": low, "max": high}}
    raise ValueError(check.kind)


def lines(source: str, drift: bool) -> list[tuple[str, str]]:
    """The lines of the config, each with the name of the check that it belongs to (else empty)."""
    block = [("data:", ""), (f"  source: {source}", "")]
    if drift:
        block += [(f"  reference: {PROFILE}", ""), (f"  drift: {{columns: [{', '.join(DRIFTING)}]}}", "drift")]
    columns: dict[str, list[tuple[str, str]]] = {name: [(f"    {name}:", "")] for name in COLUMNS}
    for check in CHECKS:
        for key, value in keys(check).items():
            text = f"{key}: {json.dumps(value)}"
            if check.column:
                columns[check.column].append((f"      {text}", check.name))
            else:
                block.append((f"  {text}", check.name))
    return [*block, ("  columns:", ""), *(line for name in COLUMNS for line in columns[name])]


def judge(folder: Path, drift: bool) -> Callable[[Run], str]:
    """Says what is wrong with what we found; every finding and every measurement stands at the line of its check."""
    owners = [owner for _, owner in lines("", drift)]

    def judged(done: Run) -> str:
        if done.code != 1:
            return f"exited with {done.code}: {(done.errors or done.output).strip()[-300:]}"
        checks = [one for gate in _results(folder)["gates"] for one in gate["checks"]]
        failed = {_owner(owners, each["location"]) for one in checks for each in one["findings"] if not _new(each)}
        limits = [each["limit"] for one in checks for each in one["measurements"] if each["limit"]]
        made = {_owner(owners, limit["location"]) for limit in limits}
        if missing := {check.name for check in CHECKS} - made:
            return f"it did not check {', '.join(sorted(missing))}"
        if drift and len(judged_columns(checks)) < len(DRIFTING):
            return "it did not judge the drift of every column"
        return "" if failed == set(PLANTED) else f"it found {', '.join(sorted(failed)) or 'nothing'}"

    return judged


def _new(finding: dict[str, Any]) -> bool:
    """The words of c2 that are not in its set are new categories too, where there is a reference."""
    return (finding["rule"], finding["subject"]) == ("data.categories", "c2")


def judged_columns(checks: list[dict[str, Any]]) -> set[str]:
    """The columns whose drift was measured."""
    return {each["subject"] for one in checks if one["check"] == "data.drift" for each in one["measurements"]}


def _results(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "mlops-gates-report" / "results.json").read_text())
    return results


def _owner(owners: list[str], location: dict[str, Any] | None) -> str:
    line = location["line"] if location and location["file"] == "mlops-gates.yml" else 0
    return owners[line - 1] if line else "something without a line"


def contender(name: str, folder: Path, drift: bool = False) -> Contender:
    """`mlops-gates run data` in a folder that `project` made; reports are written, as always."""
    return Contender(name, [COMMAND, "run", "data", "--host", "local"], folder, judge(folder, drift))


class Unable(Exception):
    """This version does not know a key or a command that the benchmark needs."""


def project(folder: Path, source: Path, reference: Path | None = None) -> Path:
    """A folder with a config, and with the profile of a reference where there is one. Raises Unable."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / source.name).unlink(missing_ok=True)
    (folder / source.name).hardlink_to(source)
    text = "\n".join(line for line, _ in lines(source.name, reference is not None)) + "\n"
    (folder / "mlops-gates.yml").write_text(text)
    if reference is not None:
        _succeed(["profile", str(reference), "--output", PROFILE], folder)
    _succeed(["check-config"], folder)
    return folder


def _succeed(arguments: list[str], folder: Path) -> None:
    done = run([COMMAND, *arguments], folder)
    if done.ended or done.code:
        raise Unable(f"mlops-gates {arguments[0]}: {done.ended or (done.errors or done.output).strip()[-500:]}")
