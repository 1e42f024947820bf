"""What is in a model.tar.gz: read once as a stream, nothing is ever written to disk, imported or unpickled."""

from __future__ import annotations

import posixpath
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from gzip import GzipFile
from pathlib import Path
from typing import IO, Literal

from mlops_gates.errors import CheckError
from mlops_gates.gates.builders.archives import pickles
from mlops_gates.records import dataclass

MEMBERS = 100_000
"""More of them are not looked at."""
BYTES, TIMES = 256 << 20, 200
"""An archive that grows beyond BYTES to more than TIMES of its size is not read on; gzip reaches 1,032 times."""
SCRIPT = 1 << 20
"""Bytes of a script that is read."""
_SCRIPTS = 1_000
_BLOCK = 1 << 20
_PATIENCE = 64
_DRIVE = re.compile(r"[A-Za-z]:")

Fault = Literal["", "no-gzip", "damaged", "too-much"]


@dataclass(frozen=True)
class Archive:
    """`names` are its files by their path within it; `outside` its members that are no files inside it, each with what is
    wrong; `scripts` the Python files with their bytes; `running` per pickle the globals that run code when it is read.

    `fault` is why it was not read to its end, `told` says so in words.
    """

    names: tuple[str, ...] = ()
    outside: Mapping[str, str] = field(default_factory=dict)
    scripts: Mapping[str, bytes] = field(default_factory=dict)
    running: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fault: Fault = ""
    told: str = ""


class _TooMuch(Exception):
    """It grows beyond all measure."""


class _Counted:
    """The unpacked bytes of a gzip file, counted while they are read."""

    def __init__(self, source: IO[bytes], size: int, alive: Callable[[], None]) -> None:
        self._unpacked = GzipFile(fileobj=source, mode="rb")
        self._most = max(BYTES, TIMES * size)
        self._alive = alive
        self.count = 0
        self._ended = 0

    def read(self, size: int = _BLOCK) -> bytes:
        """The next bytes. Raises _TooMuch beyond what an archive of this size may hold, EOFError long behind its end."""
        self._alive()
        found = self._unpacked.read(min(size, _BLOCK))
        self.count += len(found)
        self._ended += not found
        if self._ended > _PATIENCE:
            raise EOFError  # tarfile reads on behind the end for as long as a header's size says
        if self.count > self._most:
            raise _TooMuch(f"it holds more than {TIMES} times its size, {self._most >> 20} MB and more")
        return found


def look(file: Path, alive: Callable[[], None] = lambda: None) -> Archive:
    """Read an archive to its end, or to what stops it, which is told as its fault. Raises OSError where the file itself
    cannot be opened, and what `alive` raises, which is called about once per MB."""
    names: dict[str, None] = {}
    outside: dict[str, str] = {}
    scripts: dict[str, bytes] = {}
    running: dict[str, tuple[str, ...]] = {}
    fault: Fault = ""
    told = ""
    with file.open("rb") as source:
        if source.read(2) != b"\x1f\x8b":
            return Archive(fault="no-gzip", told=_kind(source))
        source.seek(0)
        unpacked = _Counted(source, file.stat().st_size, alive)
        try:
            for number, (member, content) in enumerate(_members(unpacked)):
                if number >= MEMBERS:
                    raise _TooMuch(f"it has more than {MEMBERS:,} members")
                if wrong := _wrong(member):
                    outside[member.name[:200]] = wrong
                elif content:
                    name = _inside(member.name)
                    names[name] = None
                    _note(name, content, member.size, scripts, running)
        except _TooMuch as raised:
            fault, told = "too-much", str(raised)
        except (tarfile.TarError, EOFError, OSError, ValueError, ArithmeticError, LookupError) as raised:
            fault, told = "damaged", _words(raised)
        except Exception as raised:
            if type(raised).__module__ != "zlib":
                raise
            fault, told = "damaged", "its compressed data is broken"
    return Archive(tuple(names), outside, scripts, running, fault, told)


def names(file: Path) -> tuple[str, ...]:
    """The files in an archive, by their path within it. Raises CheckError where it cannot be read to its end."""
    try:
        found = look(file)
    except OSError as error:
        raise CheckError(f"{file.name} cannot be read: {error.strerror or error}") from error
    if found.fault:
        raise CheckError(f"{file.name} cannot be read: {found.told}")
    return found.names


def _members(unpacked: _Counted) -> Iterator[tuple[tarfile.TarInfo, IO[bytes] | None]]:
    """Each member with its content, where it is a file; then the rest, so that the checksum at its end is seen."""
    with tarfile.open(fileobj=unpacked, mode="r|") as tar:  # type: ignore[call-overload]
        while member := tar.next():
            yield member, tar.extractfile(member) if member.isreg() else None
            tar.members.clear()  # what was read is not kept
    while unpacked.read():
        pass


def _note(
    name: str, content: IO[bytes], size: int, scripts: dict[str, bytes], running: dict[str, tuple[str, ...]]
) -> None:
    """Keep a script; look at what frameworks unpickle."""
    if name.endswith(".py"):
        if size <= SCRIPT and len(scripts) < _SCRIPTS:
            scripts[name] = content.read()
        return
    head = content.read(2)
    named = name.lower().endswith(pickles.SUFFIXES) or posixpath.basename(name).startswith("xgboost-model")
    if (named or (head[:1] == b"\x80" and head[1:] <= b"\x05")) and (
        found := pickles.dangerous(head + content.read(pickles.LARGEST))
    ):
        running[name] = found


def _inside(name: str) -> str:
    return posixpath.normpath(name)


def _wrong(member: tarfile.TarInfo) -> str:
    """What makes a member more than a file, a folder or a link inside the archive; empty where nothing does."""
    if _escapes(member.name):
        return "lies outside of the archive"
    if member.issym():
        target = posixpath.join(posixpath.dirname(member.name), member.linkname)
        return "is a link that leads out of the archive" if _escapes(target) or _escapes(member.linkname, 1) else ""
    if member.islnk():
        return "is a link that leads out of the archive" if _escapes(member.linkname) else ""
    return "" if member.isreg() or member.isdir() else "is a device, no file"


def _escapes(name: str, absolute_alone: int = 0) -> bool:
    """Whether a path is absolute or climbs above the archive's root; `absolute_alone` looks at the first only."""
    plain = name.replace("\\", "/")
    if plain.startswith("/") or _DRIVE.match(plain):
        return True
    return not absolute_alone and posixpath.normpath(plain).split("/")[0] == ".."


def _kind(source: IO[bytes]) -> str:
    """What a file is that is no gzip."""
    source.seek(0)
    start = source.read(512)
    if not start:
        return "it is an empty file"
    if start.startswith(b"version https://git-lfs"):
        return "it is a pointer of Git LFS, whose file was not fetched"
    if start[257:262] == b"ustar":
        return "it is a tar that is not compressed"
    return "it is a zip" if start[:4] == b"PK\x03\x04" else "it is no gzip"


def _words(raised: Exception) -> str:
    if isinstance(raised, EOFError) or "unexpected end" in str(raised):
        return "it ends too early, as if it was cut"
    if isinstance(raised, tarfile.TarError):
        return "it holds no tar that can be read"
    return "its data is broken"
