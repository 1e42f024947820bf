"""`profile`: what a table is like, stored in place of the table; and test data made of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlops_gates import __version__, digests, naming
from mlops_gates.errors import CheckError, UsageError
from mlops_gates.findings import Location
from mlops_gates.tables import discretion, profiling, synthesis
from mlops_gates.tables import profile as stored
from mlops_gates.tables.asks import Rows
from mlops_gates.tables.duck import DuckTable
from mlops_gates.tables.named import open_named
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import ColumnProfile, Profile
from mlops_gates.tables.source import Source
from mlops_gates.textsafe import one_line
from mlops_gates.writing import replace, replacing

MEMORY = 8 * 1000**3
"""Bytes, as a gate has where nothing else is said."""

_SUFFIX = ".profile.json"
_TABLES = (".csv", ".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class Reading:
    """How a table is read: words that mean null, and what separates fields (empty: found in the header)."""

    null_values: tuple[str, ...] = ()
    delimiter: str = ""


def profiled(name: str, output: str, how: Reading, fewest: int, form: str) -> tuple[str, str]:
    """Profile `name` and store it as `output`. What to print (the profile, for the form `json`), and what to warn of.

    Raises UsageError where the file is missing or `output` holds something else, CheckError where it cannot be read.
    """
    target = _target(name, output)
    with opened(name, how) as source:
        profile = _profile(name, source, fewest)
    text = stored.dump(profile)
    try:
        replace(target, text)
    except OSError as error:
        raise CheckError(f"{target} cannot be written: {error.strerror or error}") from None
    return text if form == "json" else _told(profile, target), _warning(profile, target)


def synthesized(name: str, target: str, how: Reading, rows: int | None, seed: int, force: bool) -> str:
    """Write a synthetic table like `name` to `target`; a sentence on it.

    Raises UsageError where the file is missing or the target is none or exists (unless `force`), CheckError where the
    table cannot be read or drawn.
    """
    path = Path(target)
    if path.suffix.lower() not in _TABLES:
        raise UsageError(f"{target}: a table is written as {' or '.join(_TABLES)}", next_step="Name such a file.")
    free(path, force)
    with opened(name, how) as source:
        if any(path.resolve() == one.resolve() for one in source.files):
            raise UsageError(f"{target} is the real table", next_step="Name another file.")
        profile = _profile(name, source, discretion.FEWEST)
        asked = synthesis.Asked(rows or profile.rows, seed, MEMORY)
        try:
            with replacing(path) as temporary:
                synthesis.synthesize(source, profile.columns, asked, temporary, path.suffix.lower())
        except OSError as error:
            raise CheckError(f"{target} cannot be written: {error.strerror or error}") from None
    return (
        f"{target}: {asked.rows:,} rows in {len(profile.columns):,} columns like those of {naming.public(name)}, none of "
        "them a row of it. Columns are drawn one by one: what they have to do with each other is not kept.\n"
    )


def free(path: Path, force: bool) -> None:
    """Raises UsageError when there is something at `path` that must not be replaced, or no folder for it."""
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", next_step="Make it, or name another file.")
    if path.is_symlink() or path.exists():
        if not force:
            raise UsageError(f"{path} exists", next_step="Name another file, or add --force to replace it.")
        if path.is_symlink() or not path.is_file():
            raise UsageError(f"{path} is no regular file", next_step="Name another file.")


@contextmanager
def opened(name: str, how: Reading) -> Iterator[Source]:
    """The source of that name, from the folder where the command runs. Raises UsageError where there is none, CheckError."""
    try:
        naming.checked(name)
        path = naming.on_disk(name)
    except ValueError as error:
        raise UsageError(f"{naming.public(name)}: {error}") from None
    if path is not None and not naming.is_pattern(Path(path)) and not Path(path).exists():
        raise UsageError(f"there is no file {path}", next_step="Paths start at the folder where the command runs.")
    if path is not None and path == name and stored.is_profile(Path(path)):
        what = "is a profile" if _is_profile(Path(path)) else "is no table"
        raise UsageError(f"{name} {what}", next_step="Name the data itself: a CSV, JSON lines or Parquet file.")
    try:
        source = open_named(name, Path.cwd(), how.null_values, how.delimiter)
    except OSError as error:
        raise CheckError(f"{naming.public(name)} cannot be read: {error.strerror or error}") from None
    try:
        yield source
    finally:
        source.close()


def columns(plan: Plan) -> dict[str, ColumnProfile]:
    """The profiles of all columns of an open table. Raises CheckError, for a table without rows too."""
    plan.ask([Rows()])
    plan.run()
    if not plan.rows:
        source = plan.table.source
        raise CheckError(
            f"{source.shown} has no rows, so nothing can be said of its columns",
            where=Location(source.shown, 1) if source.lined else None,
            next_step="Name a table with rows, best as many as later ones will have.",
        )
    return profiling.columns(plan, dict.fromkeys(plan.table.columns))


def _profile(name: str, source: Source, fewest: int) -> Profile:
    table = DuckTable(source, MEMORY)
    try:
        plan = Plan(table, lambda _: None)
        found = discretion.discreet(columns(plan), fewest)
        return Profile(naming.public(name), _digest(name), plan.rows, found, f"mlops-gates {__version__}")
    finally:
        table.close()


def _digest(name: str) -> str:
    """The digest of the files that were read, as a verdict binds them; empty for what another system holds."""
    path = naming.on_disk(name)
    try:
        return f"sha256:{digests.again(digests.DATA, Path(path))}" if path is not None else ""
    except OSError as error:
        raise CheckError(f"{name} cannot be read: {error.strerror or error}") from None


def _target(name: str, output: str) -> Path:
    path = Path(output) if output else _beside(name)
    if path.suffix != ".json":
        raise UsageError(f"{path}: a profile is a .json file", next_step=f"Name it like train{_SUFFIX}.")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", next_step="Make it, or name another file.")
    if (path.exists() or path.is_symlink()) and not _is_profile(path):
        raise UsageError(f"{path} exists and is no profile", next_step="Name another file with --output.")
    return path


def _beside(name: str) -> Path:
    """`data/train.csv` has its profile in `data/train.profile.json`."""
    if naming.scheme(name) or naming.is_pattern(Path(name)):
        raise UsageError("the profile needs a name", next_step=f"Give it one: --output train{_SUFFIX}.")
    path = Path(name)
    stem = path.name.removesuffix(naming.suffixes(name)[1])
    return path.parent / (Path(stem).stem + _SUFFIX) if path.name else Path("table" + _SUFFIX)


def _is_profile(path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.stat().st_size > stored.MOST_BYTES:
        return False
    try:
        raw = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(raw, dict) and raw.get("format") == stored.FORMAT


def _told(profile: Profile, target: Path) -> str:
    lines = [f"{one_line(profile.source)}: {profile.rows:,} rows, {len(profile.columns):,} columns", ""]
    width = min(40, max(map(len, profile.columns), default=0))
    for name, one in profile.columns.items():
        gaps = f", {one.nulls:,} null" if one.nulls else ""
        lines.append(
            f"  {one_line(name, 40):<{width}}  {one.kind:<9} {one.type or '':<10} {_spread(one)}{gaps}".rstrip()
        )
    return "\n".join([*lines, "", f"Written to {target}. Name it as `reference:` in place of the data.", ""])


def _spread(one: ColumnProfile) -> str:
    if one.kind == "category":
        rest = f", {one.other:,} rows of others" if one.other else ""
        return f"{len(one.values)} values{rest}"
    if one.kind in ("number", "moment"):
        return f"{one.least} … {one.greatest}"
    return f"about {one.distinct:,} different ones, none kept" if one.kind == "text" else ""


def _warning(profile: Profile, target: Path) -> str:
    named = [name for name, one in profile.columns.items() if one.values]
    ends = [name for name, one in profile.columns.items() if one.least is not None]
    if not named and not ends:
        return ""
    return (
        f"{target} holds values of the table: the categories of {len(named)} columns and the least and greatest of "
        f"{len(ends)}. Look at it before you share it.\n"
    )
