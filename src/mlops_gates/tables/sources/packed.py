"""gzip and Zstandard: text is unpacked into a private folder and proved on the way.

An engine that unpacks while it reads does not: DuckDB takes a Zstandard file that was cut off for a shorter table, and
compares no checksum of either.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from mlops_gates.errors import CheckError

_CHUNK = 1 << 20
_AGAIN = "Write it again; it was cut off or changed on its way."


def unpacked(path: Path, packing: str, shown: str, folder: Path, going: Callable[[], None]) -> Path:
    """The content of `path` as a file in `folder`. `going` may raise to stop it. Raises CheckError.

    Needs disk for the whole content and little memory.
    """
    target = folder / path.name.removesuffix(path.suffix)
    try:
        with path.open("rb") as source, target.open("xb") as file:
            parts = _gzip(source.read) if packing == ".gz" else _zstd(source.read)
            for written, part in enumerate(parts):
                file.write(part)
                if written % 64 == 0:
                    going()
    except _BrokenError as error:
        raise CheckError(f"{shown} cannot be unpacked: {error}", next_step=_AGAIN) from None
    except OSError as error:
        raise CheckError(f"{shown} cannot be unpacked: {error.strerror or error}") from None
    return target


class _BrokenError(Exception):
    """The bytes are not what the format promises."""


def _gzip(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Each member's length and CRC are compared by zlib."""
    one, begun, rest = zlib.decompressobj(31), False, b""
    try:
        while chunk := rest or read(_CHUNK):
            if one.eof:
                if not (chunk := chunk.lstrip(b"\0")):  # tar pads with zeros
                    rest = b""
                    continue
                one = zlib.decompressobj(31)
            begun = True
            yield one.decompress(chunk, _CHUNK)
            while one.unconsumed_tail:
                yield one.decompress(one.unconsumed_tail, _CHUNK)
            rest = one.unused_data
    except zlib.error as error:
        raise _BrokenError(f"it is no sound gzip ({str(error).rpartition(': ')[2]})") from None
    if not (begun and one.eof):
        raise _BrokenError("it ends in the middle")


def _zstd(read: Callable[[int], bytes]) -> Iterator[bytes]:
    try:
        import zstandard
    except ModuleNotFoundError:
        raise CheckError(
            "reading .zst needs the package zstandard", next_step="Install mlops-gates[data], or unpack it before."
        ) from None
    # The window is what bounds the memory; 128 MiB is what `zstd --long` takes without being asked twice.
    make = zstandard.ZstdDecompressor(max_window_size=1 << 27)
    one, begun, rest = make.decompressobj(), False, b""
    try:
        while chunk := rest or read(_CHUNK):
            if one.eof:
                one = make.decompressobj()
            begun = True
            yield one.decompress(chunk)
            rest = one.unused_data
    except zstandard.ZstdError as error:
        raise _BrokenError(f"it is no sound Zstandard ({str(error).rpartition(': ')[2]})") from None
    if not (begun and one.eof):
        raise _BrokenError("it ends in the middle")
