"""Draws docs/picture.svg: what `mlops-gates demo` really prints on a terminal, and a run that fails after it.

    python scripts/picture.py            runs the commands and draws
    python scripts/picture.py --check    runs them and compares with the text in the picture; exit 1 if it differs

Times are left out, so that the picture changes only when the output does. Library versions and the state of the
sandbox belong to the machine; they are drawn, and not compared.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "picture.svg"
COMMANDS = (
    "mlops-gates demo",
    "mlops-gates run model --working-directory mlops-gates-demo --set model.thresholds.accuracy=0.99",
)
WIDTH = 112
"""Columns of the terminal."""

_CHAR, _LINE, _SIZE, _MARGIN = 8.4, 19, 14, 16
"""Width of a character, height of a line, size of the type, margin: all in pixels."""
_BACK, _TEXT = "#0d1117", "#d1d7e0"
_COLOURS = {30: "#656c76", 31: "#ff7b72", 32: "#3fb950", 33: "#d29922", 34: "#58a6ff", 35: "#bc8cff", 36: "#39c5cf"}
_COLOURS |= {number + 60: colour for number, colour in _COLOURS.items()}
_PIECES = re.compile(r"\S+(?: \S+)*")
_SGR = re.compile(r"\x1b\[([0-9;]*)m")
_LIBRARIES, _SANDBOX = re.compile(r"libraries.*?;"), re.compile(r"sandbox(?:full|partial:.*?(?=✓))")
_TIMES = re.compile(r" *((?:\x1b\[[0-9;]*m)*) *in [0-9]+(?:\.[0-9]+)? s\b")


@dataclass(frozen=True, slots=True)
class Look:
    """How characters look."""

    colour: str = _TEXT
    bold: bool = False
    dim: bool = False


def printed(command: str, folder: str) -> str:
    """What a command prints on a terminal of `WIDTH` columns, escape sequences included, without its times."""
    ours, theirs = pty.openpty()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    kept = {"HOME": folder, "PATH": path, "LANG": "C.UTF-8", "TERM": "xterm", "COLUMNS": str(WIDTH)}
    with subprocess.Popen(command.split(), stdout=theirs, stderr=subprocess.DEVNULL, cwd=folder, env=kept):
        os.close(theirs)
        data = b""
        try:
            while piece := os.read(ours, 65536):
                data += piece
        except OSError:
            pass  # what a terminal says when its other side is closed
        os.close(ours)
    return _TIMES.sub(r"\1", data.decode().replace("\r\n", "\n"))


def transcript() -> str:
    """All commands and what they print, in a folder of their own."""
    with tempfile.TemporaryDirectory() as folder:
        parts = [f"\x1b[1m$ {command}\x1b[0m\n{printed(command, folder).rstrip()}\n" for command in COMMANDS]
    return "\n".join(parts)


def cells(line: str) -> Iterator[tuple[str, Look]]:
    """The characters of one line, each with its look."""
    look = Look()
    for place, piece in enumerate(_SGR.split(line)):
        if place % 2 == 0:
            yield from ((character, look) for character in piece)
            continue
        for code in (int(number or 0) for number in piece.split(";")):
            if code == 0:
                look = Look()
            elif code in (1, 2, 22):
                look = Look(look.colour, code == 1, code == 2)
            else:
                look = Look(_COLOURS.get(code, _TEXT), look.bold, look.dim)


def rows(text: str) -> Iterator[list[tuple[str, Look]]]:
    """What stands in each row of the terminal, which breaks a line at its edge."""
    for line in text.rstrip("\n").split("\n"):
        row = list(cells(line))
        yield from (row[start : start + WIDTH] for start in range(0, max(1, len(row)), WIDTH))


def drawn(text: str) -> str:
    """The transcript as SVG, without scripts, fonts or images from elsewhere."""
    lines = list(rows(text))
    width, height = round(WIDTH * _CHAR + 2 * _MARGIN), len(lines) * _LINE + 2 * _MARGIN
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        'role="img">',
        "<title>mlops-gates demo: the gates pass; with a limit of 0.99 on the accuracy they fail</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{_BACK}"/>',
        '<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, DejaVu Sans Mono, monospace" '
        f'font-size="{_SIZE}" fill="{_TEXT}">',
    ]
    for number, row in enumerate(lines):
        out.append(f'<text y="{_MARGIN + number * _LINE + _SIZE}">{"".join(_tspans(row))}</text>')
    return "\n".join([*out, "</g>", "</svg>", ""])


def _tspans(row: list[tuple[str, Look]]) -> Iterator[str]:
    """One element for each piece of equal look; two blanks end a piece, for a viewer would make them one."""
    column = 0
    for look, group in groupby(row, key=itemgetter(1)):
        text = "".join(character for character, _ in group)
        for piece in _PIECES.finditer(text):
            yield _tspan(column + piece.start(), piece[0], look)
        column += len(text)


def _tspan(column: int, text: str, look: Look) -> str:
    style = "" if look.colour == _TEXT else f' fill="{look.colour}"'
    style += ' font-weight="bold"' if look.bold else ""
    style += ' opacity="0.7"' if look.dim else ""
    x, length = _MARGIN + column * _CHAR, len(text) * _CHAR
    return f'<tspan x="{x:.1f}" textLength="{length:.1f}"{style}>{escape(text)}</tspan>'


def comparable(text: str) -> str:
    """The characters of a transcript or of a picture, without blanks and without what belongs to the machine."""
    characters = "".join(_SGR.sub("", text).split())
    return _LIBRARIES.sub("", _SANDBOX.sub("", characters))


def words_of(picture: str) -> str:
    """The text in a picture."""
    pieces = ElementTree.fromstring(picture).iter("{http://www.w3.org/2000/svg}tspan")  # noqa: S314 - our own file
    return "".join(piece.text or "" for piece in pieces)


def main() -> int:
    """Draw or check. Returns the exit code."""
    text = transcript()
    if "--check" not in sys.argv[1:]:
        PICTURE.write_text(drawn(text), encoding="utf-8")
        print(f"wrote {PICTURE.relative_to(ROOT)}")
        return 0
    if comparable(words_of(PICTURE.read_text(encoding="utf-8"))) == comparable(text):
        return 0
    print("docs/picture.svg is not what scripts/picture.py draws", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
