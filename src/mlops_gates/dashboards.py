"""`monitor dashboard`: the Grafana dashboard of a config's monitor, as JSON or put on a server."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from mlops_gates import config
from mlops_gates.adapters.git import Repository
from mlops_gates.adapters.grafana import Grafana
from mlops_gates.config import Block
from mlops_gates.errors import ConfigError, UsageError
from mlops_gates.gates.monitor import GATE
from mlops_gates.gates.monitor.dashboard import Watched, dashboard, tags, uid
from mlops_gates.gates.monitor.objective import PACES
from mlops_gates.layers import Place
from mlops_gates.options import Range
from mlops_gates.records import dataclass
from mlops_gates.session import host_of, shape

TOKEN = "GRAFANA_TOKEN"  # noqa: S105 - the name of a variable


@dataclass(frozen=True)
class Asked:
    """What the command was asked; `grafana` is the server's URL, empty to have the JSON told."""

    config: str
    workdir: str
    sets: tuple[str, ...]
    environment: str
    host: str
    grafana: str
    folder: str


def told(asked: Asked) -> str:
    """The JSON of the dashboard of each block; or with a server, a sentence on what was put there.

    Raises ConfigError where the config has no monitor, UsageError without a token, CheckError where Grafana refuses.
    """
    blocks = _blocks(asked)
    if not asked.grafana:
        found = [dashboard(_watched(block)) for block in blocks]
        return json.dumps(found[0] if len(found) == 1 else found, indent=2, ensure_ascii=False) + "\n"
    token = os.environ.get(TOKEN, "")
    if not token:
        raise UsageError(
            f"the variable {TOKEN} is not set", next_step="Give the job the token of a service account (role Editor)."
        )
    server = Grafana(asked.grafana, token)
    return "".join(_put(server, _watched(block), asked.folder) for block in blocks)


def _put(server: Grafana, watched: Watched, folder: str) -> str:
    path = server.save(dashboard(watched), "mlops-gates monitor dashboard", folder)
    text = f"saved {path}\n"
    if watched.version:
        new = server.annotate(uid(watched), f"model version {watched.version}", tags(watched), int(time.time() * 1000))
        text += f"annotated with version {watched.version}\n" if new else f"version {watched.version} stands there\n"
    return text


def _blocks(asked: Asked) -> list[Block]:
    workdir = Path(asked.workdir).absolute()
    host = host_of(asked.host)
    repository = Repository.around(workdir, host.root())
    inside = (host.root() or repository.root) if host.confined() else None
    loaded = config.load(asked.config, Place(workdir, repository.name, inside), shape(), asked.environment, asked.sets)
    blocks = [block for block in loaded.blocks if block.gate == GATE.name]
    if not blocks:
        raise ConfigError(
            "the config has no monitor", where=loaded.document.root, next_step="Add a block `monitor:` with `live`."
        )
    return blocks


def _watched(block: Block) -> Watched:
    limits: list[tuple[str, float | None, float | None]] = []
    thresholds = getattr(block.options, "thresholds", None)
    estimated = getattr(block.options, "estimate", None) is not None and getattr(block.options, "labels", None) is None
    for name in type(thresholds).model_fields if thresholds else ():
        limit = getattr(thresholds, name)
        if isinstance(limit, Range):
            limits.append(
                (f"estimated_{name}" if estimated and name in ("accuracy", "precision") else name, limit.min, limit.max)
            )
    if objective := getattr(getattr(block.options, "service", None), "objective", None):
        limits += [(pace.metric, None, pace.burn(objective.days)) for pace in PACES]
        limits.append(("budget_spent", None, 1.0))
    if max_age := getattr(block.options, "max_age", None):
        limits.append(("model_age_days", None, max_age / 86_400))
    return Watched(block.options.name, getattr(block.options, "version", ""), tuple(limits))
