"""Where benchmarks keep what is slow to make: tables and the peers' environments. Outside the project, and used again."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def cache() -> Path:
    """`mlops-gates-bench` in the user's cache folder."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mlops-gates-bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def made(script: str, rows: int, *flags: str) -> Path:
    """The table that `script` writes, written once per version of the script. Raises SystemExit when that fails."""
    source = b"".join((HERE / name).read_bytes() for name in (script, "checks.py"))
    name = "-".join([Path(script).stem, str(rows), *(flag.strip("-") for flag in flags)])
    file = cache() / f"{name}-{hashlib.sha256(source).hexdigest()[:8]}.parquet"
    if not file.exists():
        print(f"writing a table of {rows:,} rows ...", file=sys.stderr)
        done = subprocess.run([sys.executable, str(HERE / script), str(file), str(rows), *flags], check=False)
        if done.returncode:
            raise SystemExit(f"{script} could not write its table")
    _read(file)
    return file


def _read(file: Path) -> None:
    """Into the page cache, so that the first contender does not pay for the disk."""
    with file.open("rb", buffering=0) as opened:
        while opened.read(2**20):
            pass
