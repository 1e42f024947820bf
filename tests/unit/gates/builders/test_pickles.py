"""The static look at pickles: real ones, by the protocols and libraries that write them."""

from __future__ import annotations

import functools
import io
import operator
import os
import pathlib
import pickle
import subprocess
import time
import zipfile
from collections import OrderedDict
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from mlops_gates.gates.builders.archives.pickles import dangerous


class Calls:
    """Unpickling it would call `function`."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return self.function, ("echo ran >&2; exit 7",)


COMMAND = f"{os.name if os.name == 'nt' else 'posix'}.system"


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize(("function", "name"), [(os.system, "system"), (eval, "eval"), (subprocess.Popen, "Popen")])
def test_what_runs_code_is_seen_in_every_protocol(protocol: int, function: Any, name: str) -> None:
    (seen,) = dangerous(pickle.dumps({"model": [1, Calls(function)]}, protocol))
    assert seen.endswith(f".{name}")


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("lzma", 3), ("xz", 3)])
def test_it_is_seen_behind_the_arrays_of_joblib(compress: Any) -> None:
    made = io.BytesIO()
    joblib.dump([np.arange(3000.0), Calls(os.system)], made, compress=compress)
    assert dangerous(made.getvalue()) == (COMMAND,)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("whole", [True, False])
def test_it_is_seen_in_the_zip_of_pytorch(method: int, whole: bool) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        archive.writestr("model/data.pkl", pickle.dumps(Calls(os.system), 2))
        archive.writestr("model/data/0", bytes(4000))
    data = made.getvalue()
    assert dangerous(data if whole else data[:200]) == (COMMAND,)


def test_a_file_in_the_zip_may_look_like_a_header() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("model/data.pkl", pickle.dumps([b"PK\x03\x04", Calls(os.system)]))
    assert dangerous(made.getvalue()) == (COMMAND,)


def test_a_zip_of_many_pickles_is_read_in_one_go() -> None:
    header = b"PK\x03\x04" + bytes(22) + (5).to_bytes(2, "little") + bytes(2) + b"a.pkl"
    began = time.perf_counter()
    assert dangerous(header * 20_000 + bytes(4 << 20)) == ()
    assert time.perf_counter() - began < 20


def test_it_is_seen_behind_a_first_pickle() -> None:
    assert dangerous(pickle.dumps(119) + pickle.dumps(Calls(os.system))) == (COMMAND,)


def test_it_is_seen_through_another_modules_attributes() -> None:
    assert dangerous(b"cnumpy.f2py\nos.system\n(S'ls'\ntR.") == ("numpy.f2py.os.system",)


@pytest.mark.parametrize("compress", [0, 3])
def test_models_are_not_dangerous(compress: int) -> None:
    features = np.random.default_rng(7).random((60, 4))
    model = make_pipeline(StandardScaler(), FunctionTransformer(np.tanh), RandomForestClassifier(5, random_state=7))
    made = io.BytesIO()
    joblib.dump(model.fit(features, features[:, 0] > 0.5), made, compress=compress)
    assert dangerous(made.getvalue()) == ()
    assert dangerous(pickle.dumps(model)) == ()


def test_words_are_no_globals() -> None:
    plain = [{"module": "os", "name": "system"}, "subprocess", "Popen", "builtins", "eval", np.arange(9)]
    also = [pathlib.Path("model"), functools.partial(int, base=2), OrderedDict(a=1), operator.attrgetter("name")]
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        assert dangerous(pickle.dumps([plain, also], protocol)) == ()


@given(
    st.binary(max_size=300)
    | st.binary(max_size=60).map(lambda rest: b"\x80\x04\x95" + rest)
    | st.binary().map(lambda rest: b"PK\x03\x04" + rest)
)
def test_no_bytes_make_it_raise(data: bytes) -> None:
    assert isinstance(dangerous(data), tuple)
