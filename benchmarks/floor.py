"""What we cost beside the floor, side by side in one run: whole processes, medians of interleaved rounds.

    python benchmarks/floor.py [--quick] [--rows 100000,1000000] [--runs N] [--check] [--write docs/performance.md]

The floor imports DuckDB, decodes and hashes every column once, and checks nothing. By hand: the same checks as one SELECT.
"""

from __future__ import annotations

import compileall
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import ours
from checks import wrong
from measure import Contender, Run, Runs, finished, interleaved, ratio
from page import Limited, code, limits_table, measured_on, parser, publish, table
from places import HERE, made

ROWS = (100_000, 1_000_000, 10_000_000, 30_000_000)
SAID = {100_000: "100k", 1_000_000: "1M", 10_000_000: "10M", 30_000_000: "30M"}
FLOOR, BY_HAND, CHECKED, DRIFTED = "floor", "by hand", "mlops-gates", "mlops-gates with drift"
OVER_FLOOR = {100_000: 3.0, 10_000_000: 3.1}
OVER_CHECKS = 1.5
PEAK_MIB = 512.0
GROWTH = 1.3
START = 2.0


def judged(done: Run) -> str:
    """The judge of a contender that tells what it found."""
    return finished(done) or wrong(done.output)


def bare(name: str, script: str, source: Path, folder: Path, judge: Callable[[Run], str]) -> Contender:
    """A script of `contenders/` on a table."""
    return Contender(name, [ours.PYTHON, str(HERE / "contenders" / script), str(source)], folder, judge)


def rounds(rows: int, runs: int) -> int:
    """Fewer rounds of what takes longer, and noise weighs less there."""
    return runs if rows <= 100_000 else max(1, runs // (3 if rows <= 1_000_000 else 5))


def start(folder: Path, runs: int) -> list[Limited]:
    """What `--version` costs beside importing its parser of flags."""
    pair = (
        Contender("ours", [ours.COMMAND, "--version"], folder, finished),
        Contender("floor", [ours.PYTHON, "-c", "import click"], folder, finished),
    )
    results = interleaved(pair, runs)
    return [Limited("`mlops-gates --version` / `import click`, CPU", ratio(results["ours"], results["floor"]), START)]


def contenders(folder: Path, rows: int) -> list[Contender]:
    """All at one size; at the largest only what its limits need."""
    source = made("table.py", rows)
    checked = ours.contender(CHECKED, ours.project(folder / "checks", source))
    if rows == ROWS[-1]:
        return [checked]
    both = [bare(FLOOR, "decode.py", source, folder, finished), bare(BY_HAND, "by_hand.py", source, folder, judged)]
    try:
        reference = made("table.py", rows, "--clean")
        with_drift = ours.contender(DRIFTED, ours.project(folder / "drift", source, reference), drift=True)
    except ours.Unable as error:
        print(f"DRIFT IS NOT MEASURED: {error}", file=sys.stderr)
        return [*both, checked]
    return [*both, checked, with_drift]


def figures(measured: dict[int, dict[str, Runs]]) -> list[Limited]:
    """The figures that have limits."""
    found = []
    for rows, results in measured.items():
        said = SAID.get(rows, f"{rows:,}")
        if rows in OVER_FLOOR:
            value = _ratio(results, CHECKED, FLOOR)
            found.append(Limited(f"61 checks of {said} rows / floor, CPU", value, OVER_FLOOR[rows]))
        if rows != ROWS[-1]:
            value = _ratio(results, DRIFTED, CHECKED)
            found.append(Limited(f"checks and drift of {said} rows / checks, CPU", value, OVER_CHECKS))
    peaks = {rows: results[CHECKED].median("peak") for rows, results in measured.items() if results[CHECKED].runs}
    large, larger = ROWS[-2:]
    if large in measured:
        found.append(Limited(f"peak memory of 61 checks, {SAID[large]} rows", peaks.get(large), PEAK_MIB, "MiB"))
    if large in measured and larger in measured:
        growth = peaks[larger] / peaks[large] if {large, larger} <= set(peaks) else None
        found.append(Limited(f"peak memory, {SAID[larger]} rows / {SAID[large]} rows", growth, GROWTH))
    return found


def _ratio(results: dict[str, Runs], one: str, other: str) -> float | None:
    if one not in results or results[one].failure or results[other].failure:
        return None
    return ratio(results[one], results[other])


def costs(measured: dict[int, dict[str, Runs]]) -> list[str]:
    """CPU seconds, wall seconds and peak memory per contender and size."""
    names = dict.fromkeys(name for results in measured.values() for name in results)
    rows = [[name, *(cost(results.get(name)) for results in measured.values())] for name in names]
    return table(("CPU s / wall s / peak MiB", *(f"{SAID.get(one, format(one, ','))} rows" for one in measured)), rows)


def cost(runs: Runs | None) -> str:
    """One cell: three medians, or why there are none."""
    if runs is None:
        return ""
    if runs.failure:
        return runs.failure.partition("\n")[0][:120]
    return f"{runs.median('cpu'):.2f} / {runs.median('wall'):.2f} / {runs.median('peak'):,.0f}"


def main() -> int:
    """Print and write the tables; with --check, 1 when a figure is over its limit."""
    arguments = parser(__doc__, 15)
    arguments.add_argument("--rows", default=",".join(map(str, ROWS)))
    options = arguments.parse_args()
    sizes = [ROWS[0]] if options.quick else [int(rows) for rows in options.rows.split(",")]
    runs = min(options.runs, 7) if options.quick else options.runs
    # An installed package has its bytecode; a checkout may have none (PYTHONDONTWRITEBYTECODE).
    compileall.compile_dir(HERE.parent / "src", quiet=1)
    measured = {}
    with tempfile.TemporaryDirectory(dir=made("table.py", ROWS[0]).parent) as name:
        folder = Path(name)
        limited = start(folder, runs)
        for rows in sizes:
            measured[rows] = interleaved(contenders(folder / str(rows), rows), rounds(rows, runs), rows <= 1_000_000)
            for each, result in measured[rows].items():
                if result.failure:
                    print(f"{each}, {rows:,} rows: {result.failure}", file=sys.stderr)
    limited += figures(measured)
    publish("floor", [measured_on(), "", *costs(measured), "", *limits_table(limited)], options.write)
    return code(limited, options.check)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ours.Unable as unable:
        sys.exit(f"this version cannot make all checks: {unable}")
