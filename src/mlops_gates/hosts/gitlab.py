"""GitLab CI/CD: logs with colours and foldable sections; everything else are artifacts that the template names."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import TextIO

from mlops_gates.hosts.protocol import Environ, PlainHost
from mlops_gates.textsafe import one_line


class GitLab(PlainHost):
    """https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections."""

    name = "gitlab"
    ansi = True
    folds = True
    _root_variable = "CI_PROJECT_DIR"

    def __init__(self, environ: Environ, now: Callable[[], float] = time.time) -> None:
        super().__init__(environ)
        self._now = now

    def fold(self, title: str, body: str, out: TextIO) -> None:
        """Write a collapsed section; its name is made of the title, its text can end no section: it has no escapes."""
        name = re.sub(r"[^A-Za-z0-9_.-]+", "_", title).strip("_").lower()[:60] or "section"
        name = f"mlops_gates_{name}"
        out.write(f"\x1b[0Ksection_start:{int(self._now())}:{name}[collapsed=true]\r\x1b[0K{one_line(title)}\n")
        out.write(f"{self.clean(body).rstrip()}\n")
        out.write(f"\x1b[0Ksection_end:{int(self._now())}:{name}\r\x1b[0K\n")
