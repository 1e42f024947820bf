"""A real browser, asked over its debugging pipe (Chrome DevTools Protocol): JSON between zero bytes on descriptors 3 and 4."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
)  # fmt: skip


def program() -> str | None:
    """The browser of this machine."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """One process. `seen` are the events since the last page was opened."""

    def __init__(self, home: str) -> None:
        asked, self._asks = os.pipe()
        self._hears, told = os.pipe()
        # The shell puts the ends where the browser looks for them, whatever their numbers are here.
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{asked} 4>&{told}', "bash", program() or "", *_FLAGS, f"--user-data-dir={home}"],
            pass_fds=(asked, told), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        os.close(asked)
        os.close(told)
        self._buffer, self._number, self._session = b"", 0, ""
        self.seen: list[dict] = []

    def ask(self, method: str, **parameters) -> dict:
        """The answer to one question; what is told meanwhile is noted."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session and not method.startswith(("Target.", "Browser.")):
            message["sessionId"] = self._session
        os.write(self._asks, json.dumps(message).encode() + b"\0")
        while (heard := self._heard()).get("id") != self._number:
            self.seen.append(heard)
        assert "error" not in heard, heard
        return heard["result"]

    def open(self, path: Path, width: int, *, dark: bool = False) -> None:
        """A new page with this file, that many pixels wide, until it has loaded."""
        self._session = ""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.seen.clear()
        for domain in ("Page", "Network", "Log", "Runtime", "Audits"):
            self.ask(f"{domain}.enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.ask("Emulation.setEmulatedMedia", media="", features=[scheme])
        self.ask("Page.navigate", url=path.as_uri())
        while not self.told("Page.loadEventFired"):
            self.seen.append(self._heard())

    def told(self, method: str) -> list[dict]:
        """The parameters of such events."""
        return [one.get("params", {}) for one in self.seen if one.get("method") == method]

    def value(self, expression: str):
        """What an expression is on the page."""
        return self.ask("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def picture(self) -> bytes:
        """The whole page as PNG."""
        return base64.b64decode(self.ask("Page.captureScreenshot", captureBeyondViewport=True)["data"])

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(OSError, AssertionError, TimeoutError):
            self.ask("Browser.close")
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._asks)
        os.close(self._hears)

    def _heard(self, timeout: float = 30) -> dict:
        end = time.monotonic() + timeout
        while b"\0" not in self._buffer:
            if not select.select([self._hears], [], [], max(0.0, end - time.monotonic()))[0]:
                raise TimeoutError("the browser says nothing")
            if not (data := os.read(self._hears, 1 << 20)):
                raise TimeoutError("the browser has ended")
            self._buffer += data
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)


@contextlib.contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        made = Browser(home)
        try:
            yield made
        finally:
            made.close()
