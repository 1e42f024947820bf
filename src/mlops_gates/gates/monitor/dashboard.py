"""The Grafana dashboard of a monitor: JSON over the metrics that metrics.txt holds, once Prometheus scrapes them.

The members are those of Grafana's "Dashboard JSON model" and of its panels of type stat, timeseries and table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256

from mlops_gates.records import dataclass

SCHEMA_VERSION = 39
"""Grafana 11; a later Grafana migrates it by itself."""
UID_MOST = 40
_WIDTH = 24
_JOB = 'job=~"$job"'
"""The project, as the scraping or the push gateway calls it."""


@dataclass(frozen=True)
class Watched:
    """What a dashboard shows: the block's name, the version, and metrics with the values beyond which they are red.

    `limits` are (metric, least, most); either end may be None.
    """

    name: str
    version: str
    limits: tuple[tuple[str, float | None, float | None], ...]


def uid(watched: Watched) -> str:
    """The dashboard's own name on the server: letters, digits, `-` and `_`, at most 40; other blocks have others."""
    name = f"mlops-gates-monitor-{watched.name}".rstrip("-")
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    if plain == name and len(name) <= UID_MOST:
        return name
    return f"{plain[: UID_MOST - 9]}-{sha256(name.encode()).hexdigest()[:8]}"


def tags(watched: Watched) -> tuple[str, ...]:
    """The tags of its versions' annotations: other monitors have others."""
    return ("mlops-gates", "model-version", uid(watched))


def dashboard(watched: Watched) -> dict[str, object]:
    """The JSON model; the same for the same config."""
    gate = f'gate="monitor",block="{_escaped(watched.name)}",{_JOB}'
    prefix = f"{watched.name}/" if watched.name else ""
    findings = f'sum(mlops_gates_findings{{severity=~"error|warning",{_JOB}}})'
    panels = [
        _panel(1, "stat", "Passed", f"mlops_gates_passed{{{_JOB}}}", (0, 0, 6, 4), (1, None), unit="bool_yes_no"),
        _panel(2, "table", "Checks", f"mlops_gates_check_status{{{gate}}}", (6, 0, 18, 8), (None, None)),
        _panel(3, "stat", "Findings", findings, (0, 4, 6, 4), (None, 1)),
    ]
    for place, (name, least, most) in enumerate(watched.limits):
        query = f'mlops_gates_metric{{name="{_escaped(prefix + name)}",{_JOB}}}'
        grid = (12 * (place % 2), 8 + 8 * (place // 2), 12, 8)
        panels.append(_panel(4 + place, "timeseries", name, query, grid, (least, most)))
    drift = f'mlops_gates_metric{{name=~"{_escaped(re.escape(prefix))}drift/.*",{_JOB}}}'
    below = 8 + 8 * -(-len(watched.limits) // 2)
    panels.append(
        _panel(4 + len(watched.limits), "timeseries", "Drift by column", drift, (0, below, _WIDTH, 8), (None, None))
    )
    return {
        "id": None,
        "uid": uid(watched),
        "title": f"Model monitor{f': {watched.name}' if watched.name else ''}",
        "tags": ["mlops-gates", "monitor"],
        "timezone": "utc",
        "schemaVersion": SCHEMA_VERSION,
        "version": 0,
        "editable": True,
        "refresh": "5m",
        "time": {"from": "now-7d", "to": "now"},
        "templating": {"list": [_datasource(), _job()]},
        "annotations": {"list": [_versions(watched)]},
        "panels": panels,
    }


def _panel(
    number: int,
    kind: str,
    title: str,
    query: str,
    grid: tuple[int, int, int, int],
    limits: tuple[float | None, float | None],
    unit: str = "none",
) -> dict[str, object]:
    source = {"type": "prometheus", "uid": "${datasource}"}
    target = {"refId": "A", "expr": query, "legendFormat": "__auto", "datasource": source, "instant": kind == "table"}
    return {
        "id": number,
        "type": kind,
        "title": title,
        "datasource": source,
        "gridPos": dict(zip(("x", "y", "w", "h"), grid, strict=True)),
        "targets": [{**target, "format": "table"} if kind == "table" else target],
        "fieldConfig": {
            "defaults": {
                "unit": unit,
                "thresholds": {"mode": "absolute", "steps": _steps(*limits)},
                "custom": {"thresholdsStyle": {"mode": "line"}} if kind == "timeseries" else {},
            },
            "overrides": [],
        },
        "options": {},
    }


def _steps(least: float | None, most: float | None) -> Sequence[dict[str, object]]:
    """Colours from below: the first step has no value, the others ascend."""
    steps: list[dict[str, object]] = [{"color": "green" if least is None else "red", "value": None}]
    steps += [{"color": "green", "value": least}] if least is not None else []
    return [*steps, {"color": "red", "value": most}] if most is not None else steps


def _datasource() -> dict[str, object]:
    return {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0}


def _job() -> dict[str, object]:
    """Which of the projects whose metrics the Prometheus has."""
    query = "label_values(mlops_gates_passed, job)"
    return {
        "name": "job",
        "label": "Job",
        "type": "query",
        "datasource": {"type": "prometheus", "uid": "${datasource}"},
        "query": {"query": query, "refId": "job"},
        "refresh": 2,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": ["All"], "value": ["$__all"]},
        "hide": 0,
    }


def _versions(watched: Watched) -> dict[str, object]:
    return {
        "name": "Versions",
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": True,
        "iconColor": "blue",
        "target": {"type": "tags", "tags": list(tags(watched)), "matchAny": False, "limit": 100},
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
