"""Splits what lies in the input `raw` into the outputs `train` and `validation`."""

from __future__ import annotations

import argparse
from pathlib import Path

BASE = Path("/opt/ml/processing")


def main() -> None:
    """Every fifth row validates."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100)
    most = parser.parse_args().rows
    for file in sorted((BASE / "input/raw").glob("*.csv")):
        head, *rows = file.read_text().splitlines()[: most + 1]
        for name, chosen in (("train", [r for i, r in enumerate(rows) if i % 5]), ("validation", rows[::5])):
            (BASE / "output" / name / file.name).write_text("\n".join([head, *chosen]))


if __name__ == "__main__":
    main()
