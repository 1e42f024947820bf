"""The changes that are made to the bytes of a file: how it was written, sent or saved. Rows become bytes in `written`."""

from __future__ import annotations

import csv
import io

from .table import Rows


def written(rows: Rows, delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL, end: str = "\n") -> bytes:
    """A CSV file in UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _rows(data: bytes) -> Rows:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


def latin_1(data: bytes) -> bytes:
    """Saved in the encoding of Windows."""
    return data.decode().encode("cp1252")


def cut_off(data: bytes) -> bytes:
    """The transfer ended within a row, three quarters through."""
    cut = data.index(b"\n", len(data) * 3 // 4) + 25
    return data[:cut]


def unquoted_comma(data: bytes) -> bytes:
    """One field has a comma and no quotes."""
    return data.replace("Köln".encode(), "Köln, Mitte".encode(), 1)


def header_only(data: bytes) -> bytes:
    """The query found nothing."""
    return data[: data.index(b"\n") + 1]


def header_lost(data: bytes) -> bytes:
    """Written with header=False."""
    return data[data.index(b"\n") + 1 :]


def error_page(data: bytes) -> bytes:
    """The download answered with a page."""
    return b"<!DOCTYPE html>\n<html><body>\n<h1>403 Forbidden</h1>\n</body></html>\n"


def lfs_pointer(data: bytes) -> bytes:
    """The checkout did not fetch large files."""
    return b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 12345\n"


def european(data: bytes) -> bytes:
    """Opened in a spreadsheet of another country and saved: semicolons, and commas in numbers."""
    prices = ("MonthlyCharges", "TotalCharges")
    rows = [{k: v.replace(".", ",") if k in prices else v for k, v in row.items()} for row in _rows(data)]
    return written(rows, delimiter=";")


def semicolons(data: bytes) -> bytes:
    """Another delimiter, and nothing else."""
    return written(_rows(data), delimiter=";")


def crlf(data: bytes) -> bytes:
    """Line ends of Windows."""
    return data.replace(b"\n", b"\r\n")


def byte_order_mark(data: bytes) -> bytes:
    """What spreadsheets write first."""
    return b"\xef\xbb\xbf" + data


def quoted(data: bytes) -> bytes:
    """Every field in quotes."""
    return written(_rows(data), quoting=csv.QUOTE_ALL)


def no_last_newline(data: bytes) -> bytes:
    """The last line does not end."""
    return data.rstrip(b"\n")


def one_byte(data: bytes) -> bytes:
    """One digit of one cell is another: a file that was mended by hand."""
    at = data.rindex(b".example")
    return data[:at] + b".exbmple" + data[at + 8 :]
