"""Builders of a folder, found by reading and not by running it; and those that packages declare as entry points."""

from __future__ import annotations

import ast
import os
from typing import Any, Iterator, NamedTuple, Tuple  # noqa: UP035

GROUP = "mlops_gates.builders"
"""Entry points of this group are targets: a builder, its class, a function that returns builders, a step, a pipeline."""
_MAKERS = frozenset(("create_step", "create_endpoint_config", "create_auto_ml_job"))
_SKIPPED = frozenset(("__pycache__", "node_modules", "site-packages", "build", "dist"))
_LARGEST = 1 << 20
_MOST_FILES = 20_000


class Sighted(NamedTuple):
    """A class that builds: `target` is `module:Class`, `file` absolute."""

    target: str
    file: str
    line: int


class Scanned(NamedTuple):
    """What a folder holds, in order of files and lines; `unread` are files that are no Python, with the line."""

    builders: Tuple[Sighted, ...]  # noqa: UP006 -- evaluated by the child's Python 3.8
    unread: Tuple[Sighted, ...]  # noqa: UP006


class _Class(NamedTuple):
    module: str
    file: str
    node: ast.ClassDef


def scan(folder: str, root: str) -> Scanned:
    """Classes beneath `folder` that have a method of builders, of their own or from a class that lies there too.

    Abstract ones are left out: with an abstract method, one that only raises `NotImplementedError`, or of `ABC` itself.
    `root` is the folder that modules are imported from. Tests (`test_*.py`, `conftest.py`) and hidden folders are
    passed over.
    """
    classes, unread = [], []
    for file, module in _modules(os.path.abspath(folder), os.path.abspath(root)):  # noqa: PTH100
        try:
            with open(file, "rb") as source:  # noqa: PTH123
                tree = ast.parse(source.read(_LARGEST), file)
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            unread.append(Sighted(module, file, getattr(error, "lineno", None) or 0))
            continue
        classes += [_Class(module, file, node) for node in tree.body if isinstance(node, ast.ClassDef)]
    by_name: dict[str, _Class] = {each.node.name: each for each in classes}
    found = [
        Sighted(f"{each.module}:{each.node.name}", each.file, each.node.lineno)
        for each in classes
        if not each.node.name.startswith("_") and _builds(each, by_name)
    ]
    return Scanned(tuple(found), tuple(unread))


def entry_points() -> dict[str, str]:
    """Targets (`module:attribute`) that installed packages declare, by their names."""
    from importlib import metadata

    found: Any = metadata.entry_points()
    declared = found.select(group=GROUP) if hasattr(found, "select") else found.get(GROUP, ())
    return {point.name: point.value.partition("[")[0].strip() for point in sorted(declared, key=lambda each: each.name)}


def _modules(folder: str, root: str) -> Iterator[Tuple[str, str]]:  # noqa: UP006
    seen = 0
    for place, names, files in os.walk(folder):
        names[:] = sorted(
            name
            for name in names
            if not name.startswith(".")
            and name not in _SKIPPED
            and not os.path.exists(os.path.join(place, name, "pyvenv.cfg"))  # noqa: PTH110, PTH118
        )
        for name in sorted(files):
            if not name.endswith(".py") or name.startswith("test_") or name == "conftest.py":
                continue
            seen += 1
            if seen > _MOST_FILES:
                return
            file = os.path.join(place, name)  # noqa: PTH118
            parts = os.path.relpath(file, root)[: -len(".py")].split(os.sep)  # noqa: PTH206
            parts = parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts
            if all(part.isidentifier() for part in parts):
                yield file, ".".join(parts)


def _builds(each: _Class, by_name: dict[str, _Class]) -> bool:
    methods: dict[str, ast.AST] = {}
    for owner in reversed(_lineage(each, by_name)):
        methods.update({node.name: node for node in owner.node.body if isinstance(node, ast.FunctionDef)})
    is_abstract = any(_is_abstract(method) for method in methods.values()) or "ABC" in map(_last, each.node.bases)
    return bool(_MAKERS & methods.keys()) and not is_abstract


def _lineage(each: _Class, by_name: dict[str, _Class]) -> list[_Class]:
    """The class, then those it derives from as far as they lie in the folder."""
    found, waiting = [each], [each]
    while waiting:
        for base in waiting.pop().node.bases:
            parent = by_name.get(_last(base))
            if parent is not None and parent not in found:
                found.append(parent)
                waiting.append(parent)
    return found


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_abstract(method: Any) -> bool:
    if any("abstract" in _last(decorator) for decorator in method.decorator_list):
        return True
    body = [node for node in method.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return raised is not None and _last(raised) == "NotImplementedError"
