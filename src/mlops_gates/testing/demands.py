"""What the config of the tests asks beside what AWS does: the team's policy, and archives of models that are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mlops_gates.errors import ConfigError
from mlops_gates.gates.builders import artifacts, policy
from mlops_gates.gates.builders.archives import archive
from mlops_gates.gates.builders.policy_options import PolicyOptions
from mlops_gates.gates.builders.rules import Rule

Demands = Mapping[str, tuple[Rule, ...]]


def of(config: Mapping[str, Any]) -> Demands:
    """The rules of `policy` and of `archives`, keys as in a builders block, by the id of their check.

    Raises ConfigError where a key has a value of no use.
    """
    found: dict[str, tuple[Rule, ...]] = {}
    if team := _team(config):
        found["builders.policy"] = tuple(policy.rules(team))
    if files := archives(config):
        found[artifacts.ID] = artifacts.rules({key: _look(file) for key, file in files.items()})
    return found


def _team(config: Mapping[str, Any]) -> Any:
    """The policy, None where the config has none."""
    try:
        return PolicyOptions.model_validate({"policy": config.get("policy")}).policy
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def archives(config: Mapping[str, Any]) -> Mapping[str, Path]:
    """The archives at hand: by address on S3, by the container's hostname, or by the builder's name."""
    told = config.get("archives") or {}
    if not isinstance(told, Mapping):
        raise ConfigError("archives: is no mapping", next_step="Write the address of each and its file.")
    return {str(key): Path(str(file)) for key, file in told.items()}


def _look(file: Path) -> archive.Archive:
    try:
        return archive.look(file)
    except OSError as error:
        raise ConfigError(f"archives: {file} cannot be read: {error.strerror or error}") from error
