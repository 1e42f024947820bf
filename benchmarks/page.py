"""Measured figures as Markdown: on stdout, and between marks of a page."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path


@dataclass(frozen=True)
class Limited:
    """A figure with the most that we allow ourselves; one that was not measured misses its limit."""

    name: str
    value: float | None
    limit: float
    unit: str = "×"

    @property
    def missed(self) -> bool:
        """Whether it is over its limit."""
        return self.value is None or self.value > self.limit


def limits_table(figures: Sequence[Limited]) -> list[str]:
    """One line per figure."""
    rows = [
        (one.name, "–" if one.value is None else _figure(one.value, one.unit), _figure(one.limit, one.unit), _kept(one))
        for one in figures
    ]
    return table(("", "measured", "at most", ""), rows)


def _figure(value: float, unit: str) -> str:
    return f"{value:.2f} {unit}" if unit == "×" else f"{value:,.0f} {unit}"


def _kept(figure: Limited) -> str:
    return "**missed**" if figure.missed else "kept"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A Markdown table; the first column is words, the others figures."""
    rule = ["---", *("--:" for _ in head[1:])]
    return [f"| {' | '.join(row)} |" for row in (head, rule, *rows)]


def measured_on() -> str:
    """The date, the machine as far as it matters, and the versions."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}: {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}, mlops-gates {version('mlops-gates')}, DuckDB {version('duckdb')}."
    )


def publish(name: str, lines: Sequence[str], page: Path | None) -> None:
    """Print the lines; with a page, put them between its marks of that name too. Raises SystemExit without marks."""
    text = "\n".join(lines)
    print(text, flush=True)
    if page is None:
        return
    begin, end = f"<!-- {name}:start -->", f"<!-- {name}:end -->"
    whole = page.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        raise SystemExit(f"{page} has no marks for {name!r}")
    before, after = whole.partition(begin)[0], whole.partition(end)[2]
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def parser(about: str | None, runs: int) -> argparse.ArgumentParser:
    """The flags that all benchmarks know."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("--runs", type=int, default=runs, help="rounds of small tables; large ones get fewer")
    made.add_argument("--quick", action="store_true", help="the smallest table and few rounds: a minute")
    made.add_argument("--check", action="store_true", help="exit with 1 when a figure misses its limit")
    made.add_argument("--write", type=Path, metavar="PAGE", help="put the tables between the marks of this page")
    return made


def code(figures: Sequence[Limited], check: bool) -> int:
    """Say what was missed; 1 where that counts."""
    missed = [one for one in figures if one.missed]
    for one in missed:
        value = "not measured" if one.value is None else _figure(one.value, one.unit)
        print(f"over its limit: {one.name}: {value}, at most {_figure(one.limit, one.unit)}", file=sys.stderr)
    return 1 if missed and check else 0
