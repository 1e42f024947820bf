"""A source by the name that stands in a config: on disk, in S3, in SQLite or in PostgreSQL."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlops_gates import naming
from mlops_gates.errors import CheckError
from mlops_gates.tables.source import Source, discarded, from_files, open_source, some
from mlops_gates.tables.sources import hive


def open_named(
    name: str,
    workdir: Path,
    null_values: tuple[str, ...] = (),
    delimiter: str = "",
    seconds: float = 3600.0,
    going: Callable[[], None] = lambda: None,
    wanted: Callable[[str], bool] = lambda _: True,
) -> Source:
    """Open what `name` stands for; paths start at `workdir`. Close it: what came from elsewhere is in a private folder.

    `seconds` bound what another system is asked, `going` may raise to stop what takes long. Of several files or objects only
    those are fetched whose name is `wanted` (where none is, the last). Raises CheckError.
    """
    kind, shown = naming.scheme(name), naming.public(name)
    if not kind:
        return open_source(workdir / name, name, null_values, delimiter, going, wanted)
    try:
        naming.checked(name)
    except ValueError as error:
        raise CheckError(f"{shown}: {error}") from None
    with _private() as folder:
        from mlops_gates.adapters import postgres, sqlite

        if kind == "s3":
            files = _from_s3(name, folder, going, wanted)
            parted = len(files) > 1
            return from_files(files, shown, null_values, delimiter, going, parted=parted, folder=folder)
        target = folder / "table.csv"
        if kind == "sqlite":
            path, table = naming.sqlite_parts(name)
            sqlite.dump(workdir / path, table, shown, target, going)
        else:
            server, table_of = naming.postgres_parts(name)
            postgres.dump(server, table_of, shown, target, seconds, going)
        return from_files([(target, shown)], shown, null_values, ",", going, folder=folder, like="table.csv")


@contextmanager
def _private() -> Iterator[Path]:
    """A folder that only this user can read; it goes when the source cannot be opened, else with the source."""
    folder = Path(tempfile.mkdtemp(prefix="mlops-gates-source-"))
    with discarded(folder):
        yield folder


def _from_s3(
    name: str, folder: Path, going: Callable[[], None], wanted: Callable[[str], bool]
) -> list[tuple[Path, str]]:
    """The objects as files; of the folders of a key only partitions are kept, no key can lead out of the folder."""
    from mlops_gates.adapters import s3

    files = []
    for place, item in enumerate(some(s3.items(name), lambda one: wanted(one.key))):
        target = hive.private(folder / "s3" / str(place), item.key)
        target.parent.mkdir(parents=True)
        s3.fetch(item, target, going)
        files.append((target, item.shown))
    return files
