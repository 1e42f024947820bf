"""Files that scripts write: bring them up to date, or say which are not."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path


def stale(root: Path, pages: Mapping[str, str]) -> dict[str, str]:
    """Return the files below `root` that differ from what they should hold, with what that is."""
    return {
        path: content
        for path, content in pages.items()
        if not (root / path).is_file() or (root / path).read_text(encoding="utf-8") != content
    }


def main(root: Path, pages: Mapping[str, str], writer: str) -> int:
    """Write the stale files, or with `--check` name them. Returns the exit code."""
    changed = stale(root, pages)
    if "--check" in sys.argv[1:]:
        for path in changed:
            print(f"{path} is not what {writer} writes", file=sys.stderr)
        return 1 if changed else 0
    for path, content in changed.items():
        (root / path).write_text(content, encoding="utf-8")
        print(f"wrote {path}")
    return 0
