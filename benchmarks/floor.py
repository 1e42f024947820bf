"""What we cost beside the floor, side by side in one run: whole processes, CPU seconds, medians of interleaved runs.

python benchmarks/floor.py [--runs N] [--check]     --check exits 1 when a ratio is over its limit
"""

from __future__ import annotations

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = sys.executable
COMMAND = str(Path(PYTHON).with_name("mlops-gates"))


@dataclass(frozen=True)
class Pair:
    """Our command beside its floor; `limit` is the largest ratio of CPU that we allow ourselves."""

    name: str
    ours: list[str]
    floor: list[str]
    limit: float


def cpu_seconds(command: list[str], folder: Path) -> float:
    """User and system seconds of one whole process with its children. Raises when it fails."""
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} exited with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def measure(pair: Pair, runs: int, folder: Path) -> float:
    """Print a row, return the median ratio of pairs of runs."""
    ours, floor = [], []
    cpu_seconds(pair.ours, folder), cpu_seconds(pair.floor, folder)
    for _ in range(runs):
        ours.append(cpu_seconds(pair.ours, folder))
        floor.append(cpu_seconds(pair.floor, folder))
    ratios = sorted(a / b for a, b in zip(ours, floor, strict=True))
    middle = statistics.median(ratios)
    print(
        f"{pair.name:<34}{statistics.median(ours):>8.3f}{statistics.median(floor):>8.3f}"
        f"{middle:>8.2f}  ({ratios[0]:.2f} to {ratios[-1]:.2f}){pair.limit:>8.1f}"
    )
    return middle


def main() -> int:
    """Print the table; with --check, 1 when a ratio is over its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # An installed package has its bytecode; a checkout may have none (PYTHONDONTWRITEBYTECODE).
        compileall.compile_dir(HERE.parent / "src", quiet=1)
        subprocess.run([PYTHON, str(HERE / "table.py"), str(folder), "100000"], check=True)
        pairs = [
            Pair("mlops-gates --version", [COMMAND, "--version"], [PYTHON, "-c", "import click"], 2.0),
            Pair("run data, 100k x 20, 60 rules", [COMMAND, "run", "data"], [PYTHON, str(HERE / "bare.py")], 2.5),
        ]
        print(
            f"{'CPU seconds, medians of ' + str(options.runs):<34}{'ours':>8}{'floor':>8}{'ratio':>8}  (range){'limit':>17}"
        )
        over = [pair.name for pair in pairs if measure(pair, options.runs, folder) > pair.limit]
    for missed in over:
        print(f"over its limit: {missed}")
    return 1 if over and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
