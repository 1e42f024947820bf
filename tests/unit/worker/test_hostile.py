# ruff: noqa: E501 -- sources of hostile modules read best unbroken
"""What a hostile model tries, and that each try ends in an error that says what happened."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlops_gates.worker import client, landlock
from mlops_gates.worker.client import Worker
from mlops_gates.worker.failures import (
    BadAnswer,
    Ended,
    NotLoaded,
    OutOfMemory,
    PredictFailed,
    Stopped,
    TimedOut,
    WorkerError,
)
from mlops_gates.worker.job import Frame

pytestmark = pytest.mark.acceptance

Start = Callable[..., Worker]


def refused(start: Start, body: str, error: type[WorkerError] = NotLoaded, **options: object) -> WorkerError:
    with start(body, **options) as worker, pytest.raises(error) as caught:
        worker.load()
    return caught.value


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(60)"])
def test_a_hang_ends_at_its_deadline(start: Start, body: str) -> None:
    began = time.monotonic()
    error = refused(start, body, TimedOut, seconds=0.6)
    assert error.what == "the model timed out: no answer after 0.6 s"
    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "body",
    [
        "raise type('\\x9d' * 400000, (Exception,), {})('x')",
        "raise ModuleNotFoundError('x', name='\\x9d' * 400000)",
        "raise Exception('\\x9d' * 400000)",
        "exec(compile('1 / 0', '\\x9d' * 400000, 'exec'))",
        "import warnings; warnings.warn('x', type('\\x9d' * 400000, (Warning,), {})); 1 / 0",
    ],
)
def test_endless_names_do_not_hold_us_up(start: Start, body: str) -> None:
    began = time.monotonic()
    error = refused(start, body, NotLoaded, seconds=10)
    assert time.monotonic() - began < 10
    assert len(str(error)) < 2000


def test_a_model_whose_class_has_an_endless_name_is_loaded(start: Start) -> None:
    worker = start("model = type('N\\x9d' * 200000, (), {'predict': len})()", seconds=10)
    assert set(worker.load().type) <= {"N", "…"}


def test_ignoring_sigterm_helps_nobody(start: Start) -> None:
    source = """
        import signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP): signal.signal(number, signal.SIG_IGN)
        time.sleep(60)
    """
    refused(start, source, TimedOut, seconds=0.6)


def test_a_cancel_from_another_thread_kills_within_two_seconds(start: Start) -> None:
    cancel = threading.Event()
    worker = start("while True: pass", cancel=cancel)
    pid = worker._process._popen.pid
    timer = threading.Timer(0.3, cancel.set)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Stopped):
        worker.load()
    assert time.monotonic() - began < 2
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(Ended):
        worker.load()


def test_a_segfault_is_named_and_its_line_is_in_the_log(start: Start) -> None:
    worker = start("import ctypes\nctypes.string_at(0)")
    with pytest.raises(Ended, match=r"killed by signal 11 \(SIGSEGV\)"):
        worker.load()
    assert "hostile.py" in worker.log


@pytest.mark.parametrize(("body", "told"), [("import os; os._exit(0)", "exit code 0"), ("raise SystemExit(0)", "exit")])
def test_ending_is_no_answer(start: Start, body: str, told: str) -> None:
    assert told in refused(start, body, Ended).what


def test_memory_has_a_limit_that_is_named(start: Start) -> None:
    error = refused(start, "hoard = [bytearray(1 << 28) for _ in range(40)]", OutOfMemory, memory=1 << 30)
    assert "1,024 MB" in error.what


def test_no_process_is_started(start: Start) -> None:
    error = refused(start, "import os\nwhile True: os.fork()")
    assert "PermissionError" in error.what
    assert "starts no processes" in error.next_step


def test_no_orphan_outlives_the_session(start: Start) -> None:
    source = """
        import os, subprocess, sys, threading, time
        def double():
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0: time.sleep(60)
                os._exit(0)
        tries = [double, os.vfork if hasattr(os, "vfork") else double,
                 lambda: subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True),
                 lambda: os.posix_spawn("/bin/sleep", ["sleep", "60"], {}), lambda: os.execv("/bin/sleep", ["sleep", "60"])]
        for one in tries:
            try: one()
            except OSError as error: print("refused", error.errno)
            else: print("started")
        threads = [threading.Thread(target=print, args=("thread",)) for _ in range(4)]
        [t.start() for t in threads]; [t.join() for t in threads]
        model = len
    """
    worker = start(source)
    worker.load()
    assert "started" not in worker.log
    assert worker.log.count("refused") == 5
    assert worker.log.count("thread") == 4


def test_what_it_prints_commands_nobody(start: Start, capfd: pytest.CaptureFixture[str]) -> None:
    source = r"""
        import os, sys
        print("::set-output name=passed::true")
        print("a ##[error]b", file=sys.stderr)
        os.write(1, b"\x1b[2Jx\r  ::add-mask::y\r\n")
        sys.__stdout__.write("##[set-env name=PATH]/tmp\n")
        model = len
    """
    worker = start(source)
    worker.load()
    worker.close()
    assert "::" not in worker.log
    assert "##[" not in worker.log
    assert "\x1b" not in worker.log
    assert "\r" not in worker.log
    assert "name=passed" in worker.log
    assert capfd.readouterr() == ("", "")


def test_files_of_others_are_neither_written_nor_read(start: Start, tmp_path: Path) -> None:
    output, secret = tmp_path / "github_output", tmp_path / "secret"
    output.write_text("")
    secret.write_text("token-of-the-job")
    source = f"""
        import os, glob
        from pathlib import Path
        def attempt(name, what):
            try: what()
            except OSError as error: print(name, "refused")
            else: print(name, "DONE")
        attempt("append", lambda: open({str(output)!r}, "a"))
        attempt("truncate", lambda: os.truncate({str(output)!r}, 0))
        attempt("read", lambda: open({str(secret)!r}).read())
        attempt("list", lambda: os.listdir({str(tmp_path)!r}))
        attempt("create", lambda: open({str(tmp_path / "new")!r}, "w"))
        attempt("own code", lambda: open(__file__, "a"))
        attempt("link", lambda: os.link({str(secret)!r}, os.environ["HOME"] + "/linked"))
        attempt("rename", lambda: os.rename({str(secret)!r}, os.environ["HOME"] + "/moved"))
        attempt("unlink", lambda: os.unlink({str(secret)!r}))
        attempt("shm", lambda: open("/dev/shm/left-behind", "w"))
        attempt("tty", lambda: open("/dev/tty", "w"))
        attempt("symlink", lambda: (os.symlink({str(secret)!r}, os.environ["HOME"] + "/s"),
                                    open(os.environ["HOME"] + "/s").read()))
        os.chmod({str(secret)!r}, 0o777)
        (Path.home() / "own").write_text("fine"); print("own", (Path.home() / "own").read_text())
        model = len
    """
    before = secret.stat()
    worker = start(source)
    worker.load()
    assert "DONE" not in worker.log
    assert worker.log.count("refused") == 12
    assert "own fine" in worker.log
    assert (output.read_text(), secret.read_text()) == ("", "token-of-the-job")
    assert (secret.stat().st_mode, secret.stat().st_mtime_ns) == (before.st_mode, before.st_mtime_ns)


def test_git_and_hidden_paths_in_the_code_are_closed(start: Start, tmp_path: Path) -> None:
    code = tmp_path / "code"
    for name in (".git/config", "data/labels.csv", "data/vocabulary.txt", "deep/er/labels.csv", "deep/er/module.py"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text("content")
    source = """
        from pathlib import Path
        for path in sorted(Path(__file__).parent.rglob("*")):
            if path.is_file():
                try: path.read_text(); print("open", path.name)
                except PermissionError: print("closed", path.name)
        model = len
    """
    worker = start(source, hidden=(code / "data/labels.csv", code / "deep/er/labels.csv"))
    worker.load()
    closed = ["closed config", "closed labels.csv", "closed labels.csv"]
    assert sorted(worker.log.split("\n")[:-1]) == [*closed, "open hostile.py", "open module.py", "open vocabulary.txt"]


def test_hard_links_of_what_is_hidden_are_closed_and_their_siblings_open(start: Start, tmp_path: Path) -> None:
    code, outside = tmp_path / "code", tmp_path / "data"
    for folder in (outside / "parts", code / "deep/er", code / ".dvc"):
        folder.mkdir(parents=True)
    for name in ("labels.csv", "parts/more.csv"):
        (outside / name).write_text("content")
    os.link(outside / "labels.csv", code / "top.csv")
    os.link(outside / "labels.csv", code / "deep/er/renamed.txt")
    os.link(outside / "parts/more.csv", code / "deep/part.csv")
    for name in ("beside.csv", "deep/beside.csv", "deep/er/beside.csv", ".dvc/cache"):
        (code / name).write_text("content")
    source = """
        from pathlib import Path
        here = Path(__file__).parent
        for path in sorted(here.rglob("*")):
            if path.is_file():
                try: path.read_text(); print("open", path.relative_to(here))
                except PermissionError: print("closed", path.relative_to(here))
        model = len
    """
    worker = start(source, hidden=(outside / "labels.csv", outside / "parts"))
    worker.load()
    said = worker.log.split("\n")[:-1]
    closed = sorted(line.removeprefix("closed ") for line in said if line.startswith("closed"))
    assert closed == [".dvc/cache", "deep/er/renamed.txt", "deep/part.csv", "top.csv"]
    assert len(said) == 8


def test_a_search_for_hard_links_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, code = tmp_path / "labels.csv", tmp_path / "code"
    code.mkdir()
    secret.write_text("content")
    for number in range(9):
        (code / str(number)).write_text("")
    monkeypatch.setattr(landlock, "MOST_ENTRIES", 5)
    assert landlock.other_names([str(secret)], [str(code)]) == ([], True), "one name: nothing to look for"
    os.link(secret, code / "linked")
    assert not landlock.other_names([str(secret)], [str(code)]).complete
    monkeypatch.setattr(landlock, "MOST_ENTRIES", 10)
    assert landlock.other_names([str(secret)], [str(code)]) == ([str(code / "linked")], True)


def test_the_environment_is_built_up_and_the_parents_is_closed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-job")
    source = """
        import os
        print(sorted(os.environ))
        for name in ("environ", "mem", "maps", "fd", "cwd", "root", "cmdline"):
            path = "/proc/%d/%s" % (os.getppid(), name)
            try: print("SEEN", name, os.listdir(path) if name == "fd" else open(path, "rb").read(100))
            except OSError as error: print("refused", name)
        model = len
    """
    worker = start(source)
    worker.load()
    assert "AWS" not in worker.log
    assert "secret-of-the-job" not in worker.log
    assert "SEEN" not in worker.log
    assert worker.log.count("refused") == 7


@pytest.mark.parametrize("family", ["AF_INET", "AF_INET6", "AF_UNIX", "AF_NETLINK", "AF_VSOCK", "AF_PACKET"])
def test_no_socket_is_opened(start: Start, family: str) -> None:
    error = refused(start, f"import socket\nsocket.socket(socket.{family}, socket.SOCK_DGRAM)")
    assert "PermissionError" in error.what


def test_a_unix_socket_like_that_of_docker_is_out_of_reach(start: Start, tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        server.settimeout(0.2)
        path.chmod(0o777)
        source = f"""
            import os, socket
            left, right = socket.socketpair()          # asyncio lives on these
            left.sendall(b"x"); print("pair", right.recv(1))
            for connect in (lambda: left.connect({str(path)!r}), lambda: socket.socketpair(type=socket.SOCK_DGRAM),
                            lambda: socket.socket(socket.AF_UNIX).connect({str(path)!r})):
                try: connect()
                except PermissionError: print("refused")
            import asyncio
            async def one(): return 1
            print("loop", asyncio.run(one()))
            model = len
        """
        worker = start(source)
        worker.load()
        assert worker.log.count("refused") == 3
        assert "pair b'x'" in worker.log
        assert "loop 1" in worker.log
        with pytest.raises(TimeoutError):
            server.accept()


def test_the_parent_is_neither_killed_nor_limited(start: Start) -> None:
    source = """
        import fcntl, os, resource, signal, socket, struct
        pair = socket.socketpair()
        for one in (lambda: os.kill(os.getppid(), 9), lambda: os.kill(-1, 9), lambda: os.kill(0, 9),
                    lambda: os.killpg(os.getpgid(os.getppid()), 9),
                    lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CPU, (1, 1)),
                    lambda: os.setpriority(os.PRIO_PROCESS, os.getppid(), 19),
                    lambda: os.sched_setaffinity(os.getppid(), {0}),
                    lambda: fcntl.fcntl(pair[0], fcntl.F_SETOWN, os.getppid()), lambda: fcntl.fcntl(pair[0], 10, 9),
                    lambda: fcntl.ioctl(pair[0], 0x8901, struct.pack("i", os.getppid()))):
            try: one()
            except PermissionError: print("refused")
        signal.raise_signal(signal.SIGCONT)
        model = len
    """
    worker = start(source)
    worker.load()
    assert worker.log.count("refused") == 10


def test_a_flood_of_output_is_capped_and_counted(start: Start) -> None:
    worker = start("while True: print('x' * 10_000)", seconds=1.0)
    with pytest.raises(TimedOut):
        worker.load()
    assert len(worker.log) < 70_000
    assert worker.log.endswith("more bytes]")


def test_a_full_disk_is_not_reached(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_FOLDER_BYTES", 32 << 20)
    source = """
        import itertools, os
        for number in itertools.count():
            with open(os.path.join(os.environ["HOME"], str(number)), "wb") as file: file.write(bytes(1 << 20))
    """
    assert "temporary files" in refused(start, source, OutOfMemory).what


@pytest.mark.parametrize(
    "resist",
    ["for _ in range(990): os.mkdir('d' * 200); os.chdir('d' * 200)", "os.mkdir('shut', 0o300); open('shut/in', 'w')"],
)
def test_a_folder_that_cannot_be_measured_is_over_its_limit_and_removed(start: Start, resist: str) -> None:
    if os.geteuid() == 0 and "shut" in resist:
        resist = resist.replace("0o300", "0o300); os.chdir('.'")  # root sees into everything: only the removal counts
        worker = start(f"import os\n{resist}\nmodel = len")
        worker.load()
        return
    refused(start, f"import os, time\n{resist}\ntime.sleep(5)", OutOfMemory)


@pytest.mark.parametrize(
    ("model", "rule"),
    [
        ("def predict(self, x): return [0] * (len(x) - 1)", "4 labels for 5 rows"),
        ("def predict(self, x): return [float('nan')] * len(x)", "5 labels that are null or not finite"),
        ("def predict(self, x): return [[1, 2, 3]] * len(x)", "shape"),
        ("def predict(self, x): return [object()] * len(x)", "neither numbers, booleans nor strings"),
        ("def predict_proba(self, x): return [[0.5, float('nan')]] * len(x)", "predict_proba returned 5 values that are not finite"),
        ("def predict_proba(self, x): return [[1.5, -0.5]] * len(x)", "predict_proba returned 10 values outside 0 to 1"),
        ("def predict_proba(self, x): return [[0.5, 0.5]]", "predict_proba returned 1 rows for 5 rows"),
        ("def predict_proba(self, x): return [[0.2, 0.3, 0.5]] * len(x)", "3 columns for 2 classes"),
        ("def predict_proba(self, x): return [['a', 'b']] * len(x)", "the scores are an array of"),
        ("def decision_function(self, x): return [float('inf')] * len(x)", "decision_function returned 5 values"),
    ],
)  # fmt: skip
def test_an_answer_that_breaks_a_rule_names_it(start: Start, numbers: Frame, model: str, rule: str) -> None:
    source = f"class Model:\n    classes_ = ['a', 'b']\n    def predict(self, x): return ['a'] * len(x)\n    {model}\nmodel = Model()"
    worker = start(source)
    worker.load()
    with pytest.raises((BadAnswer, PredictFailed)) as caught:
        worker.predict(numbers)
    assert rule in caught.value.what


FORGE = """
import json, os, struct
def send(header, payload=b"", mark=b"MLG1", header_size=None, payload_size=None):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    frame = struct.pack(">4sIQ", mark, header_size or len(text), payload_size or len(payload)) + text + payload
    for fd in range(3, 20):
        try: os.write(fd, frame)
        except OSError: continue
"""


@pytest.mark.parametrize(
    "forged",
    [
        "os.write",
        "send({'id': 1, 'kind': 'predicted', 'columns': []})",
        "send({'id': 7})",
        "send({'id': 1, 'kind': 'loaded', 'versions': {}, 'features': [1], 'seconds': 0})",
        "send({'id': 1, 'kind': 'loaded', 'versions': 5, 'seconds': 0})",
        "send({'id': 1, 'kind': 'loaded', 'versions': {}, 'seconds': 1e999})",
        "send({'id': 1, 'kind': 'loaded', 'versions': {}, 'seconds': True})",
        'send((\'{"id":1,"kind":"loaded","versions":{},"seconds":1\' + \'0\' * 4000 + \'}\').encode())',
        "send(('{\"id\":1,\"kind\":\"raised\",\"type\":' + '[' * 900 + ']' * 900 + '}').encode())",
        "send({'id': 1, 'kind': 'loaded', 'versions': {str(n): '1' for n in range(99)}, 'seconds': 0})",
        "send({'id': 1, 'kind': 'loaded', 'versions': {}, 'features': ['\\ud800'], 'seconds': 0})",
        "send({}, mark=b'HTTP')",
        "send(b'[' * 100_000)",
        "send(b'1' * 10_000)",
        "send(b'\\xff\\xfe')",
        "send(b'[]')",
        "send({}, header_size=0xFFFFFFFF)",
        "send({}, payload_size=1 << 62)",
        "send({'id': 1, 'kind': 'ready', 'missing': [], 'apart': True})",
    ],
)
def test_forged_frames_never_confuse_the_parent(start: Start, forged: str) -> None:
    worker = start(FORGE + forged + "\nos._exit(0)")
    with pytest.raises((BadAnswer, Ended, NotLoaded)):
        worker.load()


def test_a_forged_answer_ahead_of_its_question_only_lies_about_predictions(start: Start, numbers: Frame) -> None:
    source = FORGE + textwrap.dedent("""
        values = struct.pack("<5q", 1, 1, 1, 1, 1)
        send({"id": 1, "kind": "loaded", "versions": {}, "type": "::x", "seconds": 0})
        send({"id": 2, "kind": "predicted", "scores": None, "seconds": 0, "passed": True, "verdict": "passed",
              "columns": [{"name": "label", "kind": "int64", "values": [0, 40]}]}, values)
        model = len
    """)
    worker = start(source)
    try:
        worker.load()
        assert worker.predict(numbers).labels.tolist() == [1] * 5
    except BadAnswer as error:
        assert "more than one answer" in error.what
    except PredictFailed as error:  # the true answers came first: those of `len`, which predicts nothing
        assert "not one value per row" in error.what


def test_a_killed_parent_leaves_no_child(tmp_path: Path) -> None:
    (tmp_path / "hostile.py").write_text("import time\ntime.sleep(60)")
    source = f"""
        import threading
        from pathlib import Path
        from mlops_gates.worker.client import Worker
        from mlops_gates.worker.job import Job
        found = []
        def begin(): found.append(Worker.start(Job(model="hostile:model", code=(Path({str(tmp_path)!r}),))))
        thread = threading.Thread(target=begin); thread.start(); thread.join()
        print(found[0]._process._popen.pid, found[0]._process.private, flush=True)
        found[0].load()
    """
    command = [sys.executable, "-c", textwrap.dedent(source)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid, private = parent.stdout.readline().split()
        time.sleep(0.3)
        alive = Path(f"/proc/{pid}/stat").read_text().split()[2] in "RS"
        os.kill(parent.pid, 9)
    limit = time.monotonic() + 2
    while Path(f"/proc/{pid}").exists() and Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z":
        assert time.monotonic() < limit
        time.sleep(0.02)
    assert alive
    Path(private).rmdir()  # nobody is left who would
