"""Columns as raw little-endian buffers, for both sides of the pipe; numpy is imported by the first call.

A column is a name, a kind and a 1-D array of its own length. Strings travel as int32 codes (-1 is null) and a JSON
list of the distinct values; nulls of the other kinds as one byte per row. Every buffer starts at a multiple of 8.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .protocol import Nonsense

if TYPE_CHECKING:
    import numpy as np

DTYPES = {"int64": "<i8", "float64": "<f8", "bool": "|b1"}
KINDS = (*DTYPES, "string")
_ALIGN = 8


class Block(NamedTuple):
    """One column. A string column's values are objects, str or None; elsewhere `nulls` marks what is missing."""

    name: str
    kind: str
    values: np.ndarray[Any, Any]
    nulls: np.ndarray[Any, Any] | None = None


def encode(blocks: Sequence[Block]) -> tuple[list[dict[str, Any]], bytes]:
    """What a header says about the columns, and their payload. Raises `ValueError` on a kind it does not know."""
    parts: list[bytes] = []
    size = 0

    def put(data: bytes) -> list[int]:
        nonlocal size
        place = [size, len(data)]
        padding = -len(data) % _ALIGN
        parts.extend((data, b"\0" * padding))
        size += len(data) + padding
        return place

    described = [_encode_one(block, put) for block in blocks]
    return described, b"".join(parts)


def decode(described: object, payload: bytearray) -> list[Block]:
    """The columns of a header and its payload; arrays share the payload's memory. Raises `Nonsense`."""
    if not isinstance(described, list):
        raise Nonsense("the columns are not a list")
    return [_decode_one(item, payload) for item in described]


def _encode_one(block: Block, put: Any) -> dict[str, Any]:
    import numpy as np

    item: dict[str, Any] = {"name": block.name, "kind": block.kind}
    if block.kind == "string":
        codes, words = _codes(block)
        item["values"] = put(codes.astype("<i4").tobytes())
        item["words"] = put(json.dumps(words).encode("ascii"))
        return item
    if block.kind not in DTYPES:
        raise ValueError(f"no such kind of column: {block.kind!r}")
    item["values"] = put(np.ascontiguousarray(block.values, dtype=DTYPES[block.kind]).tobytes())
    if block.nulls is not None and block.nulls.any():
        item["nulls"] = put(np.ascontiguousarray(block.nulls, dtype="|b1").tobytes())
    return item


def _codes(block: Block) -> tuple[np.ndarray[Any, Any], list[str]]:
    """Codes by first appearance. A plain dictionary over a list is faster here than sorting with `np.unique`."""
    import numpy as np

    places: dict[str | None, int] = {None: -1}
    values = block.values.tolist()
    for word in dict.fromkeys(values):
        if word is not None:
            places[word] = len(places) - 1
    codes = np.fromiter(map(places.__getitem__, values), dtype=np.int32, count=len(values))
    if block.nulls is not None:
        codes[block.nulls] = -1
    return codes, [word for word in places if word is not None]


def _decode_one(item: object, payload: bytearray) -> Block:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or item.get("kind") not in KINDS:
        raise Nonsense("a column has no name or no known kind")
    name, kind = item["name"], item["kind"]
    if kind == "string":
        return Block(name, kind, _words(item, payload))
    values = _array(item.get("values"), payload, DTYPES[kind])
    if kind == "bool" and values.size and values.view("u1").max() > 1:
        raise Nonsense("a bool is neither 0 nor 1")
    nulls = None
    if item.get("nulls") is not None:
        nulls = _array(item["nulls"], payload, "u1") != 0
        if nulls.shape != values.shape:
            raise Nonsense("the nulls of a column are not as long as its values")
    return Block(name, kind, values, nulls)


def _words(item: dict[str, Any], payload: bytearray) -> np.ndarray[Any, Any]:
    import numpy as np

    codes = _array(item.get("values"), payload, "<i4")
    start, size = _place(item.get("words"), payload)
    try:
        words = json.loads(bytes(payload[start : start + size]).decode("utf-8"))
    except (ValueError, RecursionError):
        raise Nonsense("the words of a string column are not JSON") from None
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Nonsense("the words of a string column are not strings")
    try:
        "".join(words).encode()
    except UnicodeEncodeError:  # half a surrogate pair would break whoever prints it later
        raise Nonsense("the words of a string column are no Unicode") from None
    if codes.size and (codes.min() < -1 or codes.max() >= len(words)):
        raise Nonsense("a code of a string column has no word")
    table = np.empty(len(words) + 1, dtype=object)
    table[:-1] = words
    values: np.ndarray[Any, Any] = table[codes]
    return values


def _array(place: object, payload: bytearray, dtype: str) -> np.ndarray[Any, Any]:
    import numpy as np

    start, size = _place(place, payload)
    kind = np.dtype(dtype)
    if size % kind.itemsize:
        raise Nonsense("a buffer is not a whole number of values")
    return np.frombuffer(payload, dtype=kind, count=size // kind.itemsize, offset=start) if size else np.empty(0, kind)


def _place(place: object, payload: bytearray) -> tuple[int, int]:
    if not isinstance(place, list) or len(place) != 2 or not all(type(part) is int for part in place):
        raise Nonsense("the place of a buffer is not two integers")
    start, size = int(place[0]), int(place[1])
    if start < 0 or size < 0 or start % _ALIGN or start + size > len(payload):
        raise Nonsense("a buffer lies outside the payload")
    return start, size
