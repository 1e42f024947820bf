"""Where a table comes from: its files as an engine reads them, its format, its column names as they stand there."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias, TypeVar, cast

from mlops_gates import naming
from mlops_gates.errors import CheckError
from mlops_gates.records import dataclass
from mlops_gates.tables import lines
from mlops_gates.tables.sources import arrow, csvfiles, hive, jsonlines, packed, parquet

LEAST_FREE = 256 << 20
"""Bytes of disk that are left to others."""

T = TypeVar("T")
Format: TypeAlias = Literal["csv", "jsonl", "parquet"]


@dataclass(frozen=True)
class Source:
    """Files that hold one table, one after the other. Everything but CSV, JSON lines and Parquet was made one of them.

    `names` are the files as messages call them. `header` and `delimiter` belong to CSV, `keys` (the columns with
    DuckDB's types) to JSON lines, `partitions` (the columns in the names of folders, likewise) to Parquet. `lined` says
    whether a physical line of a file is one that the user can open; `folder` is private and goes with `close`.
    """

    files: tuple[Path, ...]
    names: tuple[str, ...]
    shown: str
    format: Format
    null_values: tuple[str, ...] = ()
    delimiter: str = ","
    header: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    partitions: tuple[tuple[str, str], ...] = ()
    lined: bool = True
    folder: Path | None = None

    @property
    def path(self) -> Path:
        """The first file."""
        return self.files[0]

    @property
    def textual(self) -> bool:
        """Whether every cell is text that is read as what the config declares."""
        return self.format == "csv"

    def close(self) -> None:
        """Remove what was copied, unpacked or converted."""
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)

    def places(self, rows: Iterable[int], counts: Sequence[int]) -> dict[int, tuple[Path, str, int]]:
        """For each of `rows` (counted from 1 over all files) its file, that file's name and its physical line in it.

        `counts` are the rows of each file, in order; a single file needs none. Empty where no line can be named.
        """
        found: dict[int, tuple[Path, str, int]] = {}
        if not self.lined:
            return found
        wanted, before = sorted(set(rows)), 0
        for place, (path, name) in enumerate(zip(self.files, self.names, strict=True)):
            last = before + counts[place] if len(self.files) > 1 else wanted[-1] if wanted else 0
            here = [row - before for row in wanted if before < row <= last]
            found |= {row + before: (path, name, line) for row, line in self._lines(path, here).items()}
            before = last
        return found

    def _lines(self, path: Path, rows: Sequence[int]) -> Mapping[int, int]:
        if self.format == "jsonl":
            return lines.nth(jsonlines.row_lines(path), rows)
        return lines.of_rows(path, rows, len(self.header), self.delimiter)

    def fault(self) -> CheckError | None:
        """Where the text breaks first, looked for when an engine could not read it; None where nothing is found."""
        for path, name in zip(self.files, self.names, strict=True):
            fault = None
            if self.format == "jsonl":
                fault = jsonlines.first_fault(path)
            elif self.format == "csv":
                fault = lines.first_fault(path, self.delimiter, len(self.header))
            if fault:
                return jsonlines.broken(name, *fault, lined=self.lined)
        return None


def is_textual(name: str) -> bool:
    """Whether the cells of a source of this name are text that is read as what the config declares."""
    return naming.scheme(name) in ("sqlite", "postgresql") or naming.FORMATS.get(naming.suffixes(name)[0]) == "csv"


def open_source(
    path: Path,
    shown: str,
    null_values: tuple[str, ...] = (),
    delimiter: str = "",
    going: Callable[[], None] = lambda: None,
    wanted: Callable[[str], bool] = lambda _: True,
) -> Source:
    """Look at what a file, a folder or a pattern holds; `going` may raise to stop what takes long.

    Of several files only those are read whose name is `wanted`, see `some`. Raises CheckError when there is no regular file,
    one is empty or a header cannot be read, and where several files are no one table.
    """
    files = some(_named(path, shown), lambda one: wanted(one[1]))
    return from_files(files, shown, null_values, delimiter, going, parted=naming.is_set(path))


def some(files: Sequence[T], wanted: Callable[[T], bool]) -> Sequence[T]:
    """Those that are wanted; where none is, the last one, since a table has at least one file."""
    return [one for one in files if wanted(one)] or files[-1:]


def from_files(
    files: Sequence[tuple[Path, str]],
    shown: str,
    null_values: tuple[str, ...] = (),
    delimiter: str = "",
    going: Callable[[], None] = lambda: None,
    *,
    parted: bool = False,
    folder: Path | None = None,
    like: str = "",
) -> Source:
    """The source of files that are there, with their names; `parted` where folders may be partitions.

    `folder` is a private one that holds some of them: it goes with the source, or at once when this raises CheckError.
    `like` is a name of their kind where their own tell none.
    """
    made = folder or Path(tempfile.mkdtemp(prefix="mlops-gates-source-"))
    with discarded(made):
        form, packing = _kind(files, shown, like)
        partitions = hive.partitions(files, shown) if parted and form == "parquet" else ()
        # Every file in a folder of its own: names may be the same.
        ready = [
            (_ready(one, form, packing, called, made / str(place), lambda: _going(made, going)), called)
            for place, (one, called) in enumerate(files)
        ]
        source = Source(
            files=tuple(one for one, _ in ready),
            names=tuple(called for _, called in ready),
            shown=shown,
            format="parquet" if form == "arrow" else cast("Format", form),
            null_values=null_values,
            partitions=partitions,
            lined=form in ("csv", "jsonl") and not packing and folder is None,
        )
        return _looked_into(_kept(source, made), ready, delimiter)


@contextmanager
def discarded(folder: Path) -> Iterator[None]:
    """Remove the folder when what is done with it does not end well."""
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _going(folder: Path, going: Callable[[], None]) -> None:
    going()
    if shutil.disk_usage(folder).free < LEAST_FREE:
        raise CheckError(
            "the disk is nearly full, so the source cannot be copied",
            next_step="Make room, or let TMPDIR name a larger disk.",
        )


def _kept(source: Source, folder: Path) -> Source:
    if any(folder.iterdir()):
        return replace(source, folder=folder)
    folder.rmdir()
    return source


def _looked_into(source: Source, ready: Sequence[tuple[Path, str]], delimiter: str) -> Source:
    if source.format == "csv":
        if not delimiter and naming.suffixes(source.names[0])[0] == ".tsv":
            delimiter = "\t"
        try:
            header, delimiter = csvfiles.header(ready, delimiter)
        except CheckError as error:
            error.where = error.where if source.lined else None
            raise
        return replace(source, header=header, delimiter=delimiter)
    if source.format == "jsonl":
        try:
            return replace(source, keys=jsonlines.columns(ready))
        except CheckError as error:
            error.where = error.where if source.lined else None
            raise
    parquet.same(ready, [name for name, _ in source.partitions])
    return source


def _named(path: Path, shown: str) -> list[tuple[Path, str]]:
    """The files of a path, each with the name that the user would give it. Raises CheckError."""
    try:
        found = naming.files(path)
    except OSError as error:
        raise CheckError(f"{shown} cannot be listed: {error.strerror or error}") from None
    if not found:
        what = "holds no file with a readable suffix" if path.is_dir() else "matches no file"
        raise CheckError(f"{shown} {what}", next_step=_READABLE)
    if found == (path,):
        return [(path, shown)]
    base, written = naming.fixed(path), naming.fixed(Path(shown))
    return [(one, (written / one.relative_to(base)).as_posix()) for one in found]


def _kind(files: Sequence[tuple[Path, str]], shown: str, like: str) -> tuple[str, str]:
    """The format and the packing that all files have. Raises CheckError for files that cannot be read at all."""
    kinds: dict[tuple[str, str], str] = {}
    for path, called in files:
        suffix, packing = naming.suffixes(like or called)
        if path.is_dir():
            raise CheckError(f"{called} is a folder", next_step="Name files, or one folder of Parquet files.")
        form = naming.FORMATS.get(suffix)
        if form is None or (packing and form not in ("csv", "jsonl")):
            given = repr(suffix + packing) if suffix + packing else "no"
            raise CheckError(f"{called}: a file with {given} suffix cannot be read", next_step=_READABLE)
        if not path.is_file():
            raise CheckError(f"{called} is no regular file", next_step="Name files only.")
        if path.stat().st_size == 0:
            raise CheckError(f"{called} is empty (0 bytes)", next_step="Look at the step that writes it.")
        kinds.setdefault((form, packing), called)
    if len(kinds) > 1:
        one, other = list(kinds.values())[:2]
        raise CheckError(f"{shown}: {one} and {other} are of different formats", next_step="Name files of one format.")
    return next(iter(kinds))


def _ready(path: Path, form: str, packing: str, called: str, folder: Path, going: Callable[[], None]) -> Path:
    """The file as an engine reads it: itself, or what it was unpacked or converted to."""
    if not packing and form != "arrow":
        return path if not naming.MAGIC.search(str(path)) else _linked(path, hive.private(folder, called))
    folder.mkdir(exist_ok=True)
    if packing:
        return packed.unpacked(path, packing, called, folder, going)
    return arrow.as_parquet(path, called, folder, going)


def _linked(path: Path, link: Path) -> Path:
    """A link to a file whose path an engine would take for a pattern: DuckDB has no way to say that it is none."""
    link.parent.mkdir(parents=True)
    link.symlink_to(path.absolute())
    return link


_READABLE = (
    f"Readable are {', '.join(sorted(naming.FORMATS))}; text also with {' or '.join(naming.PACKINGS)} behind it."
)
