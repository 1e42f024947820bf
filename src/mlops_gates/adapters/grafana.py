"""Grafana's HTTP API: a dashboard created or replaced, an annotation written.

POST /api/dashboards/db and POST /api/annotations as Grafana documents them ("Dashboard HTTP API", "Annotations HTTP API").
The token of a service account goes into `Authorization: Bearer` and into no message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mlops_gates.adapters import webhook
from mlops_gates.errors import CheckError

SECONDS = 20.0


class Grafana:
    """One server by its URL, which may have a path in front (`https://host/grafana`)."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url.rstrip("/")
        self._token = token

    def save(self, dashboard: Mapping[str, object], message: str, folder: str = "") -> str:
        """Create the dashboard, or replace the one of the same `uid`; the path of it on the server.

        `folder` is a folder's uid; without one it is Grafana's general folder. Raises CheckError, of which Passing.
        """
        body: dict[str, object] = {"dashboard": {**dashboard, "id": None}, "overwrite": True, "message": message}
        if folder:
            body["folderUid"] = folder
        found = self._posted("/api/dashboards/db", body)
        if found.get("status") != "success" or not isinstance(found.get("url"), str):
            raise CheckError("Grafana did not say that the dashboard was saved", next_step=_LOOK)
        return str(found["url"])

    def annotate(self, uid: str, text: str, tags: tuple[str, ...], moment: int) -> int:
        """Mark `moment` (Unix milliseconds) on the dashboard; the annotation's number. Raises CheckError."""
        body = {"dashboardUID": uid, "time": moment, "tags": list(tags), "text": text}
        found = self._posted("/api/annotations", body).get("id")
        if not isinstance(found, int):
            raise CheckError("Grafana did not say that the annotation was written", next_step=_LOOK)
        return found

    def _posted(self, path: str, body: Mapping[str, object]) -> Mapping[str, Any]:
        try:
            said = json.loads(webhook.posted(self._url + path, body, SECONDS, self._token))
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise CheckError("Grafana's answer is no JSON object", next_step=_LOOK)
        return said


_LOOK = "Is that the URL of Grafana itself, and no page in front of it?"
