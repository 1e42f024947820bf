"""What the model gate costs beside the plain way, side by side in one run: whole processes, medians of interleaved rounds.

    python benchmarks/model.py [--quick] [--runs N] [--check] [--peers] [--write docs/performance.md]

The plain way is a script of the same ten tests, each of which asks the model afresh; the floor imports, loads and
predicts the test set once. Deepchecks runs where `peers.py --install` has installed it and --peers asks for it.
"""

from __future__ import annotations

import compileall
import json
import subprocess
import sys
from pathlib import Path

import ours
from measure import Contender, Run, Runs, finished, interleaved, ratio, run
from page import Limited, code, limits_table, measured_on, parser, publish, table
from places import HERE, cache

FLOOR, PLAIN, OURS, DEEPCHECKS = "floor", "the plain way", "mlops-gates", "Deepchecks 0.19.1"
SIZES = {20_000: 1 / 3, 200_000: 1 / 4}
"""Rows, and the share of the plain way's CPU that all checks may cost."""
OVER_PEER = 1 / 20
SMALL = 1000
OVER_ONCE = 1.5
CONFIG = """\
version: 1
model:
  path: model.joblib
  data: test.csv
  target: target
  drop: [group]
  reference: train.csv
  thresholds: {{accuracy: {accuracy}, roc_auc: 0.7}}
{more}"""
FAIRNESS = "  fairness: {attribute: group}\n"


def folder_of(rows: int, small: bool = False) -> Path:
    """The folder with table and model, made once."""
    folder = cache() / f"model-{'small-' if small else ''}{rows}"
    if not (folder / "model.joblib").exists():
        script = [ours.PYTHON, str(HERE / "model_table.py"), str(folder), str(rows)]
        subprocess.run([*script, *(["--small"] if small else [])], check=True)
    config = CONFIG.format(accuracy=0.7, more="" if small else FAIRNESS)
    (folder / "mlops-gates.yml").write_text(config)
    return folder


def judged(folder: Path) -> Contender:
    """Our gate with its default configuration; every check must have an answer, and the model must pass."""

    def judge(done: Run) -> str:
        if done.code:
            return f"exited with {done.code}: {(done.errors or done.output).strip()[-600:]}"
        report = json.loads((folder / "mlops-gates-report" / "results.json").read_text())
        checks = {check["check"]: check["status"] for gate in report["gates"] for check in gate["checks"]}
        bad = [name for name, status in checks.items() if status not in ("passed", "warned", "skipped")]
        return f"{bad} did not pass" if bad else ""

    return Contender(OURS, [ours.COMMAND, "run", "model", "--host", "local"], folder, judge)


def script(name: str, file: str, folder: Path) -> Contender:
    """A script of `contenders/` on the folder."""
    return Contender(name, [ours.PYTHON, str(HERE / "contenders" / file), str(folder)], folder, finished)


def peer(folder: Path) -> list[Contender]:
    """Deepchecks with its forest trained, where it is installed."""
    python = cache() / "venvs" / "deepchecks" / "bin" / "python"
    if not python.exists():
        print("DEEPCHECKS IS NOT MEASURED: it is not installed (make bench-peers)", file=sys.stderr)
        return []
    command = [str(python), str(HERE / "peers" / "deepchecks" / "model.py"), str(folder)]
    run(command, folder)
    return [Contender(DEEPCHECKS, command, folder, finished)]


def stated(folder: Path) -> float:
    """CPU seconds that the checks themselves cost on the small model: what they ask of the model, and judge."""
    report = json.loads((folder / "mlops-gates-report" / "results.json").read_text())
    return sum(check["seconds"] for gate in report["gates"] for check in gate["checks"])


def main() -> int:
    """Print and write the tables; with --check, 1 when a figure is over its limit."""
    arguments = parser(__doc__, 3)
    arguments.add_argument("--peers", action="store_true")
    options = arguments.parse_args()
    compileall.compile_dir(HERE.parent / "src", quiet=1)
    limited, rows = [], []
    sizes = {20_000: SIZES[20_000]} if options.quick else SIZES
    for size, limit in sizes.items():
        folder = folder_of(size)
        contenders = [script(FLOOR, "model_floor.py", folder), judged(folder), script(PLAIN, "model_plain.py", folder)]
        once = options.quick or size > 100_000
        results = interleaved(contenders, 1 if once else options.runs, not once)
        said = f"all checks of {size:,} rows / the plain way, CPU"
        limited.append(Limited(said, _ratio(results, OURS, PLAIN), limit))
        if options.peers and size == 20_000:
            results |= interleaved([judged(folder), *peer(folder)], 1, False) | {OURS: results[OURS]}
            if DEEPCHECKS in results:
                value = results[OURS].median("cpu") / results[DEEPCHECKS].median("cpu")
                limited.append(Limited("all checks of 20,000 rows / Deepchecks, CPU", value, OVER_PEER))
        rows += [[f"{size:,}", name, *cost(one)] for name, one in results.items()]
    folder = folder_of(SMALL, small=True)
    small = interleaved([script(FLOOR, "model_floor.py", folder), judged(folder)], 2 if options.quick else 7)
    if not small[OURS].failure:
        spent = small[OURS].median("cpu") - stated(folder)
        said = "small model, 1,000 rows, less the stated cost of the checks / a script that predicts once, CPU"
        limited.append(Limited(said, spent / small[FLOOR].median("cpu"), OVER_ONCE))
    rows += [[f"{SMALL:,} (small)", name, *cost(one)] for name, one in small.items()]
    head = ("rows", "", "CPU s", "wall s", "peak MiB")
    publish("model", [measured_on(), "", *table(head, rows), "", *limits_table(limited)], options.write)
    return code(limited, options.check)


def cost(runs: Runs) -> list[str]:
    """Medians, or why there are none."""
    if runs.failure:
        return [runs.failure.partition("\n")[0][:200], "", ""]
    return [f"{runs.median('cpu'):.2f}", f"{runs.median('wall'):.2f}", f"{runs.median('peak'):,.0f}"]


def _ratio(results: dict[str, Runs], one: str, other: str) -> float | None:
    if results[one].failure or results[other].failure:
        return None
    return ratio(results[one], results[other])


if __name__ == "__main__":
    sys.exit(main())
