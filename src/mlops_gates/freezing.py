"""`builders freeze`: the requests of a config's builders, rendered and stored without being judged."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

from mlops_gates import __version__, config, gathering
from mlops_gates.adapters.git import Repository
from mlops_gates.checks import Context
from mlops_gates.config import Block, Config
from mlops_gates.errors import CheckError, ConfigError, UsageError
from mlops_gates.gates.builders import GATE
from mlops_gates.gates.builders.comparing import keeping
from mlops_gates.gates.builders.scope import BuildersOptions, BuildersScope, Target
from mlops_gates.layers import Place
from mlops_gates.records import dataclass
from mlops_gates.session import host_of, private, shape
from mlops_gates.writing import replace

DEFAULT = "builders.frozen.json"


@dataclass(frozen=True)
class Asked:
    """What the command was asked, as `run` is; `output` is the file, empty for what the block says."""

    config: str
    workdir: str
    sets: tuple[str, ...]
    environment: str
    requirements: str
    host: str
    output: str


def frozen(asked: Asked) -> str:
    """Write one file per builders block; sentences on what was written.

    Raises ConfigError where the config has no builders, UsageError where a file cannot be named, and CheckError where a
    target gives no request or the file cannot be written: then no file is changed.
    """
    workdir = Path(asked.workdir).absolute()
    host = host_of(asked.host)
    repository = Repository.around(workdir, host.root())
    inside = (host.root() or repository.root) if host.confined() else None
    loaded = config.load(asked.config, Place(workdir, repository.name, inside), shape(), asked.environment, asked.sets)
    blocks = [block for block in loaded.blocks if block.gate == GATE.name]
    if not blocks:
        raise ConfigError(
            "the config has no builders", where=loaded.document.root, next_step="Add a block `builders:` with targets."
        )
    requirements = workdir / asked.requirements if asked.requirements else None
    files = _files(asked, blocks, workdir, loaded)
    texts = [_text(_rendered(loaded, block, workdir, repository, requirements)) for block in blocks]
    for file, (text, _) in zip(files, texts, strict=True):
        try:
            replace(file, text)
        except OSError as error:
            raise CheckError(f"{file.name} cannot be written: {error.strerror or error}") from None
    return "".join(_told(file, block, count) for file, block, (_, count) in zip(files, blocks, texts, strict=True))


def _files(asked: Asked, blocks: Sequence[Block], workdir: Path, loaded: Config) -> list[Path]:
    names = [asked.output or str(getattr(block.options, "frozen", None) or DEFAULT) for block in blocks]
    if len(set(names)) < len(names):
        raise UsageError(
            "two blocks of builders would be stored in one file",
            where=loaded.document.line(blocks[1].path),
            next_step="Give each its own `frozen`.",
        )
    for name in names:
        file = workdir / name
        if file.suffix != ".json" or not file.parent.is_dir():
            raise UsageError(f"{name} is no .json file in a folder that is there", next_step=f"Name it like {DEFAULT}.")
        if (file.exists() or file.is_symlink()) and not _is_ours(file):
            raise UsageError(f"{name} exists and holds something else", next_step="Name another file.")
    return [workdir / name for name in names]


def _is_ours(file: Path) -> bool:
    """Whether it may be replaced: it was written by this command, in whatever version."""
    if file.is_symlink() or not file.is_file() or file.stat().st_size > keeping.MOST_BYTES:
        return False
    return f'"format": "{keeping.FORMAT}"' in file.read_text(encoding="utf-8", errors="replace")


def _rendered(
    loaded: Config, block: Block, workdir: Path, repository: Repository, requirements: Path | None
) -> list[Target]:
    """The targets of one block, rendered as `run` renders them."""
    assert isinstance(block.options, BuildersOptions)
    context = Context(
        document=loaded.document,
        path=block.path,
        workdir=workdir,
        deadline=time.monotonic() + min(block.options.timeout, loaded.policy.timeout),
        memory=block.options.memory or loaded.policy.memory,
        cancel=threading.Event(),
        advance=lambda _: None,
        repository_file=repository.tracked,
        private=tuple(private(gathering.files(loaded, [block], workdir, requirements))),
        requirements=requirements,
    )
    scope = BuildersScope(context, block.options)
    GATE.render(scope)
    return scope.every


def _text(targets: Sequence[Target]) -> tuple[str, int]:
    named = keeping.called(targets)
    if empty := [name for name, target in named.items() if not target.requests]:
        raise CheckError(
            f"{empty[0]} gave no request" + (f", nor did {len(empty) - 1} others" if empty[1:] else ""),
            next_step="`mlops-gates run builders` says why; nothing was written.",
        )
    stored = {name: keeping.stored(target) for name, target in named.items()}
    return keeping.dump(stored, f"mlops-gates {__version__}"), len(named)


def _told(file: Path, block: Block, count: int) -> str:
    word = "target" if count == 1 else "targets"
    hint = (
        "" if getattr(block.options, "frozen", None) else f" Add `frozen: {file.name}` to the block to compare with it."
    )
    return f"{file.name}: the requests of {count} {word}.{hint}\n"
