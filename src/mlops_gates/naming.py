"""What the name of a data source stands for: a file, a folder, a pattern of files, or a place in another system.

Nothing is opened here: names are looked up, so that the config, the digests and the tables mean the same files.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

MOST_FILES = 10_000
MOST_ENTRIES = 1_000_000
SCHEMES = ("s3", "sqlite", "postgresql")
PACKINGS = (".gz", ".zst")
FORMATS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".arrow": "arrow",
    ".feather": "arrow",
    ".ipc": "arrow",
}
"""The formats by suffix; text may also be packed: `.csv.gz`, `.jsonl.zst`."""

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
MAGIC = re.compile(r"[*?[]")
_USER = re.compile(r"(?<=://)[^/@#]*@")
_SQLITE = re.compile(r"sqlite:///([^#?]+)#(.+)", re.DOTALL)


def scheme(name: str) -> str:
    """What stands before `://`, in small letters; empty for a path. `spark://` and its like are the caller's."""
    match = _SCHEME.match(name)
    return match[1].lower() if match else ""


def public(name: str) -> str:
    """The name without user and password."""
    return _USER.sub("", name) if scheme(name) else name


def sqlite_parts(name: str) -> tuple[str, str]:
    """The path and the table of `sqlite:///path/to.db#table`. Raises ValueError."""
    if not (match := _SQLITE.fullmatch(name)):
        raise ValueError("should be sqlite:///path/to.db#table")
    return unquote(match[1]), match[2]


def on_disk(name: str) -> str | None:
    """The path that the name reads from, from the working directory; None where it is another system. Raises ValueError."""
    kind = scheme(name)
    if kind == "sqlite":
        return sqlite_parts(name)[0]
    if kind and kind not in SCHEMES:
        raise ValueError(f"{kind}:// cannot be read; a path and {', '.join(f'{one}://' for one in SCHEMES)} can")
    return None if kind else name


def postgres_parts(name: str) -> tuple[str, tuple[str, str]]:
    """The server's address, and schema and table, of `postgresql://user@host:port/database#schema.table`.

    The schema is `public` where it is left out. Raises ValueError, for a password too: a config is no place for it.
    """
    server, _, table = name.partition("#")
    if not table or not all(table.split(".", 1)) or len(server.split("/")) < 4:
        raise ValueError("should be postgresql://user@host:port/database#schema.table")
    user = server.partition("://")[2].partition("/")[0].rpartition("@")[0]
    if ":" in user or re.search(r"[?&]password=", server):
        raise ValueError("should have no password: set PGPASSWORD, or use a password file")
    schema, dot, last = table.partition(".")
    return server, (unquote(schema), unquote(last)) if dot else ("public", unquote(table))


def checked(name: str) -> None:
    """Raises ValueError for a name that nothing can have."""
    on_disk(name)
    if scheme(name) == "postgresql":
        postgres_parts(name)
    if scheme(name) == "s3" and not re.fullmatch(r"s3://[A-Za-z0-9.-]+/.+", name):
        raise ValueError("should be s3://bucket/key")


def suffixes(path: str) -> tuple[str, str]:
    """The suffix of the format and that of the packing (or nothing), in small letters."""
    name = Path(path).name.lower()
    packing = next((one for one in PACKINGS if name.endswith(one)), "")
    return Path(name.removesuffix(packing)).suffix, packing


def is_pattern(path: Path) -> bool:
    """Whether the path stands for all files that match it. One that exists letter by letter is itself."""
    return bool(MAGIC.search(str(path))) and not os.path.lexists(path)


def is_set(path: Path) -> bool:
    """Whether the path stands for several files: a pattern or a folder."""
    return is_pattern(path) or path.is_dir()


def files(path: Path) -> tuple[Path, ...]:
    """The entries that the path stands for, sorted: itself, what matches it, or the data files of the folder.

    A folder gives its files with a readable suffix, those of its folders too; names that begin with `.` or `_` are
    left out, as Spark and Hive do. A link to a folder is refused where the depth is open: it may lead anywhere, also
    back. Raises OSError.
    """
    if is_pattern(path):
        found = _matching(Path(path.anchor), path.parts[1:] if path.anchor else path.parts)
    elif path.is_dir():
        found = (one for one in _below(path) if suffixes(one.name)[0] in FORMATS)
    else:
        return (path,)
    several = set()
    for one in found:
        several.add(one)
        if len(several) > MOST_FILES:
            raise OSError(0, f"more than {MOST_FILES:,} files")
    return tuple(sorted(several))


def has(path: Path, file: Path) -> bool:
    """Whether the path stands for the file."""
    try:
        return file == path or (is_set(path) and file in files(path))
    except OSError:
        return False


def fixed(path: Path) -> Path:
    """The part of a path before its first pattern; the path itself where there is none."""
    if not is_pattern(path):
        return path
    parts = path.parts
    first = next(place for place, part in enumerate(parts) if MAGIC.search(part))
    return Path(*parts[:first])


def _matching(folder: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    part, rest = parts[0], parts[1:]
    if part == "**":
        for inner in (folder, *(one for one in _folders(folder))):
            yield from _matching(inner, rest or ("*",))
        return
    if not MAGIC.search(part):
        found = [folder / part] if os.path.lexists(folder / part) else []
    else:
        hidden = part.startswith(".")
        found = [folder / name for name in _names(folder) if hidden or not name.startswith(".")]
        found = [one for one in found if fnmatch.fnmatchcase(one.name, part)]
    for one in found:
        if not rest:
            yield one
        elif one.is_dir():
            yield from _matching(one, rest)


def _names(folder: Path) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _folders(folder: Path) -> Iterator[Path]:
    for root, _ in _walked(folder, (".",)):
        if root != folder:
            yield root


def _below(folder: Path) -> Iterator[Path]:
    for root, names in _walked(folder, (".", "_")):
        yield from (root / name for name in names if not name.startswith((".", "_")))


def _walked(folder: Path, hidden: tuple[str, ...]) -> Iterator[tuple[Path, list[str]]]:
    seen = 0
    for root, folders, names in os.walk(folder, onerror=_raised):
        folders[:] = sorted(name for name in folders if not name.startswith(hidden))
        seen += 1 + len(names)
        if seen > MOST_ENTRIES:
            raise OSError(0, f"more than {MOST_ENTRIES:,} entries")
        if link := next((name for name in folders if (Path(root) / name).is_symlink()), None):
            raise OSError(0, f"{link} is a link to a folder, which is not followed")
        yield Path(root), names


def _raised(error: OSError) -> None:
    raise error
