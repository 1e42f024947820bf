"""Builders of a folder, found by reading and not by running it; and those that packages declare as entry points."""

from __future__ import annotations

import ast
import os
from typing import Any, Dict, Iterator, NamedTuple, Tuple  # noqa: UP035

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
    """What a folder holds, in order of files and lines.

    `unread` are files that are no Python, with the line; `unreachable` are builders in files that no module can be called
    after, such as `my-steps/train.py`.
    """

    builders: Tuple[Sighted, ...]  # noqa: UP006 -- evaluated by the child's Python 3.8
    unread: Tuple[Sighted, ...]  # noqa: UP006
    unreachable: Tuple[Sighted, ...] = ()  # noqa: UP006


class _Class(NamedTuple):
    module: str
    file: str
    node: ast.ClassDef
    origins: Dict[str, Tuple[str, str]]  # noqa: UP006 -- names that its file imports: of which module, called how there


def scan(folder: str, root: str) -> Scanned:
    """Classes beneath `folder` that have a method of builders, of their own or from a class that lies there too.

    Abstract ones are left out: with an abstract method, one that only raises `NotImplementedError`, or of `ABC` itself.
    `root` is the folder that modules are imported from. Tests (`test_*.py`, `conftest.py`) and hidden folders are
    passed over.
    """
    root = os.path.abspath(root)  # noqa: PTH100
    classes, unread = [], []
    for file, module in _modules(os.path.abspath(folder), root):  # noqa: PTH100
        try:
            classes += _classes(file, module)
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            unread.append(Sighted(module, file, getattr(error, "lineno", None) or 0))
    by_name: dict[str, _Class] = {each.node.name: each for each in classes}
    _add_bases(classes, by_name, root)
    found = [
        Sighted(f"{each.module}:{each.node.name}", each.file, each.node.lineno)
        for each in classes
        if not each.node.name.startswith("_") and _builds(each, by_name)
    ]
    reached = [each for each in found if all(part.isidentifier() for part in each.target.partition(":")[0].split("."))]
    return Scanned(tuple(reached), tuple(unread), tuple(each for each in found if each not in reached))


def _classes(file: str, module: str) -> list[_Class]:
    """The classes of a file, those beneath an `if` or `try` too. Raises where it is no Python."""
    with open(file, "rb") as source:  # noqa: PTH123
        tree = ast.parse(source.read(_LARGEST), file)
    found, waiting = [], list(tree.body)
    origins = {
        alias.asname or alias.name: (_origin(node, module, file), alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    while waiting:
        node = waiting.pop(0)
        if isinstance(node, ast.ClassDef):
            found.append(_Class(module, file, node, origins))
        elif isinstance(node, (ast.If, ast.Try)):
            handlers = [inner for handler in getattr(node, "handlers", ()) for inner in handler.body]
            waiting[:0] = [*node.body, *handlers, *node.orelse]
    return found


def _origin(node: ast.ImportFrom, module: str, file: str) -> str:
    """The module that `from … import` names, from the root on."""
    if not node.level:
        return node.module or ""
    package = module.split(".") if os.path.basename(file) == "__init__.py" else module.split(".")[:-1]  # noqa: PTH119
    above = package[: len(package) - (node.level - 1)]
    return ".".join([*above, *(node.module or "").split(".")]).strip(".")


def _add_bases(classes: list[_Class], by_name: dict[str, _Class], root: str) -> None:
    """Adds the classes beneath `root` that those of the folder derive from, wherever they are imported from."""
    waiting = list(classes)
    read: dict[str, list[_Class]] = {}
    for each in classes:
        read.setdefault(each.file, []).append(each)
    while waiting:
        each = waiting.pop()
        for base in map(_last, each.node.bases):
            if base in by_name or base not in each.origins:
                continue
            module, name = each.origins[base]
            for file in _files(module, root):
                if file not in read:
                    read[file] = _read(file, module)
                    waiting += read[file]
                for one in read[file]:
                    if one.node.name == name:
                        by_name[base] = one


def _files(module: str, root: str) -> list[str]:
    """Where a module may lie beneath `root`, as far as it does."""
    place = os.path.join(root, *module.split("."))  # noqa: PTH118
    return [file for file in (f"{place}.py", os.path.join(place, "__init__.py")) if os.path.isfile(file)]  # noqa: PTH113, PTH118


def _read(file: str, module: str) -> list[_Class]:
    try:
        return _classes(file, module)
    except (SyntaxError, ValueError, RecursionError, OSError):
        return []  # who imports it says so


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
            yield file, ".".join(parts)


def _builds(each: _Class, by_name: dict[str, _Class]) -> bool:
    methods: dict[str, ast.AST] = {}
    for owner in reversed(_lineage(each, by_name)):
        for node in owner.node.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                methods[node.name] = node
            elif isinstance(node, ast.Assign):
                methods.update({target.id: node for target in node.targets if isinstance(target, ast.Name)})
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
    if isinstance(method, ast.Assign):
        return False
    if any("abstract" in _last(decorator) for decorator in method.decorator_list):
        return True
    body = [node for node in method.body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc.func if isinstance(body[0].exc, ast.Call) else body[0].exc
    return raised is not None and _last(raised) == "NotImplementedError"
