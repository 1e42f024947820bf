"""report.html in a real browser: it asks for nothing, complains of nothing, fits a phone, and its policy holds."""

from __future__ import annotations

import contextlib
import socket
import sys

import pytest

from mlops_gates.reporters import html

from .browser import browser, program
from .machine import ROOT

sys.path.insert(0, str(ROOT / "tests" / "unit"))

from reporters import fixture
from reporters.test_html import _flood

REPORTS = {
    "rich": fixture.rich, "canary": fixture.canary, "fatal": fixture.fatal, "good": fixture.good, "flood": lambda: _flood(2)
}  # fmt: skip
_FITS = """(() => {
    document.querySelectorAll("details").forEach(one => one.open = true);
    const wide = document.documentElement.scrollWidth;
    const words = [...document.querySelectorAll("svg.plot text")].filter(one => {
        const box = one.getBBox();
        return box.x < 0 || box.x + box.width > 400;
    });
    return [wide <= innerWidth, words.map(one => one.textContent)];
})()"""


@pytest.fixture(scope="module")
def page():
    if not program():
        pytest.skip("no Chromium; .ci/tools installs one")
    with browser() as opened:
        yield opened


@pytest.mark.parametrize("name", REPORTS)
def test_it_asks_for_nothing_and_fits(page, name, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html.render(REPORTS[name]()), encoding="utf-8")
    for width in (390, 1280):
        page.open(file, width)
        assert page.value(_FITS) == [True, []], width
        assert [one["request"]["url"] for one in page.told("Network.requestWillBeSent")] == [file.as_uri()]
        said = [page.told(event) for event in ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")]
        assert said == [[], [], []]
        assert page.told("Audits.issueAdded") == []


def test_it_is_light_and_dark(page, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(html.render(fixture.canary()), encoding="utf-8")
    grounds = []
    for dark in (False, True):
        page.open(file, 1280, dark=dark)
        grounds.append(page.value("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(244, 246, 249)", "rgb(14, 19, 26)"]


def test_what_would_get_through_could_do_nothing(page, tmp_path):
    """Markup is planted past the escaping: the policy of the page still forbids it everything."""
    listening = socket.create_server(("127.0.0.1", 0))
    elsewhere = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    planted = (
        f'<script>document.title = "owned"</script><img src="{elsewhere}x.png" onerror="document.title = \'owned\'">'
        '<p id="planted" style="color: rgb(1, 2, 3)">x</p><style>h1 { color: rgb(1, 2, 3) !important }</style>'
        f'<iframe src="{elsewhere}"></iframe><base href="{elsewhere}">'
    )
    file = tmp_path / "report.html"
    file.write_text(html.render(fixture.rich()).replace("<main>", f"<main>{planted}"), encoding="utf-8")
    page.open(file, 1280)
    assert page.value("document.title") == "✕ FAILED – mlops-gates"
    for one in ("#planted", "h1"):
        assert page.value(f"getComputedStyle(document.querySelector('{one}')).color") != "rgb(1, 2, 3)"
    assert page.value("document.baseURI") == file.as_uri()
    # Chromium reaches out before it asks its policy whether it may frame a page; it must not say a word.
    with listening, contextlib.suppress(TimeoutError):
        listening.settimeout(0.3)
        came, _ = listening.accept()
        with came:
            came.settimeout(0.3)
            assert came.recv(1) == b""
    assert len(page.told("Log.entryAdded")) >= 4
