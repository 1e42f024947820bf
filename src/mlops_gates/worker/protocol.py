"""Frames between parent and worker: a JSON header and a binary payload over a pipe, never pickle.

Both sides use this file: the child runs it on Python 3.8 and later with the standard library alone. A frame is
`MLG1`, the header's length (uint32), the payload's length (uint64), the header, the payload; numbers are big-endian.
Whoever reads states what it is willing to take; anything above is `Nonsense`, before a byte of it is read.
"""

from __future__ import annotations

import json
import os
import struct
from typing import Any, Dict  # noqa: UP035

MAGIC = b"MLG1"
PREFIX = struct.Struct(">4sIQ")
HEADER_LIMIT = 1 << 24
"""Bytes of JSON: column names, the places of buffers, messages."""

Header = Dict[str, Any]  # noqa: UP006 -- evaluated by the child's Python 3.8


class Nonsense(Exception):
    """The other side sent what is no frame, or more than was allowed. The message says which rule broke."""


def pack(header: Header, payload_size: int) -> bytes:
    """The prefix and the header of a frame whose payload of `payload_size` bytes follows."""
    text = json.dumps(header, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return PREFIX.pack(MAGIC, len(text), payload_size) + text


def unpack_prefix(prefix: bytes, payload_limit: int) -> tuple[int, int]:
    """Lengths of header and payload, in bytes. Raises `Nonsense` on a wrong mark or a length above its limit."""
    magic, header_size, payload_size = PREFIX.unpack(prefix)
    if magic != MAGIC:
        raise Nonsense("what came is no frame")
    if header_size > HEADER_LIMIT:
        raise Nonsense(f"the header claims {header_size} bytes, more than {HEADER_LIMIT}")
    if payload_size > payload_limit:
        raise Nonsense(f"the payload claims {payload_size} bytes, more than {payload_limit}")
    return header_size, payload_size


def unpack_header(text: bytes) -> Header:
    """The header as a dictionary. Raises `Nonsense` when it is not a JSON object."""
    try:
        header = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Nonsense(f"the header is not JSON ({type(error).__name__})") from None
    if not isinstance(header, dict):
        raise Nonsense("the header is not a JSON object")
    return header


def read_frame(fd: int, payload_limit: int) -> tuple[Header, bytearray]:
    """Blocks until a whole frame is read (the child's side). Raises `EOFError` when the parent is gone."""
    header_size, payload_size = unpack_prefix(bytes(_exactly(fd, PREFIX.size)), payload_limit)
    header = unpack_header(bytes(_exactly(fd, header_size)))
    return header, _exactly(fd, payload_size)


def write_frame(fd: int, header: Header, payload: bytes = b"") -> None:
    """Blocks until the frame is written (the child's side)."""
    for part in (pack(header, len(payload)), payload):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(fd, rest) :]


def _exactly(fd: int, size: int) -> bytearray:
    """A bytearray, so that arrays laid over it can be written to: models do scale their input in place."""
    buffer = bytearray(size)
    view = memoryview(buffer)
    done = 0
    while done < size:
        count = os.readv(fd, [view[done:]])
        if count == 0:
            raise EOFError("the other side closed the pipe")
        done += count
    return buffer
