"""What a worker is asked: the model or the builders, what it may see and use; and the features that it is asked about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mlops_gates.records import dataclass

if TYPE_CHECKING:
    import numpy as np

Kind = Literal["int64", "float64", "bool", "string"]


@dataclass(frozen=True)
class Column:
    """One feature. `values` has shape (rows,): numbers, booleans, or objects that are str or None (null).

    `nulls` is a mask of shape (rows,), or None where nothing is missing; what lies under it does not matter.
    """

    name: str
    kind: Kind
    values: np.ndarray[Any, Any]
    nulls: np.ndarray[Any, Any] | None = None


@dataclass(frozen=True)
class Frame:
    """Features, columns of `rows` rows each, in the order of the table."""

    columns: tuple[Column, ...]
    rows: int


@dataclass(frozen=True)
class Job:
    """What a worker is asked.

    `model` is a joblib or pickle file, or `module:attribute`, or "" where builders are rendered. `code` are folders to
    import from, readable but never their `.git` nor the `hidden` paths (labels, config, secrets). `python` is the
    interpreter, None for our own. `seconds` is the deadline of the whole session, `memory` the address space in bytes.
    `threads` (None: up to four) and `hash_seed` (of Python's dictionaries of text) are what a restart may change.
    """

    model: Path | str
    code: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    python: Path | None = None
    seconds: float = 300.0
    memory: int = 4 << 30
    threads: int | None = None
    hash_seed: int = 0
