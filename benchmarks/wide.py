"""1,000 columns × 1M rows with checks and drift: it has to finish, and in less than 2 GiB.

python benchmarks/wide.py [--quick] [--check] [--write docs/performance.md]
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import ours
from measure import Run, run
from page import Limited, code, limits_table, measured_on, parser, publish, table
from places import cache, made
from wide_table import COLUMNS, names

ROWS, REFERENCE_ROWS, QUICK_ROWS = 1_000_000, 100_000, 100_000
PEAK_MIB = 2048.0


def config(source: str) -> str:
    """Types and nulls of all columns, and their drift."""
    columns = [f"    {name}: {{type: {type_}, nulls: 0}}" for name, type_ in names()]
    block = ["data:", f"  source: {source}", f"  reference: {ours.PROFILE}", "  drift: {}", "  columns:"]
    return "\n".join([*block, *columns]) + "\n"


def judged(folder: Path, done: Run) -> str:
    """Nothing is wrong with this table, and the drift of every column has to be measured."""
    if done.ended or done.code:
        return done.ended or f"exited with {done.code}: {(done.errors or done.output).strip()[-300:]}"
    results = json.loads((folder / "mlops-gates-report" / "results.json").read_text())
    checks = [one for gate in results["gates"] for one in gate["checks"]]
    drifted = len(ours.judged_columns(checks))
    return "" if drifted == COLUMNS else f"the drift of {drifted:,} columns was measured"


def measured(folder: Path, rows: int) -> tuple[Run, Run, str]:
    """The profile, the checks with drift, and what was wrong. Raises ours.Unable."""
    reference, source = made("wide_table.py", REFERENCE_ROWS, "--clean"), made("wide_table.py", rows)
    (folder / "table.parquet").hardlink_to(source)
    (folder / "mlops-gates.yml").write_text(config("table.parquet"))
    profile = run([ours.COMMAND, "profile", str(reference), "--output", ours.PROFILE], folder)
    if profile.code or profile.ended:
        raise ours.Unable(f"mlops-gates profile: {profile.ended or profile.errors.strip()[-500:]}")
    done = run([ours.COMMAND, "run", "data", "--host", "local"], folder)
    return profile, done, judged(folder, done)


def main() -> int:
    """Print and write the table; with --check, 1 when it did not finish or needed too much."""
    options = parser(__doc__, 1).parse_args()
    rows = QUICK_ROWS if options.quick else ROWS
    with tempfile.TemporaryDirectory(dir=cache()) as name:
        profile, done, failure = measured(Path(name), rows)
    if failure:
        print(f"wide table: {failure}", file=sys.stderr)
    shown = [
        [said, f"{one.cpu:.1f}", f"{one.wall:.1f}", f"{one.peak:,.0f}"]
        for said, one in (
            (f"profile of {REFERENCE_ROWS:,} rows", profile),
            (f"checks and drift of {rows:,} rows", done),
        )
    ]
    size = f"{COLUMNS:,} columns × {rows:,} rows"
    limited = [Limited(f"peak memory, {size}", None if failure else done.peak, PEAK_MIB, "MiB")]
    lines = table((size, "CPU s", "wall s", "peak MiB"), shown)
    publish("wide", [measured_on(), "", *lines, "", *limits_table(limited)], options.write)
    return code(limited, options.check)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ours.Unable as unable:
        sys.exit(f"this version cannot judge the drift of a wide table: {unable}")
