"""Good models: what goes in comes out exact, in order and typed."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn.base
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import NotLoaded, PredictFailed, WorkerError
from mlops_gates.worker.job import Column, Frame, Job

Start = Callable[..., Worker]


def as_table(frame: Frame) -> pd.DataFrame:
    return pd.DataFrame({column.name: column.values for column in frame.columns})


@pytest.fixture(scope="session")
def pipeline(frame: Frame, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    table = as_table(frame)[["size", "shade", "count", "open"]]
    labels = np.where(table["size"] > 0, "Yes", "No")
    encode = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["shade"]), remainder="passthrough")
    model = make_pipeline(encode, RandomForestClassifier(5, n_jobs=2, random_state=0)).fit(table, labels)
    path = tmp_path_factory.mktemp("model") / "model.joblib"
    joblib.dump(model, path)
    path.chmod(0o600)
    return path, model


@pytest.mark.acceptance
def test_a_pipeline_answers_as_it_does_here_whatever_the_columns_order(
    pipeline: tuple[Path, Any], frame: Frame
) -> None:
    path, model = pipeline
    with Worker.start(Job(model=path)) as worker:
        loaded = worker.load()
        answers = [worker.predict(frame) for _ in range(3)]
    assert loaded.features == ("size", "shade", "count", "open")
    assert loaded.type == "Pipeline"
    assert loaded.versions["sklearn"]
    assert loaded.warnings == ()
    here = as_table(frame)[list(loaded.features)]
    for answer in answers:
        assert answer.labels.tolist() == model.predict(here).tolist()
        assert answer.scores is not None
        assert np.array_equal(answer.scores, model.predict_proba(here))
        assert (answer.kind_of_scores, answer.classes) == ("probability", ("No", "Yes"))
        assert 0 <= answer.seconds <= answer.wall
        assert answer.warnings == ()


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("model", "labels", "kind", "shape"),
    [
        (RidgeClassifier(), [0, 1, 0, 1, 0], "decision", (5,)),
        (RidgeClassifier(), [0, 1, 2, 1, 0], "decision", (5, 3)),
        (LinearRegression(), [0.5, 1.5, 2.5, 1.5, 0.5], None, None),
        (BaggingClassifier(n_estimators=2, n_jobs=2, random_state=0), [True, False, True, True, False], "probability", (5, 2)),
    ],
)  # fmt: skip
def test_kinds_of_scores(
    model: Any, labels: list[Any], kind: str | None, shape: tuple[int, ...] | None, numbers: Frame, tmp_path: Path
) -> None:
    table = np.column_stack([column.values for column in numbers.columns])
    model.fit(table, labels)
    joblib.dump(model, tmp_path / "model.pkl", compress=3)
    with Worker.start(Job(model=tmp_path / "model.pkl")) as worker:
        loaded = worker.load()
        answer = worker.predict(numbers)
        short = worker.predict(numbers, scores=False)
        assert worker.log == ""
    assert loaded.features is None
    assert answer.kind_of_scores == kind
    assert (None if answer.scores is None else answer.scores.shape) == shape
    assert answer.labels.tolist() == model.predict(table).tolist()
    assert answer.warnings == ()
    assert (short.scores, short.kind_of_scores, short.classes) == (None, None, None)


def test_a_table_arrives_as_read_csv_would_give_it(start: Start, tmp_path: Path) -> None:
    frame = Frame(
        (
            Column("whole", "int64", np.array([2**62 + 1, -1, 3])),
            Column("gaps", "int64", np.array([1, 2, 3]), np.array([False, True, False])),
            Column("real", "float64", np.array([0.1, np.inf, 3.0]), np.array([False, False, True])),
            Column("flag", "bool", np.array([True, False, True])),
            Column("some", "bool", np.array([True, False, True]), np.array([True, False, False])),
            Column("word", "string", np.array(["é::\n", None, ""], dtype=object)),
        ),
        3,
    )
    path = tmp_path / "table.csv"
    path.write_text(
        'whole,gaps,real,flag,some,word\n4611686018427387905,1,0.1,True,,"é::\n"\n-1,,inf,False,False,\n3,3,,True,True,""\n'
    )
    source = """
        def model(table):
            print([str(kind) for kind in table.dtypes]); print(table.values.tolist())
            table.iloc[:, 0] = 0    # models do write to their input
            return [1, 2, 3]
    """
    worker = start(source)
    worker.load()
    assert worker.predict(frame).labels.tolist() == [1, 2, 3]
    read = pd.read_csv(path, keep_default_na=False, na_values={"gaps": [""], "real": [""], "some": [""]})
    read.loc[1, "word"] = None
    assert str([str(kind) for kind in read.dtypes]) in worker.log
    assert str(read.to_numpy().tolist()).replace("::", ":\u200b:") in worker.log


def test_without_pandas_a_function_gets_an_array(start: Start, numbers: Frame, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "pandas.py").write_text("raise ImportError('none here')")
    worker = start("def model(x):\n    print(type(x).__name__, x.shape, x.dtype)\n    return x[:, 0] > 2")
    loaded = worker.load()
    answer = worker.predict(numbers)
    assert (loaded.type, loaded.features) == ("Function", None)
    assert answer.labels.tolist() == [False, False, False, True, True]
    assert answer.labels.dtype == bool
    assert "ndarray (5, 2) float64" in worker.log


def test_no_rows_are_rows_too(start: Start) -> None:
    worker = start("def model(x): return x['x']")
    worker.load()
    answer = worker.predict(Frame((Column("x", "float64", np.empty(0)),), 0))
    assert answer.labels.shape == (0,)


def test_missing_features_are_named(pipeline: tuple[Path, Any], frame: Frame) -> None:
    with Worker.start(Job(model=pipeline[0])) as worker:
        worker.load()
        with pytest.raises(PredictFailed, match="the features lack what the model was fitted on: shade"):
            worker.predict(Frame(frame.columns[1:], frame.rows))
        assert worker.predict(frame).labels.shape == (frame.rows,), "the session goes on"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not a joblib or pickle file"),
        (b"PK\x03\x04 not a model at all", "not a joblib or pickle file"),
        (b"cnot_installed_anywhere\nThing\n.", "needs the module not_installed_anywhere"),
        (b"I5\n.", "the file holds a int, which has no predict"),
        (b"cos\nsystem\n(S'true'\ntR.", "PermissionError|no predict|cannot be loaded"),
    ],
)
def test_what_is_no_model_is_not_loaded(content: bytes, told: str, tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(content)
    with Worker.start(Job(model=tmp_path / "model.pkl")) as worker, pytest.raises(NotLoaded, match=told):
        worker.load()


def test_a_folder_or_a_named_pipe_is_no_model(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.joblib")
    for path in (tmp_path, tmp_path / "pipe.joblib"):
        with pytest.raises(NotLoaded, match="no regular file"):
            Worker.start(Job(model=path))


def test_a_class_of_the_training_script_is_explained(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(b"c__main__\nMyModel\n.")
    with Worker.start(Job(model=tmp_path / "model.pkl")) as worker, pytest.raises(NotLoaded) as caught:
        worker.load()
    assert "script that trained it" in caught.value.next_step


def test_objects_that_are_numbers_are_numbers(start: Start, numbers: Frame) -> None:
    worker = start("import numpy\ndef model(x): return numpy.array([numpy.int64(n) for n in range(5)], dtype=object)")
    worker.load()
    assert worker.predict(numbers).labels.dtype == np.int64


def test_a_model_that_is_not_there() -> None:
    with pytest.raises(NotLoaded, match="No such file"):
        Worker.start(Job(model=Path("none.joblib")))


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("nowhere:model", "needs the module nowhere"),
        ("math:nothing", "module math has no nothing"),
        ("math:pi", "neither an object with predict nor a function"),
        ("fractions:Fraction", "neither an object with predict nor a function"),
    ],
)
def test_a_target_that_is_no_model(target: str, told: str) -> None:
    with Worker.start(Job(model=target)) as worker, pytest.raises(NotLoaded, match=told):
        worker.load()


def test_versions_that_differ_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(sklearn.base, "__version__", "0.1")
        joblib.dump(LinearRegression().fit([[0.0], [1.0]], [0, 1]), tmp_path / "old.joblib")
    with Worker.start(Job(model=tmp_path / "old.joblib")) as worker:
        warnings = worker.load().warnings
    assert len(warnings) == 1
    assert warnings[0].startswith("InconsistentVersionWarning: ")
    assert "0.1" in warnings[0]


def test_what_predict_raises_is_told_harmlessly_with_its_line(start: Start, numbers: Frame) -> None:
    worker = start("def model(x):\n    raise ValueError('::error::\\n##[x]')")
    worker.load()
    with pytest.raises(PredictFailed) as caught:
        worker.predict(numbers)
    assert caught.value.what.startswith("predict raised ValueError: ")
    assert "(hostile.py:2)" in caught.value.what
    assert "::" not in caught.value.what
    assert "\n" not in caught.value.what


def test_an_interpreter_that_does_not_exist() -> None:
    with pytest.raises(WorkerError, match="cannot be started"):
        Worker.start(Job(model="math:sqrt", python=Path("/nowhere/python")))


def test_a_worker_outlives_the_thread_that_started_it(start: Start, numbers: Frame) -> None:
    started: list[Worker] = []
    thread = threading.Thread(target=lambda: started.append(start("def model(x): return x['x']")))
    thread.start()
    thread.join()
    started[0].load()
    assert started[0].predict(numbers).labels.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_importing_the_client_is_cheap() -> None:
    source = "import sys, mlops_gates.worker.client; print({'numpy', 'pandas', 'asyncio'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_descriptors_are_given_back(start: Start) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        start("model = len").close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
