"""What the contents of an archive say: whether it is sound, and whether it holds what its framework's container reads."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from mlops_gates.gates.builders.archives.archive import Archive
from mlops_gates.records import dataclass

_XGBOOST = (".json", ".ubj", ".pkl", ".pickle", ".joblib", ".bst", ".bin", ".model", ".xgb", ".deprecated")
_SKLEARN = (".joblib", ".pkl", ".pickle", ".sav", ".skops", ".onnx")
_ROOTED = ("pytorch", "xgboost", "sklearn", "huggingface", "mxnet")
"""Frameworks whose containers look at the archive's root. TensorFlow Serving finds its model in any folder."""
_TOLD = 3


@dataclass(frozen=True)
class Case:
    """An archive and its container. `program` is the script that the container is told to run, `elsewhere` whether its
    code comes from another place than the archive."""

    archive: Archive
    framework: str
    program: str
    elsewhere: bool


def no_gzip(case: Case) -> Iterator[str]:
    """It is no gzip at all."""
    if case.archive.fault == "no-gzip":
        yield f"the archive at hand is no .tar.gz: {case.archive.told}"


def damaged(case: Case) -> Iterator[str]:
    """It cannot be read to its end."""
    if case.archive.fault == "damaged":
        yield f"the archive at hand cannot be read: {case.archive.told}"


def beyond_measure(case: Case) -> Iterator[str]:
    """It was not read to its end, since it has none in sight."""
    if case.archive.fault == "too-much":
        yield f"the archive at hand was not read to its end: {case.archive.told}"


def empty(case: Case) -> Iterator[str]:
    """It holds no file."""
    if not case.archive.fault and not case.archive.names and not case.archive.outside:
        yield "the archive at hand holds no file"


def climbing(case: Case) -> Iterator[str]:
    """Members that are no files inside it."""
    for name, wrong in list(case.archive.outside.items())[:_TOLD]:
        yield f"{_printed(name)} {wrong}"


def running(case: Case) -> Iterator[str]:
    """Pickles that ask for what runs code."""
    for name, asked in list(case.archive.running.items())[:_TOLD]:
        yield f"the pickle {_printed(name)} runs {', '.join(map(_printed, asked[:_TOLD]))} when it is read"


def in_a_folder(case: Case) -> Iterator[str]:
    """Everything lies in one folder that the container does not look into."""
    if case.framework in _ROOTED and (folder := _folder(case.archive)):
        yield f"all that the archive holds lies in the folder {_printed(folder)}, and {case.framework} looks at its root"


def pytorch(case: Case) -> Iterator[str]:
    """A script or an archive of TorchServe."""
    if case.framework != "pytorch" or not _whole(case) or case.elsewhere:
        return
    names = case.archive.names
    if _script(case) not in names and not any(one.endswith(".mar") or "MAR-INF/" in one for one in names):
        yield f"the archive has no {_printed(_script(case))} and no .mar"


def tensorflow(case: Case) -> Iterator[str]:
    """A saved model in the folder of a version."""
    if case.framework != "tensorflow" or not _whole(case, rooted=False):
        return
    saved = [one for one in case.archive.names if posixpath.basename(one) == "saved_model.pb"]
    if not saved:
        yield "the archive has no saved_model.pb"
    elif not any(posixpath.basename(posixpath.dirname(one)).isdecimal() for one in saved):
        yield f"{_printed(saved[0])} lies in no folder that is called by a number, its version"


def xgboost(case: Case) -> Iterator[str]:
    """A file that it may load."""
    if case.framework != "xgboost" or not _whole(case):
        return
    root = [one for one in case.archive.names if not one.startswith("code/")]
    if not any(one.lower().endswith(_XGBOOST) or posixpath.basename(one).startswith("xgboost-model") for one in root):
        yield "the archive has no model that XGBoost reads: JSON, UBJSON or a pickle"


def sklearn(case: Case) -> Iterator[str]:
    """A script that says how the model is loaded, and a model."""
    if case.framework != "sklearn" or not _whole(case):
        return
    if not any(one.lower().endswith(_SKLEARN) for one in case.archive.names):
        yield "the archive has no model that joblib wrote"
    script = case.archive.scripts.get(_script(case))
    if script is not None:
        if told := _without_model_fn(script):
            yield f"{_printed(_script(case))} {told}"
    elif not case.elsewhere and _script(case) not in case.archive.names:
        yield f"the archive has no {_printed(_script(case))}, and nothing says how the model is loaded"


def _whole(case: Case, *, rooted: bool = True) -> bool:
    """Whether more can be said of its contents: it was read, holds something, and not all in one folder."""
    archive = case.archive
    return not archive.fault and bool(archive.names) and not (rooted and _folder(archive))


def _folder(archive: Archive) -> str:
    """The folder in which all lies, where it is none of those that belong to a model; empty without one."""
    tops = {one.split("/")[0] for one in archive.names}
    if archive.fault or len(tops) != 1 or not all("/" in one for one in archive.names):
        return ""
    top = tops.pop()
    return "" if top in {"code", "MAR-INF"} or top.isdecimal() else top


def _script(case: Case) -> str:
    return posixpath.normpath(posixpath.join("code", case.program.lstrip("/")))


def _without_model_fn(script: bytes) -> str:
    """What is wrong with a script that shall define model_fn; empty where it does, or may (by a star import)."""
    try:
        tree = ast.parse(script)
    except (SyntaxError, ValueError):
        return "is no Python that can be read"
    except (RecursionError, MemoryError):
        return ""
    return "" if any(_defines(node) for node in ast.walk(tree)) else "does not define model_fn"


def _defines(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name == "model_fn"
    if isinstance(node, ast.ImportFrom | ast.Import):
        return any((one.asname or one.name) in ("model_fn", "*") for one in node.names)
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and node.id == "model_fn"


def _printed(name: str) -> str:
    """A name out of an archive, on one line and not too long."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:100])
