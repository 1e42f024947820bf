"""Grafana's HTTP API: a dashboard created or replaced, an annotation written.

GET /api/dashboards/uid/:uid, POST /api/dashboards/db, GET and POST /api/annotations as Grafana documents them ("Dashboard HTTP
API", "Annotations HTTP API"; Grafana 13 deprecates them and keeps them).
The token of a service account goes into `Authorization: Bearer` and into no message.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

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

        `folder` is a folder's uid; without one a dashboard stays where it is, and a new one comes into the general folder.
        Raises CheckError, of which Passing.
        """
        there = self._there(str(dashboard["uid"]))
        if there.get("provisioned"):
            raise CheckError(
                "Grafana has this dashboard from a file of its own, and saves no other in its place",
                next_step="Put what `monitor dashboard` prints into that file.",
            )
        body: dict[str, object] = {"dashboard": {**dashboard, "id": None}, "overwrite": True, "message": message}
        # Without a folder Grafana would move it to the root.
        if folder := folder or str(there.get("folderUid") or ""):
            body["folderUid"] = folder
        found = _object(self._asked("POST", "/api/dashboards/db", body))
        if found.get("status") != "success" or not isinstance(found.get("url"), str):
            raise CheckError("Grafana did not say that the dashboard was saved", next_step=_LOOK)
        return str(found["url"])

    def annotate(self, uid: str, text: str, tags: tuple[str, ...], moment: int) -> bool:
        """Mark `moment` (Unix milliseconds) on the dashboard; False where its last mark says the same. Raises CheckError."""
        query = urlencode([("dashboardUID", uid), ("type", "annotation"), *(("tags", tag) for tag in tags)])
        known = self._asked("GET", f"/api/annotations?{query}")
        marks = [one for one in known if isinstance(one, dict)] if isinstance(known, list) else []
        last = max(marks, key=lambda one: (_number(one.get("time")), _number(one.get("id"))), default={})
        if last.get("text") == text:
            return False
        body = {"dashboardUID": uid, "time": moment, "tags": list(tags), "text": text}
        if not isinstance(_object(self._asked("POST", "/api/annotations", body)).get("id"), int):
            raise CheckError("Grafana did not say that the annotation was written", next_step=_LOOK)
        return True

    def _there(self, uid: str) -> Mapping[str, Any]:
        """What Grafana knows about the dashboard of that uid; nothing where there is none."""
        try:
            found = _object(self._asked("GET", f"/api/dashboards/uid/{uid}"))
        except webhook.Refused as error:
            if error.status == 404:
                return {}
            raise
        meta = found.get("meta")
        return meta if isinstance(meta, dict) else {}

    def _asked(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        how = webhook.Asking(SECONDS, self._token, "Grafana")
        try:
            return json.loads(webhook.asked(method, self._url + path, body, how))
        except ValueError:
            raise CheckError("Grafana's answer is no JSON", next_step=_LOOK) from None


def _object(said: Any) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise CheckError("Grafana's answer is no JSON object", next_step=_LOOK)
    return said


def _number(value: object) -> float:
    return value if isinstance(value, int | float) else 0.0


_LOOK = "Is that the URL of Grafana itself, and no page in front of it?"
