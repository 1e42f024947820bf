"""data.digest"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import Field

from mlops_gates import document, naming
from mlops_gates.checks import Check
from mlops_gates.errors import CheckError, GatesError
from mlops_gates.findings import Finding, Location, Measurement, Severity, Status
from mlops_gates.gates.data.scope import EXACT, TableScope
from mlops_gates.options import Options

_CHUNK = 1 << 20
Make = Callable[[Path], str]


class DigestOptions(Options):
    """`digest`"""

    digest: str | None = Field(
        None,
        description="The digest that the file must have: sha256: and 64, or md5: and 32 hex digits.",
        pattern=r"^(sha256:[0-9a-f]{64}|md5:[0-9a-f]{32})$",
    )


def _files(scope: TableScope) -> tuple[Path | None, Path | None]:
    """The source on disk, and the `.dvc` file beside it; None where there is none."""
    path = naming.on_disk(scope.options.source)
    here = scope.context.workdir / path if path else None
    dvc = here.with_name(f"{here.name}.dvc") if here else None
    return here, dvc if dvc and dvc.is_file() else None


def _needs(scope: TableScope) -> list[None]:
    return [None] if getattr(scope.options, "digest", None) or _files(scope)[1] else []


def _body(scope: TableScope) -> Iterator[Measurement | Finding]:
    path, dvc = _files(scope)
    pinned: str | None = getattr(scope.options, "digest", None)
    if path is None or any(one in str(path) for one in "*?["):
        raise CheckError("a digest is that of one file or folder on disk", where=scope.context.line("digest"))
    if pinned:
        algorithm, _, expected = pinned.partition(":")
        yield _compared(scope, "digest", _of_file(path, algorithm, scope), expected, scope.context.line("digest"))
    if dvc:
        yield _held_by_dvc(scope, path, dvc)


def _held_by_dvc(scope: TableScope, path: Path, dvc: Path) -> Measurement | Finding:
    shown = f"{scope.options.source}.dvc"
    tracked = scope.context.repository_file(dvc)
    where = Location(tracked, 1) if tracked else scope.context.line("source")
    try:
        outs = document.load(dvc, shown).data["outs"]
        out = next(one for one in outs if one.get("path") == path.name)
        expected = str(out["md5"])
    except (GatesError, KeyError, TypeError, StopIteration, AttributeError) as error:
        raise CheckError(
            f"{shown} tells no md5 of {path.name}", where=where, next_step="Run `dvc add` again."
        ) from error
    if expected.endswith(".dir"):
        made = _of_folder(path, scope) + ".dir"
    else:
        # DVC before 3 took the digest of text with line ends of Unix, and did not say `hash: md5`.
        made = _of_file(path, "md5", scope, unix=out.get("hash") != "md5")
        if made != expected and out.get("hash") != "md5":
            made = _of_file(path, "md5", scope)
    return _compared(scope, "dvc", made, expected, where)


def _of_file(path: Path, algorithm: str, scope: TableScope, *, unix: bool = False) -> str:
    found = hashlib.new(algorithm, usedforsecurity=False)
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                if unix:
                    while chunk.endswith(b"\r") and (more := file.read(1)):
                        chunk += more
                    chunk = chunk.replace(b"\r\n", b"\n")
                found.update(chunk)
                if scope.context.cancel.is_set() or not scope.context.seconds_left:
                    raise CheckError(f"the digest of {scope.options.source} was stopped")
    except OSError as error:
        raise CheckError(f"{scope.options.source} cannot be read: {error.strerror}") from error
    return found.hexdigest()


def _of_folder(folder: Path, scope: TableScope) -> str:
    """As DVC makes it: the MD5 of a JSON list of the files' names and MD5s, by name."""
    files = sorted(one for one in folder.rglob("*") if one.is_file())
    listed = [{"md5": _of_file(one, "md5", scope), "relpath": one.relative_to(folder).as_posix()} for one in files]
    listed.sort(key=lambda one: one["relpath"])
    return hashlib.md5(json.dumps(listed, sort_keys=True).encode(), usedforsecurity=False).hexdigest()


def _compared(scope: TableScope, subject: str, made: str, expected: str, where: Location) -> Measurement | Finding:
    what = f"{scope.options.source} is the file that was pinned"
    if made == expected:
        return Measurement(CHECK.id, subject, "digest", 1.0, f"{what}: {made[:12]}…", exact=EXACT)
    message = f"{scope.options.source} is not the file that was pinned: it has {made[:12]}…, pinned is {expected[:12]}…"
    return Finding(CHECK.id, subject, Status.FAILED, Severity.ERROR, message, where, (), CHECK.remedy)


CHECK: Check[TableScope] = Check(
    id="data.digest",
    title="A pinned file is still the same",
    help="Compares the file with the digest that the config pins, and with the `.dvc` file beside it where there is one "
    "(versions 2 and 3 of DVC, files and folders). A golden data set that changed without its pin fails.",
    remedy="Fetch the right version (`dvc pull`), or pin the new one when the change is meant.",
    example="data:\n  source: data/test.csv\n"
    "  digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n",
    options=DigestOptions,
    needs=_needs,
    body=_body,
)
