"""Reading a model.tar.gz: to its end, or to what stops it."""

from __future__ import annotations

import gzip
import io
import os
import pickle
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packing import LOADS, packed, stored

from mlops_gates.errors import CheckError
from mlops_gates.gates.builders.archives import archive
from mlops_gates.gates.builders.archives.archive import look, names

WEIGHTS = os.urandom(4000)
GOOD = packed({"./model.pth": WEIGHTS, "code/inference.py": LOADS})


def test_a_sound_archive_tells_its_files_and_scripts(tmp_path: Path) -> None:
    found = look(stored(tmp_path, GOOD))
    assert (found.names, found.scripts, found.fault) == (
        ("model.pth", "code/inference.py"),
        {"code/inference.py": LOADS},
        "",
    )
    assert not found.outside and not found.running
    assert names(stored(tmp_path, GOOD)) == found.names


def test_an_archive_of_nothing_is_whole(tmp_path: Path) -> None:
    found = look(stored(tmp_path, packed({})))
    assert (found.names, found.fault) == ((), "")


@pytest.mark.parametrize(
    ("data", "fault", "says"),
    [
        (GOOD[: len(GOOD) // 2], "damaged", "cut"),
        (GOOD[:-4], "damaged", "cut"),
        (GOOD[:-8] + bytes(8), "damaged", "broken"),
        (GOOD[:2], "damaged", "cut"),
        (gzip.compress(packed({"a": WEIGHTS}, mode="w")[:2000], mtime=0), "damaged", "cut"),
        (gzip.compress(b"weights " * 200, mtime=0), "damaged", "no tar"),
        (packed({"a": WEIGHTS}, mode="w"), "no-gzip", "not compressed"),
        (b"PK\x03\x04...", "no-gzip", "zip"),
        (b"", "no-gzip", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\n", "no-gzip", "not fetched"),
        (b"weights", "no-gzip", "no gzip"),
    ],
    ids=lambda value: "" if isinstance(value, bytes) else value,  # random bytes would name each run's tests otherwise
)
def test_what_stops_the_reading_is_told(tmp_path: Path, data: bytes, fault: str, says: str) -> None:
    file = stored(tmp_path, data)
    found = look(file)
    assert found.fault == fault
    assert says in found.told
    with pytest.raises(CheckError, match=r"model\.tar\.gz cannot be read"):
        names(file)


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(CheckError, match="cannot be read"):
        names(tmp_path / "model.tar.gz")


def test_members_outside_are_told_and_never_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"outside")
    climbing = packed(
        {"../up": b"1", "/etc/passwd": b"2", "a/../../b": b"3", "C:\\x": b"4", "a/../inside": b"5", "..model": b"6"},
        ("near", "inside", tarfile.SYMTYPE),
        ("a/near", "../inside", tarfile.SYMTYPE),
        ("far", "../secret", tarfile.SYMTYPE),
        ("farther", "/etc", tarfile.SYMTYPE),
        ("hard", "../secret", tarfile.LNKTYPE),
        ("device", "", tarfile.CHRTYPE),
        ("queue", "", tarfile.FIFOTYPE),
    )
    found = look(stored(tmp_path, climbing))
    outside = {"../up", "/etc/passwd", "a/../../b", "C:\\x", "far", "farther", "hard", "device", "queue"}
    assert set(found.outside) == outside
    assert found.names == ("inside", "..model")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["model.tar.gz", "secret"]


class Runs:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("exit 7",)


@pytest.mark.parametrize("name", ["model.pkl", "xgboost-model", "weights"])
def test_pickles_are_looked_at_by_their_name_or_their_first_bytes(tmp_path: Path, name: str) -> None:
    found = look(stored(tmp_path, packed({name: pickle.dumps(Runs()), "good.pkl": pickle.dumps([1])})))
    assert list(found.running) == [name]


def bomb(size: int, header: tarfile.TarInfo) -> bytes:
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb") as packing:
        header.size = size
        packing.write(header.tobuf(tarfile.GNU_FORMAT))
        for _ in range(size >> 20):
            packing.write(bytes(1 << 20))
    return made.getvalue()


@pytest.mark.parametrize("kind", [tarfile.REGTYPE, tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME])
def test_a_bomb_is_not_read_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: bytes) -> None:
    monkeypatch.setattr(archive, "BYTES", 4 << 20)
    member = tarfile.TarInfo("weights")
    member.type = kind
    read = 0

    def alive() -> None:
        nonlocal read
        read += 1

    found = look(stored(tmp_path, bomb(64 << 20, member)), alive)
    assert found.fault == "too-much"
    assert "200 times" in found.told
    assert read < 64 << 20 >> 13  # blocks of tarfile: far from all


def test_a_size_without_end_is_not_waited_for(tmp_path: Path) -> None:
    """A header may say any size; behind the end of the file there is nothing to be read, for ever."""
    member = tarfile.TarInfo("weights")
    member.size = 1 << 60
    found = look(stored(tmp_path, gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(2048))))
    assert found.fault == "damaged"


def test_too_many_members_are_not_counted_to_their_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MEMBERS", 10)
    data = packed({str(number): b"" for number in range(11)})
    assert look(stored(tmp_path, data)).fault == "too-much"
    assert look(stored(tmp_path, packed({str(number): b"" for number in range(10)}))).fault == ""


def test_a_stop_is_heard(tmp_path: Path) -> None:
    def alive() -> None:
        raise CheckError("stopped")

    with pytest.raises(CheckError, match="stopped"):
        look(stored(tmp_path, GOOD), alive)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_a_byte_that_flips_never_raises(tmp_path: Path, place: int, flip: int) -> None:
    data = bytearray(GOOD)
    data[place] ^= flip
    assert look(stored(tmp_path, bytes(data))).fault in ("", "damaged", "no-gzip", "too-much")


PLAIN = packed({"model.pth": WEIGHTS, "code/inference.py": LOADS}, mode="w")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.integers(0, 600), st.integers(1, 255))
def test_a_tar_that_lies_never_raises(tmp_path: Path, place: int, flip: int) -> None:
    data = bytearray(PLAIN)
    data[place] ^= flip
    assert look(stored(tmp_path, gzip.compress(bytes(data)))).fault in ("", "damaged", "too-much")
