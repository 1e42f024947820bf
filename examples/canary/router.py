"""The split between two models in nginx: what `canary.route` calls.

    python router.py FOLDER shift 0.25     writes the split, reloads nginx, and waits until nginx answers with it
    python router.py FOLDER shift          the same with the share in MLOPS_GATES_CANARY_SHARE, as the gate calls it
    python router.py FOLDER state          {"baseline": 0.75, "canary": 0.25}, as nginx itself says

FOLDER is the prefix of nginx, whose nginx.conf includes our `split.conf`. A share is 0 to 1, or a percentage with its sign.
Exit code 1 and a line on stderr where nginx does not do what was asked; the split that it had is kept then.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 5.0
"""Seconds until a reload must have taken place."""


def share(text: str) -> float:
    """0.25, 25% or 25 % as 0.25, in steps of nginx's own: a hundredth of a percent. Raises ValueError beyond 0 to 1."""
    percent = text.rstrip().endswith("%")
    value = float(text.rstrip().rstrip("%")) / (100 if percent else 1)
    if not 0 <= value <= 1:
        raise ValueError(f"a share is 0 to 1, not {text}")
    return round(value, 4)


def split(canary: float) -> str:
    """The part of nginx's configuration that says who gets which share; 0 % and 100 % are no shares to nginx."""
    rest = {0.0: "* baseline;", 1.0: "* canary;"}.get(canary, f"{100 * canary:.2f}% canary; * baseline;")
    state = json.dumps({"baseline": round(1 - canary, 4), "canary": canary})
    return f"split_clients $name $arm {{ {rest} }}\nmap '' $split {{ default '{state}'; }}\n"


def state(folder: Path) -> dict[str, float]:
    """What the running nginx says. Raises OSError where it does not answer."""
    url = (folder / "url").read_text().strip()
    with urllib.request.urlopen(f"{url}/split", timeout=5) as answer:  # noqa: S310
        said: dict[str, float] = json.load(answer)
    return said


def shift(folder: Path, canary: float) -> None:
    """Give the canary its share. Raises OSError where nginx does not take it; the file is then as before."""
    path = folder / "split.conf"
    before, old = path.read_text(), accepting(folder)
    replaced(path, split(canary))
    try:
        for signal in (("-t", "-q"), ("-s", "reload")):
            done = subprocess.run(nginx(folder, *signal), capture_output=True, text=True, check=False)
            if done.returncode:
                raise OSError(done.stderr.strip())
        until = time.monotonic() + PATIENCE
        # New workers answer before the old ones have stopped to take requests; both must be so.
        while accepting(folder) & old or state(folder)["canary"] != canary:
            if time.monotonic() > until:
                raise OSError(f"nginx still answers {state(folder)}")
            time.sleep(0.02)
    except OSError:
        replaced(path, before)
        raise


def accepting(folder: Path) -> set[str]:
    """The ids of nginx's workers that take requests; one that only ends what it began says so in its title."""
    master = (folder / "nginx.pid").read_text().strip()
    found = set()
    for worker in Path(f"/proc/{master}/task/{master}/children").read_text().split():
        try:
            title = Path(f"/proc/{worker}/cmdline").read_bytes()
        except FileNotFoundError:
            continue  # gone since
        if b"shutting down" not in title:
            found.add(worker)
    return found


def nginx(folder: Path, *options: str) -> list[str]:
    """The command of nginx with this prefix; Debian's is in /usr/sbin, which users do not look into."""
    binary = "/usr/sbin/nginx" if Path("/usr/sbin/nginx").exists() else "nginx"
    return [binary, "-p", str(folder), "-c", "nginx.conf", "-e", "error.log", *options]


def replaced(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    aside = path.with_suffix(".new")
    aside.write_text(text)
    os.replace(aside, path)  # noqa: PTH105


def main() -> int:
    """Do what is asked; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    steps = parser.add_subparsers(dest="step", required=True)
    told = os.environ.get("MLOPS_GATES_CANARY_SHARE")  # what the gate says to a command of `route`
    steps.add_parser("shift").add_argument("share", type=share, nargs="?" if told else None, default=told)
    steps.add_parser("state")
    asked = parser.parse_args()
    try:
        if asked.step == "shift":
            shift(asked.folder, asked.share)
        print(json.dumps(state(asked.folder)))
    except (OSError, ValueError) as error:
        print(f"nginx: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
