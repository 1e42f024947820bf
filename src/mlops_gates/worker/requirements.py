"""Reads a requirements file: what decides the environment, and what would run code while it is installed.

The installer is not shut in (it needs the network), so by default nothing may be built: a source distribution, a
version-control address or a folder runs its own setup code. Wheels are only unpacked.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from mlops_gates.errors import CheckError
from mlops_gates.findings import Location
from mlops_gates.textsafe import one_line

_INCLUDE = re.compile(r"^(?:-r|--requirement|-c|--constraint)[\s=]*(.+)$")
_RUNS_CODE = re.compile(r"^(?:-e\b|--editable|--no-binary)|(?:git|hg|svn|bzr)\+")
_ADDRESS = re.compile(r"(?:^|@\s*)((?:https?|file|ftp)://\S+|\.{0,2}/\S*)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")


def digest(file: Path, builds: bool) -> str:
    """SHA-256 (hex) over the file and all that it includes. Raises `CheckError` with the line that would run code.

    `builds` allows such lines; what they point to outside the file is then not part of the digest.
    """
    found = hashlib.sha256()
    waiting, seen = [file], set()
    while waiting:
        current = waiting.pop().resolve()
        if current in seen:
            continue
        seen.add(current)
        content = _read(current)
        found.update(len(content).to_bytes(8, "big") + content)
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), start=1):
            included = _one(current, number, _COMMENT.sub("", line).strip(), builds)
            if included is not None:
                waiting.append(included)
    return found.hexdigest()


def _one(file: Path, number: int, line: str, builds: bool) -> Path | None:
    included = _INCLUDE.match(line)
    if included:
        return file.parent / included[1].strip()
    if builds or line.startswith(("-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--trusted-host")):
        return None
    address = _ADDRESS.search(line)
    runs = _RUNS_CODE.search(line) or (address and not address[1].split("#")[0].split("?")[0].endswith(".whl"))
    if runs:
        raise CheckError(
            f"{file.name}:{number}: `{one_line(line, 80)}` would run its own code while it is installed",
            where=Location(file.name, number),
            next_step="Name a released version or a wheel; folders of your own belong into `code`.",
        )
    return None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise CheckError(f"the requirements file {file.name} cannot be read: {error.strerror}") from error
