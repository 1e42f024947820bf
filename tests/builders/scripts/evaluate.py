"""Writes the loss of a model to the output `evaluation`."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

BASE = Path("/opt/ml/processing")


def main() -> None:
    """The loss that the training wrote beside its model."""
    with tarfile.open(BASE / "input/model/model.tar.gz") as archive:
        loss = json.load(archive.extractfile("model.json"))["loss"]
    (BASE / "output/evaluation/evaluation.json").write_text(json.dumps({"metrics": {"loss": {"value": loss}}}))


if __name__ == "__main__":
    main()
