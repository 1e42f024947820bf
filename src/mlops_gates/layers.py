"""The layers of a config as one document: file < environment < inputs < flags, and the files of limits that it names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from mlops_gates import document as documents
from mlops_gates.document import Document, KeyPath
from mlops_gates.errors import ConfigError, UsageError
from mlops_gates.findings import Location
from mlops_gates.records import dataclass
from mlops_gates.wording import dotted

LIMITS_KEY = "thresholds"


@dataclass(frozen=True)
class Place:
    """Where relative paths start, how a file is called in reports, and the folder that paths must not leave (CI)."""

    workdir: Path
    shown: Callable[[Path], str]
    confined_to: Path | None = None

    def resolve(self, path: str) -> Path:
        """The absolute path. Raises ValueError when it leaves the folder that it must not leave."""
        resolved = (self.workdir / path).resolve()
        if self.confined_to and not resolved.is_relative_to(self.confined_to.resolve()):
            raise ValueError(f"the path {path} leaves the workspace")
        return resolved


def overlaid(document: Document, environment: str) -> Document:
    """The document with `environments.<environment>` laid over it; without one, the document."""
    base = {key: value for key, value in document.data.items() if key != "environments"}
    plain = Document({**base, "environments": {}}, document.lines, document.root)
    if not environment:
        return Document(document.data, document.lines, document.root)
    over = document.data["environments"][environment]
    if not isinstance(over, dict):
        raise ConfigError(
            f"environments.{environment} should be a mapping that overlays the config",
            where=document.line(("environments", environment)),
        )
    if "environments" in over:
        where = document.line(("environments", environment, "environments"))
        raise ConfigError(f"environments.{environment} has environments of its own", where=where)
    prefix = ("environments", environment)
    lines = {path[2:]: line for path, line in document.lines.items() if path[:2] == prefix and len(path) > 2}
    return plain.overlaid(over, lines)


def empty(value: Any, path: KeyPath, document: Document) -> Iterator[ConfigError]:
    """A key without a value is no way to drop a limit: a template whose variable is empty writes the same."""
    if value is None:
        yield ConfigError(
            f"{dotted(path)} has no value", where=document.line(path), next_step="Give it one, or take the key out."
        )
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in children:
        yield from empty(inner, (*path, key), document)


def assigned(document: Document, assignment: str) -> Document:
    """The document after one `key.path=value`. Raises UsageError for what is no assignment."""
    key, equals, value = assignment.partition("=")
    path = tuple(part for part in key.strip().split("."))
    if not equals or not all(path):
        raise UsageError(
            f"{assignment!r} is no assignment", next_step="Write key.path=value, as in model.thresholds.accuracy=0.9."
        )
    try:
        parsed = documents.parse(f"value: {value.strip()}", "set").data["value"]
    except ConfigError:
        parsed = value.strip()
    return document.replaced(path, parsed)


def with_limits(document: Document, place: Place) -> tuple[Document, list[tuple[str, Path]]]:
    """Replace each `thresholds: file.yml` by what the file holds; lines are the file's own."""
    files = []
    for path, value in list(_limit_files(document.data, ())):
        file = resolve(place, value, document.line(path), ".".join(map(str, path)))
        if not file.is_file():
            raise ConfigError(f"{dotted(path)}: there is no file {value}", where=document.line(path))
        limits = documents.load(file, place.shown(file))
        document = document.replaced(path, limits.data, {(*path, *key): line for key, line in limits.lines.items()})
        files.append(("limits", file))
    return document, files


def _limit_files(value: Any, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == LIMITS_KEY and isinstance(inner, str):
                yield (*path, key), inner
            elif not (path == () and key == "environments"):
                yield from _limit_files(inner, (*path, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _limit_files(inner, (*path, place))


def resolve(place: Place, path: str, where: Location, key: str) -> Path:
    """The absolute path that `key` names. Raises ConfigError when it leaves the folder that it must not leave."""
    try:
        return place.resolve(path)
    except (RuntimeError, OSError):
        what = f"{key}: the path {path} is a link that leads back to itself, or is too long"
        raise ConfigError(what, where=where, next_step="Name another path.") from None
    except ValueError as error:
        raise ConfigError(
            f"{key}: {error}",
            where=where,
            next_step="Name a path inside the checkout; on a laptop any path may be read.",
        ) from None
