"""What the builders gate costs: fifty builders beside the SDK's own import and rendering, and judging one request.

    python benchmarks/builders.py [--quick] [--runs N] [--check] [--write docs/performance.md]

The plain way imports the SDK, builds the same fifty builders and asks each for one definition; nothing is judged. The gate asks
each three or four times. Builders whose source code would be stored on S3 are left out: without AWS the plain way cannot.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import ours
from measure import Contender, Run, finished, interleaved
from page import Limited, code, limits_table, measured_on, parser, publish, table
from places import HERE, cache

from mlops_gates.findings import Location
from mlops_gates.gates.builders import targets
from mlops_gates.gates.builders.building import workers
from mlops_gates.gates.builders.rules import Rule, broken
from mlops_gates.gates.builders.shapes import service
from mlops_gates.registry import room
from mlops_gates.worker.environment import provide

BUILDERS = HERE.parent / "tests" / "builders"
KINDS = (
    "model:PyTorchModelBuilder",
    "serial:SerialModelBuilder",
    "direct:DirectModelBuilder",
    "transform:ScoreTransform",
)
OVER_SDK, MILLISECONDS = 1.5, 20.0
CONFIG = """\
builders:
  code: [{builders}, .]
  targets: [{{target: "fifty_{sdk}:builders", python: {python}}}]
"""


def python(sdk: str) -> Path:
    """An interpreter with this SDK; MLOPS_GATES_SDK_V2 and _V3 name one that is there."""
    named = os.environ.get(f"MLOPS_GATES_SDK_{sdk.upper()}")
    return Path(named) if named else provide(BUILDERS / sdk / "requirements.txt", seconds=900)


def project(sdk: str, interpreter: Path) -> Path:
    """A folder whose module gives fifty builders."""
    folder = cache() / f"builders-{sdk}"
    folder.mkdir(parents=True, exist_ok=True)
    imports = [f"from {sdk}.{kind.partition(':')[0]} import {kind.partition(':')[2]}" for kind in KINDS]
    made = ", ".join(kind.partition(":")[2] for kind in KINDS)
    text = (
        f"import sys\n\nsys.path.insert(0, {str(BUILDERS)!r})\n" + "\n".join(imports) + "\n\n\n"
        "def builders(sagemaker_session, role):\n"
        f"    kinds = [kind for kind in ({made}) for _ in range(13)][:50]\n"
        "    return [kind(sagemaker_session=sagemaker_session, role=role) for kind in kinds]\n"
    )
    (folder / f"fifty_{sdk}.py").write_text(text)
    (folder / "mlops-gates.yml").write_text(CONFIG.format(builders=BUILDERS, sdk=sdk, python=interpreter))
    return folder


def contenders(sdk: str, interpreter: Path) -> list[Contender]:
    """The plain way and the gate."""
    folder = project(sdk, interpreter)

    def judge(done: Run) -> str:
        report = json.loads((folder / "mlops-gates-report" / "results.json").read_text())
        facts = dict(report["gates"][0]["facts"])
        return "" if done.code == 0 and facts.get("targets") == "50" else f"exit {done.code}: {facts}"

    plain = [str(interpreter), str(HERE / "contenders" / "builders_plain.py"), str(folder), sdk]
    gate = [ours.COMMAND, "run", "builders", "--host", "local"]
    return [Contender("SDK alone", plain, folder, finished), Contender("mlops-gates", gate, folder, judge)]


def _judged(entry: dict[str, Any], checks: list[tuple[str, Any]]) -> float:
    begin = time.perf_counter()
    target = targets.of_entry("builder", entry, "us-east-1", lambda _: Location("builder.py", 1))
    for id_, rules in checks:
        list(broken(id_, [one for one in rules if isinstance(one, Rule)], target))
    return 1000 * (time.perf_counter() - begin) / max(1, len(target.requests))


def judging(interpreter: Path, sdk: str) -> list[float]:
    """Milliseconds that all rules take on one request of a real builder, the service model loaded; the best of three."""
    where = workers.Where((BUILDERS,), python=interpreter)
    sys.path.insert(0, str(BUILDERS.parent))
    from builders import TARGETS

    asked = [workers.Asked(f"{sdk}.{name}") for name in TARGETS.values()]
    service.service()
    checks = [(check.id, check.rules) for check in room("builders").checks]
    return [min(_judged(one["builder"], checks) for _ in range(3)) for one in workers.render(asked, where)]


def main() -> int:
    """Print and write the tables; with --check, 1 when a figure is over its limit."""
    options = parser(__doc__, 3).parse_args()
    limited, rows = [], []
    for sdk in ("v2",) if options.quick else ("v2", "v3"):
        interpreter = python(sdk)
        results = interleaved(contenders(sdk, interpreter), 1 if options.quick else options.runs, not options.quick)
        plain, gate = results["SDK alone"], results["mlops-gates"]
        value = None if plain.failure or gate.failure else gate.median("cpu") / plain.median("cpu")
        limited.append(
            Limited(f"50 builders of SDK {sdk} / the SDK's import and one rendering each, CPU", value, OVER_SDK)
        )
        for name, one in results.items():
            cells = ("cpu", "wall", "peak")
            told = [one.failure[:200], "", ""] if one.failure else [f"{one.median(cell):.1f}" for cell in cells]
            rows.append([sdk, name, *told])
        spent = judging(interpreter, sdk)
        limited.append(
            Limited(f"judging one request of SDK {sdk}, the slowest of {len(spent)}", max(spent), MILLISECONDS, "ms")
        )
        rows.append([sdk, f"judging one request: median {statistics.median(spent):.1f} ms", "", "", ""])
    head = ("SDK", "", "CPU s", "wall s", "peak MiB")
    publish("builders", [measured_on(), "", *table(head, rows), "", *limits_table(limited)], options.write)
    return code(limited, options.check)


if __name__ == "__main__":
    sys.exit(main())
