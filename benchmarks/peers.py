"""The same 61 checks with what users would pick instead, side by side in one run: medians of interleaved rounds.

    python benchmarks/peers.py --install          makes an environment for each peer (about 2.5 GB) and measures
    python benchmarks/peers.py [--rows 100000,1000000] [--only soda,pandera] [--check] [--write docs/performance.md]

Every contender has to find the three planted failures and nothing else, in every round. One that needs more than 300 s
or 16 GiB is ended: it did not finish.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

import ours
from checks import CHECKS, PLANTED
from floor import BY_HAND, CHECKED, FLOOR, SAID, bare, judged
from measure import Contender, Runs, finished, interleaved
from page import Limited, code, limits_table, measured_on, parser, publish, table
from places import HERE, cache, made

PEERS = {
    "great_expectations": "Great Expectations (pandas)",
    "pandera": "Pandera (Polars)",
    "pointblank": "Pointblank (Polars)",
    "soda": "Soda Core (DuckDB)",
    "evidently": "Evidently (pandas)",
    "deepchecks": "Deepchecks (pandas)",
}
SIZES = (100_000, 1_000_000, 10_000_000)


def requirements(peer: str) -> Path:
    return HERE / "peers" / peer / "requirements.txt"


def stamp(peer: str) -> str:
    """What an environment was made from."""
    return hashlib.sha256(requirements(peer).read_bytes()).hexdigest()


def installed(peer: str, venvs: Path) -> bool:
    """Whether the environment is there and has the pinned versions."""
    file = venvs / peer / "made-from"
    return file.is_file() and file.read_text() == stamp(peer)


def install(peer: str, venvs: Path) -> None:
    """A virtual environment with the pinned versions, by uv where it is there. Raises CalledProcessError."""
    folder = venvs / peer
    print(f"installing {peer} into {folder} ...", file=sys.stderr)
    uv = shutil.which("uv") or shutil.which(str(Path(sys.executable).with_name("uv")))
    venv.create(folder, clear=True, with_pip=uv is None)
    python = str(folder / "bin" / "python")
    pip = [uv, "pip", "install", "--python", python] if uv else [python, "-m", "pip", "install"]
    subprocess.run([*pip, "--quiet", "--require-hashes", "-r", str(requirements(peer))], check=True)
    (folder / "made-from").write_text(stamp(peer))


def contenders(peers: Sequence[str], venvs: Path, folder: Path, rows: int) -> list[Contender]:
    """The floor, by hand, ours, and each peer in an environment of its own."""
    source = made("table.py", rows)
    return [
        bare(FLOOR, "decode.py", source, folder, finished),
        bare(BY_HAND, "by_hand.py", source, folder, judged),
        ours.contender(CHECKED, ours.project(folder / "checks", source)),
        *(
            Contender(
                peer,
                [str(venvs / peer / "bin" / "python"), str(HERE / "peers" / peer / "run.py"), str(source)],
                folder,
                judged,
            )
            for peer in peers
        ),
    ]


def shown(results: dict[str, Runs]) -> list[str]:
    """One size: a row per contender, the cheapest first; peers also as multiples of ours."""
    our = results[CHECKED]
    rows = []
    for name, runs in sorted(results.items(), key=lambda item: (bool(item[1].failure), _cpu(item[1]))):
        if runs.failure:
            rows.append([_said(name, runs), _failure(runs), "", "", "", ""])
            continue
        times = [f"{_over(runs, our, what):.1f} ×" if name != CHECKED else "1" for what in ("cpu", "wall")]
        figures = f"{runs.median('cpu'):.2f}", f"{runs.median('wall'):.2f}", f"{runs.median('peak'):,.0f}"
        rows.append([_said(name, runs), *figures, *times])
    return table(("", "CPU s", "wall s", "peak MiB", "CPU / ours", "wall / ours"), rows)


def _cpu(runs: Runs) -> float:
    return runs.median("cpu") if runs.runs else 0.0


def _over(runs: Runs, our: Runs, what: str) -> float:
    return runs.median(what) / our.median(what) if our.runs and not our.failure else float("nan")


def _failure(runs: Runs) -> str:
    ended = runs.runs[-1].ended if runs.runs else ""
    return f"did not finish: {ended}" if ended else runs.failure.strip().rpartition("\n")[2][:120].replace("|", "/")


def _said(name: str, runs: Runs) -> str:
    if name not in PEERS:
        return {CHECKED: "**mlops-gates**, reports included"}.get(name, name)
    try:
        version = json.loads(runs.runs[-1].output.strip().rpartition("\n")[2])["version"]
    except (IndexError, ValueError):
        version = ""
    return f"{PEERS[name]} {version}".strip()


def figures(rows: int, results: dict[str, Runs], peers: Sequence[str]) -> list[Limited]:
    """Ours beside each peer: less CPU and less wall. A peer that did not finish is beaten; one that crashed is not."""
    found = []
    for peer in peers:
        runs, our = results[peer], results[CHECKED]
        if not our.failure and runs.failure and runs.runs[-1].ended:
            continue
        for what in ("cpu", "wall"):
            value = None if our.failure or runs.failure else our.median(what) / runs.median(what)
            found.append(Limited(f"{SAID.get(rows, rows)} rows, ours / {PEERS[peer]}, {what}", value, 1.0))
    return found


def page(measured: dict[int, dict[str, Runs]]) -> list[str]:
    """All sizes."""
    lines = [measured_on(), ""]
    for rows, results in measured.items():
        failures = len([one for name, one in results.items() if name != FLOOR and one.failure])
        same = (
            f"{len(results) - 1 - failures} of {len(results) - 1} contenders found {', '.join(PLANTED)}, nothing else"
        )
        runs = max(len(one.runs) for one in results.values())
        counted = f"{rows:,} rows, {len(CHECKS)} checks, medians of {runs}" if runs > 1 else f"{rows:,} rows, one round"
        lines += [f"**{counted}.** {same[0].upper()}{same[1:]}.", "", *shown(results), ""]
    return lines[:-1]


def main() -> int:
    """Print and write the tables; with --check, 1 when a peer is not beaten."""
    arguments = parser(__doc__, 5)
    arguments.add_argument("--rows", default=",".join(map(str, SIZES)))
    arguments.add_argument("--only", default=",".join(PEERS), help="names of peers, with commas")
    arguments.add_argument("--install", action="store_true", help="make the environments that are missing")
    arguments.add_argument("--venvs", type=Path, default=cache() / "venvs", help="where the environments are")
    options = arguments.parse_args()
    peers, venvs = options.only.split(","), options.venvs.absolute()
    missing = [peer for peer in peers if not installed(peer, venvs)]
    if options.install:
        for peer in missing:
            install(peer, venvs)
    elif missing:
        print(f"{'!' * 80}\nTHE PEERS ARE NOT MEASURED: no environment for {', '.join(missing)}", file=sys.stderr)
        print(f"python benchmarks/peers.py --install makes them in {venvs}\n{'!' * 80}", file=sys.stderr)
        return 0
    sizes = [SIZES[0]] if options.quick else [int(rows) for rows in options.rows.split(",")]
    measured, limited = {}, []
    with tempfile.TemporaryDirectory(dir=cache()) as name:
        for rows in sizes:
            runs = {SIZES[0]: options.runs, SIZES[1]: min(options.runs, 3)}.get(rows, 1)
            every = contenders(peers, venvs, Path(name) / str(rows), rows)
            measured[rows] = interleaved(every, 2 if options.quick else runs, warm=rows < SIZES[-1])
            limited += figures(rows, measured[rows], peers)
            for each, result in measured[rows].items():
                if result.failure:
                    print(f"{each}, {rows:,} rows: {result.failure}", file=sys.stderr)
    publish("peers", page(measured), options.write)
    print("\n".join(["", *limits_table(limited)]))
    return code(limited, options.check)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except ours.Unable as unable:
        sys.exit(f"this version cannot make all checks: {unable}")
