"""How the text of one cell goes wrong, by name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

REWRITES: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "blank-behind": lambda cell: cell + " ",
    "without-zeros": lambda cell: cell.lstrip("0"),
    "comma-decimals": lambda cell: cell.replace(".", ","),
    "thousands": lambda cell: f"{float(cell):,.2f}",
    "currency": lambda cell: f"€ {cell}",
    "scientific": lambda cell: f"{float(cell):.6e}",
    "float": lambda cell: f"{cell}.0",
    "whole": lambda cell: str(round(float(cell))),
    "months-to-years": lambda cell: str(int(cell) // 12),
    "mojibake": lambda cell: cell.encode().decode("cp1252", errors="replace"),
    "us-date": lambda cell: f"{date.fromisoformat(cell):%m/%d/%Y}",
    "day-30-of-february": lambda cell: f"{cell[:4]}-02-30",
    "excel-day": lambda cell: str((date.fromisoformat(cell) - date(1899, 12, 30)).days),
    "milliseconds": lambda cell: f"{(date.fromisoformat(cell[:10]) - date(1970, 1, 1)).days * 86_400_000}",
    "at-sign-lost": lambda cell: cell.replace("@", ""),
    "masked-ip": lambda cell: cell.rpartition(".")[0] + ".xxx",
    "without-scheme": lambda cell: cell.removeprefix("https://"),
    "cut-at-30": lambda cell: cell[:30],
    "long": lambda cell: "forwarded." * 12 + cell,
}
