"""What a test suite's config says, as a model block of the gate.

Its own keys are those below; every other key is one of the block itself (`drop`, `positive`, `code`, `slices`, …).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mlops_gates.errors import ConfigError

DEFAULT_THRESHOLDS = {"accuracy": 0.85, "precision": 0.80, "recall": 0.80, "f1": 0.80}
"""What a classifier is held to where the config names no thresholds."""
DEFAULT_QUALITY = 0.95
_LATENCY = {"max_latency_p95": ("p95_ms", 1000.0), "min_throughput": ("min_throughput", 1.0)}


def _into(
    section: str, key: str, turn: Callable[[Any], Any] = lambda value: value
) -> Callable[[dict[str, Any], Any], None]:
    def put(block: dict[str, Any], value: Any) -> None:
        block.setdefault(section, {})[key] = turn(value)

    return put


def _thresholds(block: dict[str, Any], value: Mapping[str, Any]) -> None:
    """Metrics are thresholds; the two that are about time are limits of latency, given in seconds."""
    for name, limit in value.items():
        if name in _LATENCY:
            key, unit = _LATENCY[name]
            block.setdefault("latency", {})[key] = limit * unit
        else:
            block.setdefault("thresholds", {})[name] = limit


def _attribute(block: dict[str, Any], value: Any) -> None:
    fairness = block.setdefault("fairness", {})
    fairness["attribute"] = value
    fairness.setdefault("metrics", ["accuracy_gap", "demographic_parity"])


_KEYS: dict[str, Callable[[dict[str, Any], Any], None]] = {
    "performance_thresholds": _thresholds,
    # A variance of repeated answers is the square of how far they are apart.
    "probability_variance_threshold": _into("consistency", "tolerance", math.sqrt),
    "max_accuracy_drop": _into("robustness", "max_drop"),
    "n_bootstrap": _into("importance", "seeds"),
    "importance_stability_threshold": _into("importance", "max_instability"),
    "max_single_importance": _into("importance", "max_single"),
    "expected_data_stats": _into("distribution", "expected_stats"),
    "protected_attribute": _attribute,
    "fairness_threshold": _into("fairness", "max_difference"),
    "performance_test_runs": _into("latency", "runs"),
    "batch_size": _into("latency", "batch"),
}
SHARES = ("robustness_threshold", "edge_case_pass_threshold", "data_quality_threshold")
"""Keys that say which share of a test's parts, or of the cells, must be good."""


def read(path: str | Path) -> dict[str, Any]:
    """The config of a test suite. Raises ConfigError: one that cannot be read must not turn into no config."""
    import yaml

    try:
        loaded = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"the config {path} cannot be read: {error}", next_step="It is a YAML mapping.") from error
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ConfigError(f"the config {path} is no mapping", next_step="Write keys and values.")
    return loaded


def block(config: Mapping[str, Any], model: str, data: str) -> dict[str, Any]:
    """The model block that a test suite's config means. Raises ConfigError where a key has a value of no use."""
    made: dict[str, Any] = {"path": model, "data": data}
    for key, value in config.items():
        if key in SHARES:
            continue
        try:
            _KEYS[key](made, value) if key in _KEYS else made.update({key: _merged(made.get(key), value)})
        except (TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{key}: {value!r} cannot be used: {error}") from error
    if "performance_thresholds" not in config and "thresholds" not in config:
        made["thresholds"] = dict(DEFAULT_THRESHOLDS)
    made.setdefault("distribution", {}).setdefault("max_missing", 1.0)  # measured; the share of all cells is judged
    fairness = made.get("fairness", {})
    if "attribute" not in fairness:
        made.pop("fairness", None)
    return made


def _merged(here: Any, value: Any) -> Any:
    return {**here, **value} if isinstance(here, dict) and isinstance(value, dict) else value
