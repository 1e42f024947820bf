"""Landlock by plain system calls: what of the file system a process may still touch. Standard library, Python 3.8+.

https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable, Iterator
from typing import List, NamedTuple, Set, Tuple  # noqa: UP035

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1

_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_REFER, _IOCTL_DEV = 1 << 13, 1 << 15
_ABI_1 = (1 << 13) - 1
_ON_FILES = 1 | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_TCP = 0b11
_SCOPES = 0b11
READ = _READ_FILE | _READ_DIR
USE = READ | _WRITE_FILE
_NOT_IN_PRIVATE = (1 << 6) | (1 << 9) | (1 << 10) | (1 << 11) | _IOCTL_DEV
"""Device files, sockets and named pipes are never made."""

MOST_ENTRIES = 200_000
"""Entries that a search for hard links looks at."""

_libc = ctypes.CDLL(None, use_errno=True)


def abi() -> int:
    """The kernel's version of Landlock, 0 where it has none or a container forbids it."""
    version: int = _libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))
    return max(0, version)


class Ruleset:
    """Everything is forbidden except what `allow` named before `restrict`. Raises `OSError`."""

    def __init__(self) -> None:
        version = abi()
        if not version:
            raise OSError("no Landlock")
        later = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEV))
        self.handled = _ABI_1 | sum(right for since, right in later if version >= since)
        attributes = struct.pack("=QQQ", self.handled, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
        size = 8 if version < 4 else 16 if version < 6 else 24
        self._fd = _checked(_libc.syscall(_CREATE, attributes, ctypes.c_size_t(size), ctypes.c_uint32(0)))

    @property
    def private(self) -> int:
        """Every right that a folder of one's own needs."""
        return self.handled & ~_NOT_IN_PRIVATE

    def allow(self, path: str, rights: int) -> None:
        """Adds rights beneath a path; a path that does not exist or is out of reach is left forbidden."""
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            return
        try:
            self._add(fd, rights)
        finally:
            os.close(fd)

    def allow_around(self, folder: str, hidden: Iterable[str]) -> None:
        """Reading beneath a folder, except beneath the hidden paths in it: Landlock cannot take back, only not give.

        The names in a folder that holds something hidden stay visible, contents do not. Symbolic links in such a
        folder give nothing: they may point at what is hidden.
        """
        within = [path for path in hidden if path == folder or path.startswith(folder.rstrip("/") + "/")]
        if folder in within:
            return
        if not within:
            self.allow(folder, READ)
            return
        self.allow(folder, _READ_DIR)
        for entry in _entries(folder):
            if not entry.is_symlink():
                self.allow_around(entry.path, within)

    def restrict(self) -> None:
        """Applies the rules to this thread and all that it starts; it cannot be undone. Needs `NO_NEW_PRIVS`."""
        _checked(_libc.syscall(_RESTRICT, self._fd, ctypes.c_uint32(0)))
        os.close(self._fd)

    def _add(self, fd: int, rights: int) -> None:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights & self.handled, fd)
        _checked(_libc.syscall(_ADD_RULE, self._fd, _PATH_BENEATH, rule, ctypes.c_uint32(0)))


class Links(NamedTuple):
    """Other names of hidden files, and whether all folders were searched to their end."""

    paths: List[str]  # noqa: UP006 -- evaluated by the child's Python 3.8
    complete: bool


def other_names(hidden: Iterable[str], folders: Iterable[str]) -> Links:
    """Hard links in the folders of files that are hidden, or lie in a hidden folder.

    A rule belongs to an inode and not to a path, so a hidden file is readable under any name that is not hidden too.
    Nothing is searched unless a hidden file has a second name.
    """
    hidden = tuple(hidden)
    search = _Search()
    wanted: Set[Tuple[int, int]] = set()  # noqa: UP006
    for path in hidden:
        try:
            found = os.stat(path)  # noqa: PTH116
        except FileNotFoundError:  # what is not there has no other name
            continue
        except OSError:
            search.complete = False
            continue
        if stat.S_ISDIR(found.st_mode):
            wanted.update((s.st_dev, s.st_ino) for _, s in search.files(path, ()) if s.st_nlink > 1)
        elif found.st_nlink > 1:
            wanted.add((found.st_dev, found.st_ino))
    paths: List[str] = []  # noqa: UP006
    if wanted:
        for folder in folders:
            paths += [path for path, s in search.files(folder, hidden) if (s.st_dev, s.st_ino) in wanted]
    return Links(paths, search.complete)


class _Search:
    """Walks folders, all together no further than `MOST_ENTRIES`, and never through symbolic links."""

    def __init__(self) -> None:
        self.complete = True
        self._left = MOST_ENTRIES

    def files(self, folder: str, without: Tuple[str, ...]) -> Iterator[Tuple[str, os.stat_result]]:  # noqa: UP006
        """Every file beneath the folder, except beneath the paths in `without`."""
        waiting = [folder]
        while waiting:
            try:
                with os.scandir(waiting.pop()) as entries:
                    for entry in entries:
                        if self._left == 0:
                            self.complete = False
                            return
                        self._left -= 1
                        if entry.path in without or entry.is_symlink():
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append(entry.path)
                        else:
                            yield entry.path, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            except OSError:
                self.complete = False


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from found
    except OSError:
        return


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
