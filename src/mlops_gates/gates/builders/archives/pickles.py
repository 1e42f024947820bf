"""A static look at pickles: which globals would run code when they are read. Nothing is ever unpickled."""

from __future__ import annotations

import io
import pickletools
import re
from collections.abc import Iterator

SUFFIXES = (".pkl", ".pickle", ".p", ".joblib", ".sav", ".pt", ".pth", ".bin", ".ckpt", ".model")
"""Endings of files that frameworks unpickle."""
LARGEST = 64 << 20
"""Bytes of one file that are looked at, and bytes that a packed one may grow to."""
_OPERATIONS = 400_000
_HEADER = b"PK\x03\x04"
_WHOLE = {
    *("os", "posix", "nt", "subprocess", "sys", "socket", "shutil", "pty", "runpy", "ctypes", "marshal", "webbrowser"),
    *("pdb", "bdb", "codeop", "multiprocessing", "pip", "requests", "ftplib", "smtplib", "telnetlib", "paramiko"),
    *("tempfile", "cProfile", "importlib", "pickle", "_pickle", "aiohttp", "httpx", "asyncio", "boto3", "botocore"),
}
"""Modules of which a pickled model needs nothing. None that a team may have given to a package of its own."""
_HARMLESS = ("multiprocessing.reduction.",)
_BUILTINS = {"eval", "exec", "execfile", "compile", "__import__", "open", "breakpoint", "input", "globals", "vars"}
_SINGLE = {
    *(
        "commands.getoutput",
        "commands.getstatusoutput",
        "commands.Popen",
        "platform.popen",
        "timeit.timeit",
        "timeit.main",
    ),
    *("urllib.request.urlopen", "urllib.request.urlretrieve", "code.interact", "profile.run", "trace.Trace.run"),
    *("numpy.testing._private.utils.runstring", "torch.hub.load", "torch.load", "joblib.load", "numpy.load"),
    *("pandas.read_pickle", "doctest.debug_script", "torch.utils.cpp_extension.load"),
}
_STRINGS = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "UNICODE", "STRING", "BINSTRING", "SHORT_BINSTRING"}
_NAMES = b"|".join(sorted(one.encode() for one in (*_WHOLE, "builtins", "__builtin__")))
_TEXTUAL = re.compile(rb"[ci]((?:" + _NAMES + rb")(?:\.\w{1,60}){0,4})\n([A-Za-z_][\w.]{0,80})\n")
_FRAMED = re.compile(
    rb"\x8c.((?:" + _NAMES + rb")(?:\.\w{1,60}){0,4})\x94?\x8c.([A-Za-z_][\w.]{0,80}?)\x94?\x93", re.DOTALL
)


def dangerous(data: bytes) -> tuple[str, ...]:
    """The globals in a pickle, in PyTorch's zip of pickles or in joblib's packed pickle that run code of any kind.

    Arrays that joblib writes in between end the reading of operations; so the bytes are searched for the names, too.
    """
    found: dict[str, None] = {}
    for pickle in _pickles(data):
        for name in (*_globals(pickle), *_written(pickle)):
            if _runs_code(name):
                found[name] = None
    return tuple(found)


def _runs_code(name: str) -> bool:
    parts = name.split(".")
    if name in _SINGLE:
        return True
    if name.startswith(_HARMLESS):
        return False
    if parts[0] in ("builtins", "__builtin__"):
        return bool(_BUILTINS & set(parts[1:]))
    # A name may lead through another module's attributes: numpy.f2py.os.system.
    inner = {"os", "posix", "nt", "subprocess", "builtins", "__builtins__"}
    return parts[0] in _WHOLE or bool(inner & set(parts[1:-1]))


def _pickles(data: bytes) -> Iterator[bytes]:
    """The pickle itself, those in a zip, or what is packed."""
    if data.startswith(_HEADER):
        yield from _zipped(data)
    else:
        yield _unpacked(data)


def _zipped(data: bytes) -> Iterator[bytes]:
    """By the headers before each file, so that a zip that was cut is read as well as one with two contents; then the whole,
    for what a file hides behind bytes that look like a header. A zip of many pickles is not unpacked beyond 4 x LARGEST."""
    import zlib

    at, room, view = data.find(_HEADER), 4 * LARGEST, memoryview(data)
    while at >= 0 and room > 0:
        behind = data.find(_HEADER, at + 4)
        method = int.from_bytes(data[at + 8 : at + 10], "little")
        name = int.from_bytes(data[at + 26 : at + 28], "little")
        start = at + 30 + name + int.from_bytes(data[at + 28 : at + 30], "little")
        if data[at + 30 : at + 30 + name].lower().endswith((b".pkl", b".pickle")):
            found = data[start : behind if behind >= 0 else None]
            if method:
                try:
                    found = zlib.decompressobj(-15).decompress(view[start:], min(LARGEST, room))
                except zlib.error:
                    room -= 1  # not packed as it says: its bytes are searched
            room -= len(found)
            yield found
        at = behind
    yield data


def _unpacked(data: bytes) -> bytes:
    """What joblib packed with zlib, gzip, bz2 or lzma, as far as it can be unpacked; else the data itself."""
    import bz2
    import lzma
    import zlib

    try:
        if data[:1] == b"\x78" or data[:2] == b"\x1f\x8b":
            return zlib.decompressobj(47).decompress(data, LARGEST)
        if data[:3] == b"BZh":
            return bz2.BZ2Decompressor().decompress(data, LARGEST)
        if data[:6] == b"\xfd7zXZ\x00" or data[:3] == b"\x5d\x00\x00":
            return lzma.LZMADecompressor(memlimit=256 << 20).decompress(data, LARGEST)
    except (OSError, ValueError, EOFError, zlib.error, lzma.LZMAError):
        return data
    return data


def _globals(data: bytes) -> Iterator[str]:
    """`module.name` of each global that the operations ask for, until they end or make no sense any more."""
    strings: list[str] = []
    memo: dict[int, str] = {}
    count, last = 0, ""
    operations = pickletools.genops(io.BytesIO(data))
    while count < _OPERATIONS:
        try:
            operation, argument, _ = next(operations)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001 - no pickle any more; its bytes are searched instead
            return
        count += 1
        name = operation.name
        if name in _STRINGS:
            last = argument if isinstance(argument, str) else ""
            strings = [*strings[-3:], last]
        elif name in ("GLOBAL", "INST"):
            yield str(argument).replace(" ", ".", 1)
        elif name == "STACK_GLOBAL" and len(strings) > 1:
            yield f"{strings[-2]}.{strings[-1]}"
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            memo[int(argument or 0)] = last
        elif name == "MEMOIZE":
            memo[len(memo)] = last
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            last = memo.get(int(argument or 0), "")
            strings = [*strings[-3:], last] if last else strings
        else:
            last = ""


def _written(data: bytes) -> Iterator[str]:
    """`module.name` wherever two such names stand together."""
    for form in (_TEXTUAL, _FRAMED):
        for match in form.finditer(data):
            yield f"{match[1].decode('ascii', 'replace')}.{match[2].decode('ascii', 'replace')}"
