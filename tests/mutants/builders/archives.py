"""Archives of models as they are packed, and as they should not be."""

from __future__ import annotations

import io
import pickle
import tarfile
from pathlib import Path
from typing import Any

SCRIPT = b"import joblib\n\n\ndef model_fn(folder):\n    return joblib.load(folder + '/model.joblib')\n"
HOLDS = {
    "model": ("model.pth", "code/inference.py"),
    "direct": ("xgboost-model",),
    "serial": ("model.joblib", "code/inference.py"),
}
"""What the archive of a builder's first container holds."""


def packed(file: Path, builder: str, words: dict[str, Any]) -> Path:
    """The archive: `holds` such files, is `cut` to a share of its bytes, is not `compressed`."""
    names = words.get("holds", HOLDS[builder])
    with tarfile.open(file, "w" if words.get("compressed") is False else "w:gz") as archive:
        for name in names:
            content = _content(name, plain="holds" in words)
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    if share := words.get("cut"):
        file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    return file


def _content(name: str, plain: bool) -> bytes:
    if name.endswith(".py"):
        return b"def predict():\n    return 1\n" if plain else SCRIPT
    return pickle.dumps({"weights": list(range(50))})
