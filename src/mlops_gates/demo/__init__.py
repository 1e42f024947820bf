"""`demo`: a small real model on real data, gated as a user would gate it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib import resources
from pathlib import Path

import click

from mlops_gates.asked import Inputs
from mlops_gates.errors import CheckError, UsageError
from mlops_gates.session import run


def run_demo(folder: str) -> int:
    """Train, write a config beside the model, run all gates on them, say what to look at next; the run's exit code.

    Raises UsageError where the libraries of the demo are missing, CheckError where training fails.
    """
    missing = [name for name in ("duckdb", "sklearn", "pandas", "botocore") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            f"the demo needs {', '.join(missing)}", next_step="Install them: pip install 'mlops-gates[all]'."
        )
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    click.echo("Training a classifier on the breast cancer data that ships with scikit-learn (569 tumours) ...")
    done = subprocess.run(
        [sys.executable, "-m", "mlops_gates.demo.train", folder], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CheckError(f"training failed: {done.stderr.strip().splitlines()[-1:]}", next_step="Is the disk full?")
    for name in ("mlops-gates.yml", "pipeline.json"):
        text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
        (place / name).write_text(text, encoding="utf-8")
    click.echo(f"{done.stdout.strip()}\nIts gates are set in {folder}/mlops-gates.yml. Running them ...\n")
    code = run(Inputs(workdir=folder, host="local"))
    click.echo(_NEXT.format(folder=folder, command=_command()))
    return code


def _command() -> str:
    """How the reader can call us again from here."""
    return "mlops-gates" if shutil.which("mlops-gates") else os.path.relpath(sys.argv[0])


_NEXT = """
What next?
  See it stop a deploy:   {command} run --working-directory {folder} --set model.thresholds.accuracy=0.99
  See AWS refuse a job:   set MaxWaitTimeInSeconds to 60 in {folder}/pipeline.json, then {command} run builders --working-directory {folder}
  What a check means:     {command} explain model.performance
  The report of this run: {folder}/mlops-gates-report/report.html
  Gate your own model:    copy {folder}/mlops-gates.yml to your project and change its paths
"""  # noqa: E501
