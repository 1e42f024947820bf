"""`make canary-demo`: a good model is promoted, a bad one is rolled back, on real parts and with time compressed.

Two model servers behind nginx, scraped by Prometheus (examples/canary). The bad candidate loses a feature behind HTTP 200 and
its usual latency, so that only model health can see it. The two reports are left in the folder.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from canary.parts import Canary, missing, parts  # noqa: E402

RATE = 150
"""Requests per second."""
ERRORS = LACKING = 0.1
"""Shares of requests that err, and that lack a feature, in both arms: half a minute holds as many as a day elsewhere."""
NULLED = "worst_texture"
BEFORE = 6.0
"""Seconds of traffic before the canary, for its forecast."""
SOUND = 9.0
"""Seconds that the bad candidate is sound, so that its report shows a line that rises and not a point."""


def config(canary: Canary) -> dict[str, object]:
    """The example's config, with the addresses of these parts (YAML may be JSON)."""
    python, script, folder = canary.command()
    import yaml

    text = (ROOT / "examples" / "canary" / "mlops-gates.yml").read_text(encoding="utf-8")
    block = yaml.safe_load(text)
    block["canary"]["endpoint"] = f"tumours at {canary.router}"  # the demo of yesterday does not hold it
    block["canary"]["metrics_from"] = canary.prometheus
    block["canary"]["route"]["shift"] = [python, script, folder, "shift"]
    block["canary"]["route"]["state"] = [python, script, folder, "state"]
    # Time is compressed: two seconds stand for a minute.
    block["canary"] |= {"interval": "2s", "duration": "50s", "bake": "20s", "late": "2s"}
    return block


def asked(project: Path, *words: str) -> int:
    """One command of ours in the project; its exit code."""
    print(f"\n$ mlops-gates {' '.join(words)}", flush=True)
    command = [sys.executable, "-m", "mlops_gates", *words, "--working-directory", str(project)]
    return subprocess.run(command, check=False).returncode


def one(name: str, project: Path, fault: dict[str, str]) -> bool:
    """Deploy a candidate, watch it, promote it where the gate says so; whether it has all of the traffic in the end."""
    project.mkdir(parents=True, exist_ok=True)
    with parts(share=0.0) as canary:
        (project / "mlops-gates.yml").write_text(json.dumps(config(canary), indent=2), encoding="utf-8")
        (project / "mlops-gates-canary.json").unlink(missing_ok=True)
        canary.fault("baseline", errors=ERRORS)
        canary.fault("canary", errors=ERRORS)
        with canary.traffic(RATE, lacking=LACKING):
            time.sleep(BEFORE)
            code = asked(project, "canary", "deploy")
            breaks = Timer(SOUND, lambda: canary.fault("canary", errors=ERRORS, **fault))
            breaks.start()
            code = code or asked(project, "run", "canary", "--host", "local")
            breaks.cancel()
            if code == 0:
                asked(project, "canary", "promote")
            elif code != 1:  # a gate that failed has rolled back
                asked(project, "canary", "rollback")
            shares = canary.shares()
    print(f"\nThe {name} candidate has {100 * shares['canary']:.0f} % of the traffic.")
    return shares["canary"] == 1.0


def main() -> int:
    """Both candidates; 0 where each came to its end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("mlops-gates-demo/canary"))
    folder = parser.parse_args().folder
    if absent := missing():
        print(f"{' and '.join(absent)} is not here: apt-get install --no-install-recommends {' '.join(absent)}")
        return 2
    began = time.monotonic()
    good = one("good", folder / "good", {})
    bad = one("bad", folder / "bad", {"nulled": NULLED})
    print(f"\n{time.monotonic() - began:.0f} s. The reports:")
    for name in ("good", "bad"):
        print(f"  {folder / name / 'mlops-gates-report' / 'report.html'}")
    return 0 if good and not bad else 1


if __name__ == "__main__":
    sys.exit(main())
