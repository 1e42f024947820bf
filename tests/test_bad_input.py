"""The command as CI calls it, in a process of its own: whatever comes in, nothing ever ends as a pass that is none."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mlops_gates.reporters import results

sys.path.insert(0, str(Path(__file__).parent / "unit"))
from hosts.runner import parse_command, parse_file

REPORTS = {
    "results.json", "results.sarif", "junit.xml", "gl-code-quality.json", "summary.md", "metrics.txt", "outputs.env",
    "report.html",
}  # fmt: skip
DATA = """\
data:
  source: test.csv
  columns:
    x: {type: integer, nulls: 0}
"""
MODEL = """\
model:
  path: model:model
  code: [.]
  data: test.csv
  target: y
  positive: yes
  timeout: 60s
  thresholds: {accuracy: 0.5}
  without: all
"""
GOOD_MODEL = "def model(features):\n    return ['yes' if x % 2 else 'no' for x in features['x']]\n"


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str
    folder: Path

    @property
    def outputs(self) -> dict[str, str]:
        """By the rules with which GitHub's runner reads the file."""
        return parse_file((self.folder / "output").read_text())

    @property
    def results(self) -> Any:
        return json.loads((self.folder / "mlops-gates-report/results.json").read_text())

    @property
    def dotenv(self) -> dict[str, str]:
        lines = (self.folder / "mlops-gates-report/outputs.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


class Project:
    """A folder in which the command runs as a step of GitHub's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write("test.csv", "x,y\n" + "".join(f"{n},{'yes' if n % 2 else 'no'}\n" for n in range(100)))
        self.write("model.py", GOOD_MODEL)

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def environment(self, **more: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder.parent),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "step-summary"),
            **more,
        }

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "mlops_gates", *words],
            cwd=self.folder,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *words: str, **environment: str) -> Ended:
        process = self.start(*(words or ("run",)), **environment)
        out, err = process.communicate(timeout=90)
        return Ended(process.returncode, out, err, self.folder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)


def holds(ended: Ended, code: int) -> None:
    """What must be true however a run ended."""
    assert ended.code == code, ended.out + ended.err
    assert {path.name for path in (ended.folder / "mlops-gates-report").iterdir()} == REPORTS
    good = code == 0
    verdict = ended.results["status"]
    assert (verdict in ("passed", "warned")) is good
    assert ended.results["exit_code"] == code
    for found in (ended.outputs, {k.removeprefix("MLOPS_GATES_").lower(): v for k, v in ended.dotenv.items()}):
        assert found["verdict"] == verdict
        assert found["passed"] == ("true" if good else "false")
    assert ended.outputs["exit-code"] == str(code)
    if not good:
        sarif = json.loads((ended.folder / "mlops-gates-report/results.sarif").read_text())
        found = sarif["runs"][0]["results"]
        assert found
        for one in found:
            where = one["locations"][0]["physicalLocation"]
            assert where["region"]["startLine"] >= 1
    for line in (ended.out + ended.err).splitlines():
        command = parse_command(line)
        assert command is None or command[0] in ("error", "warning", "notice", "group", "endgroup"), line
        assert "##[" not in line
    assert "Traceback" not in ended.err


def test_the_project_itself_passes(project: Project) -> None:
    project.write("mlops-gates.yml", DATA + MODEL)
    ended = project.run()
    holds(ended, 0)
    assert ended.outputs["model-digest"].startswith("sha256:")
    assert ended.outputs["quality-score"] == "1"
    assert json.loads(ended.outputs["failed-checks"]) == []
    assert json.loads(ended.outputs["metrics"])["accuracy"] == 1.0


# Decided before the first gate starts: 2, with file, line, key and the nearest key


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (None, ["there is no config file mlops-gates.yml", "mlops-gates schema"]),
        ("", ["mlops-gates.yml:1", "is empty"]),
        ("data: [\n", ["mlops-gates.yml:2", "YAML"]),
        ("data: {source: test.csv}\ndata: {source: test.csv}\n", ["mlops-gates.yml:2", "stands here twice"]),
        (DATA.replace("nulls", "nuls"), ["mlops-gates.yml:4", "data.columns.x.nuls", "Did you mean 'nulls'?"]),
        (DATA.replace("integer", "3"), ["mlops-gates.yml:4", "data.columns.x.type"]),
        (DATA.replace("nulls: 0", "nulls: none"), ["mlops-gates.yml:4", "data.columns.x.nulls", "count of rows"]),
        (DATA.replace("test.csv", "gone.csv"), ["mlops-gates.yml:2", "data.source", "there is no file gone.csv"]),
        (DATA.replace("test.csv", "../../etc/passwd"), ["mlops-gates.yml:2", "leaves the workspace"]),
        (DATA.replace("test.csv", "/etc/passwd"), ["mlops-gates.yml:2", "leaves the workspace"]),
        (MODEL.replace("model:model", "gone.joblib"), ["mlops-gates.yml:2", "model.path", "there is no file gone.joblib"]),
        (MODEL.replace("0.5", ".nan"), ["mlops-gates.yml:8", "finite"]),
        ("a: &a [x]\nb: *a\n", ["mlops-gates.yml:2", "alias"]),
        ("data: !!python/object/apply:os.system [id]\n", ["mlops-gates.yml:1", "tag"]),
        ("policy: {}\n", ["no gate is configured"]),
        (b"\xff\xfe\x00", ["is not UTF-8"]),
        ("x" * 300_000, ["larger than 256 KiB"]),
    ],
    ids=lambda value: str(value)[:30] if not isinstance(value, list) else "",
)  # fmt: skip
def test_a_config_that_cannot_be_used_is_2(project: Project, config: str | bytes | None, words: list[str]) -> None:
    if config is not None:
        project.write("mlops-gates.yml", config)
    ended = project.run()
    holds(ended, 2)
    for word in words:
        assert word in ended.results["fatal"]["message"] + ended.results["fatal"]["remedy"] + str(
            f"{ended.results['fatal']['location']['file']}:{ended.results['fatal']['location']['line']}"
        )
    assert ended.results["gates"] == []
    assert ended.results["fatal"]["location"]["file"] == "mlops-gates.yml"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "dta"), "there is no gate 'dta'. Did you mean 'data'?"),
        (("run", "compare"), "there is no gate 'compare'"),
        (("run", "model"), "the gate model was asked for, but the config does not mention it"),
        (("run", "--gates", "data,model"), "the gate model was asked for"),
        (("run", "--environment", "production"), "there is no environment 'production'"),
        (("run", "--set", "data.colums={}"), "unknown key data.colums"),
        (("run", "--set", "data"), "is no assignment"),
        (("run", "--annotations", "yes"), "annotations: 'yes' is no boolean"),
        (("run", "--requirements", "gone.txt"), "requirements: there is no file gone.txt"),
    ],
)
def test_flags_that_cannot_be_used_are_2(project: Project, words: tuple[str, ...], told: str) -> None:
    project.write("mlops-gates.yml", DATA)
    ended = project.run(*words)
    holds(ended, 2)
    assert told in f"{ended.results['fatal']['message']}. {ended.results['fatal']['remedy']}"


def test_an_unknown_input_is_2(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    ended = project.run(MLOPS_GATES_INPUT_fail_onn="never")
    holds(ended, 2)
    assert "there is no input 'fail_onn'" in ended.results["fatal"]["message"]


@pytest.mark.parametrize(
    "text", ["$(touch pwned)", '"; touch pwned #', "a\nverdict=passed", "`touch pwned`", "x::error::y"]
)
def test_inputs_are_literal(project: Project, text: str) -> None:
    project.write("mlops-gates.yml", DATA)
    ended = project.run("run", "--environment", text)
    holds(ended, 2)
    ended = project.run(MLOPS_GATES_INPUT_SET=f"data.source={text}")
    holds(ended, 2)
    assert not (project.folder / "pwned").exists()


# What a gate meets while it runs: 3


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01\x02", b"x,y\n1,2\n3\n", b'x,y\n1,"2\n', b"x,y\n1,\xff\n", b"x,x\n1,2\n"]
)
def test_data_that_cannot_be_read_is_3(project: Project, content: bytes) -> None:
    project.write("mlops-gates.yml", DATA)
    project.write("test.csv", content)
    ended = project.run()
    holds(ended, 3)
    assert "test.csv" in ended.results["gates"][0]["checks"][0]["findings"][0]["message"]


@pytest.mark.parametrize("content", ["", "x,y\n"])
def test_a_model_without_rows_is_3(project: Project, content: str) -> None:
    project.write("mlops-gates.yml", MODEL)
    project.write("test.csv", content)
    holds(project.run(), 3)


def test_wrong_column_names_fail(project: Project) -> None:
    project.write("mlops-gates.yml", DATA.replace("x:", "tenure:") + MODEL)
    project.write(
        "model.py", "class M:\n    feature_names_in_ = ['tenure']\n    def predict(self, x): pass\nmodel = M()\n"
    )
    ended = project.run()
    holds(ended, 1)
    assert json.loads(ended.outputs["failed-checks"]) == ["data.columns"]
    assert [gate["status"] for gate in ended.results["gates"]] == ["failed", "errored"]


FORGERIES = """\
import os, sys
print("::set-output name=passed::true")
print("  ::set-output name=verdict::passed", file=sys.stderr)
print("##[set-output name=passed]true")
print("x ##[add-mask]y\\r::stop-commands::abc")
for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_STEP_SUMMARY"):
    try:
        open(os.environ[name], "a").write("passed=true\\nverdict=passed\\n")
    except Exception:
        pass
for name in ("output", "mlops-gates-report/results.json", "mlops-gates-report/outputs.env"):
    try:
        open(os.path.join(FOLDER, name), "a").write("passed=true\\nverdict=passed\\nMLOPS_GATES_PASSED=true\\n")
    except Exception:
        pass
"""


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (FORGERIES + "raise SystemExit(0)\n", 3),
        (FORGERIES + "os._exit(0)\n", 3),
        (FORGERIES + "def model(x):\n    os._exit(0)\n", 3),
        (FORGERIES + "def model(x):\n    return ['yes'] * len(x)\n", 1),
        ("def model(x):\n    return [float('nan')] * len(x)\n", 3),
        ("def model(x):\n    return ['yes'] * (len(x) - 1)\n", 3),
        ("def model(x):\n    return None\n", 3),
        ("import sys, os\nos.kill(os.getpid(), 11)\n", 3),
        ("model = 1\n", 3),
        ("syntax error\n", 3),
    ],
    ids=["leaves", "exits", "exits-late", "forges", "nan", "too-few", "none", "segfault", "no-model", "syntax"],
)
def test_a_hostile_model_forges_nothing(project: Project, source: str, code: int) -> None:
    project.write("mlops-gates.yml", MODEL.replace("0.5}", "0.9}"))
    project.write("model.py", f"FOLDER = {str(project.folder)!r}\n" + source)
    ended = project.run()
    holds(ended, code)
    text = (project.folder / "output").read_text()
    assert "verdict=passed" not in text
    assert "passed=true" not in text
    assert "MLOPS_GATES_PASSED=true" not in (project.folder / "mlops-gates-report/outputs.env").read_text()


def test_a_file_that_is_no_model_is_3(project: Project) -> None:
    project.write("mlops-gates.yml", MODEL.replace("model:model", "model.joblib"))
    for content in (b"", b"no model", os.urandom(2000)):
        project.write("model.joblib", content)
        holds(project.run(), 3)


@pytest.mark.acceptance
def test_a_model_that_hangs_is_3(project: Project) -> None:
    project.write("mlops-gates.yml", DATA + MODEL.replace("60s", "2s"))
    project.write("model.py", "import time\ndef model(x):\n    time.sleep(600)\n")
    ended = project.run()
    holds(ended, 3)
    assert [gate["status"] for gate in ended.results["gates"]] == ["passed", "errored"]
    assert ended.results["gates"][1]["seconds"] < 30


@pytest.mark.acceptance
def test_a_model_that_eats_memory_is_3(project: Project) -> None:
    project.write("mlops-gates.yml", MODEL + "  memory: 1GB\n")
    project.write("model.py", "def model(x):\n    return len(bytearray(8 * 10**9))\n")
    ended = project.run()
    holds(ended, 3)
    assert "memory" in json.dumps(ended.results["gates"]).lower()


# Cancelled and killed


@pytest.fixture
def hanging(project: Project) -> Iterator[tuple[Project, subprocess.Popen[str]]]:
    """A run whose data gate has passed and whose model hangs; an earlier run of the same folder passed."""
    project.write("mlops-gates.yml", DATA + MODEL)
    holds(project.run(), 0)
    (project.folder / "output").unlink()
    project.write("model.py", "import time\ndef model(x):\n    time.sleep(600)\n")
    process = project.start("run")
    assert process.stderr
    for line in process.stderr:
        if "predicting" in line:
            break
    yield project, process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.acceptance
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_reports(hanging: tuple[Project, subprocess.Popen[str]], number: int, code: int) -> None:
    project, process = hanging
    process.send_signal(number)
    out, err = process.communicate(timeout=5)
    ended = Ended(process.returncode, out, err, project.folder)
    holds(ended, code)
    assert ended.results["status"] == "errored"
    assert f"cancelled by signal {number}" in ended.results["fatal"]["message"]
    gates = [(gate["gate"], gate["status"]) for gate in ended.results["gates"]]
    assert gates == [("data", "passed"), ("model", "errored")]
    assert project.run("run", "--exit-zero", "--gates", "data").code == 0


@pytest.mark.acceptance
def test_a_kill_leaves_no_stale_pass(hanging: tuple[Project, subprocess.Popen[str]]) -> None:
    project, process = hanging
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=5)
    ended = Ended(process.returncode, "", "", project.folder)
    assert ended.results["status"] == "errored"
    assert "was killed" in ended.results["fatal"]["message"]
    assert (ended.outputs["verdict"], ended.outputs["passed"]) == ("errored", "false")
    assert (ended.dotenv["MLOPS_GATES_VERDICT"], ended.dotenv["MLOPS_GATES_PASSED"]) == ("errored", "false")
    assert project.run("enforce").code == 3


# Reports


@pytest.mark.parametrize(
    "made", [lambda path: path.write_text("a file"), lambda path: path.symlink_to("/proc/nowhere")]
)
def test_a_report_folder_that_cannot_be_written_is_3(project: Project, made: Any) -> None:
    project.write("mlops-gates.yml", DATA)
    made(project.folder / "mlops-gates-report")
    ended = project.run()
    assert ended.code == 3
    assert "cannot be written" in ended.out + ended.err
    assert (ended.outputs["verdict"], ended.outputs["passed"]) == ("errored", "false")


def test_a_read_only_report_folder_is_3(project: Project) -> None:
    if os.geteuid() == 0:
        target = Path("/sys/mlops-gates-report")
    else:
        target = project.folder / "locked"
        target.mkdir(mode=0o500)
    project.write("mlops-gates.yml", DATA)
    ended = project.run("run", "--report-dir", str(target))
    assert ended.code == 3
    assert "cannot be written" in ended.out + ended.err
    assert ended.outputs["passed"] == "false"


def test_an_unwritable_output_file_keeps_the_exit_code(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    for name in ("", "/proc/nowhere/output"):
        ended = project.run(GITHUB_OUTPUT=name)
        assert ended.code == 0
        assert "GITHUB_OUTPUT" in ended.err


@pytest.mark.acceptance
def test_equal_inputs_give_equal_results(project: Project) -> None:
    project.write("mlops-gates.yml", DATA + MODEL + "policy: {advisory: [model]}\n")

    def reports() -> dict[str, str]:
        project.run()
        return {path.name: path.read_text() for path in (project.folder / "mlops-gates-report").iterdir()}

    def timeless(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: timeless(one) for key, one in value.items() if key not in ("started", "seconds")}
        return [timeless(one) for one in value] if isinstance(value, list) else value

    one, two = reports(), reports()
    for name in ("results.sarif", "gl-code-quality.json", "outputs.env"):
        assert one[name] == two[name], name
    assert timeless(json.loads(one["results.json"])) == timeless(json.loads(two["results.json"]))


def test_json_on_stdout_is_all_of_stdout(project: Project) -> None:
    project.write("mlops-gates.yml", DATA.replace("integer", "boolean"))
    ended = project.run("run", "--format", "json")
    assert ended.code == 1
    assert results.parse(ended.out).status.value == "failed"
    assert ended.out == (project.folder / "mlops-gates-report/results.json").read_text()
    project.write("mlops-gates.yml", "")
    ended = project.run("run", "--format", "json")
    assert ended.code == 2
    assert results.parse(ended.out).exit_code == 2


# Inputs, environments, flags


def limit(ended: Ended) -> str:
    checks = ended.results["gates"][-1]["checks"]
    (found,) = [m["limit"]["text"] for c in checks for m in c["measurements"] if m["name"] == "accuracy"]
    return str(found)


@pytest.mark.acceptance
def test_file_then_environment_then_input_then_flag(project: Project) -> None:
    project.write("mlops-gates.yml", MODEL + "environments:\n  production: {model: {thresholds: {accuracy: 0.6}}}\n")
    assert limit(project.run()) == "at least 0.5"
    given = {"MLOPS_GATES_INPUT_ENVIRONMENT": "production"}
    assert limit(project.run(**given)) == "at least 0.6"
    given["MLOPS_GATES_INPUT_SET"] = "model.thresholds.accuracy=0.65\n\nmodel.thresholds.accuracy=0.7\n"
    assert limit(project.run(**given)) == "at least 0.7"
    assert limit(project.run("run", "--set", "model.thresholds.accuracy=0.8", **given)) == "at least 0.8"


def test_a_flag_wins_over_its_input(project: Project) -> None:
    project.write("mlops-gates.yml", DATA.replace("integer", "boolean"))
    assert project.run(MLOPS_GATES_INPUT_FAIL_ON="never").code == 0
    ended = project.run("run", "--fail-on", "error", MLOPS_GATES_INPUT_FAIL_ON="never")
    assert ended.code == 1
    ended = project.run("run", "--exit-zero")
    assert ended.code == 0
    assert (ended.outputs["verdict"], ended.outputs["passed"], ended.outputs["exit-code"]) == ("failed", "false", "1")


def test_a_plain_variable_of_the_same_name_is_no_input(project: Project) -> None:
    project.write("mlops-gates.yml", DATA)
    assert project.run(CONFIG="other.yml", INPUT_CONFIG="other.yml", MLOPS_GATES_CONFIG="other.yml").code == 0


def test_the_working_directory_is_where_paths_start(project: Project) -> None:
    project.write("sub/mlops-gates.yml", DATA.replace("integer", "boolean"))
    project.write("sub/test.csv", "x,y\n1,2\n")
    ended = project.run("run", "--working-directory", "sub")
    assert ended.code == 1
    assert (project.folder / "sub/mlops-gates-report/results.json").exists()
    assert "file=sub/test.csv,line=2" in ended.out, "annotations start at the root of the checkout"


# --- Very wide tables --------------------------------------------------------------------------------------------------

MOST_MEMORY = 1 << 30
MEASURED = """\
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
json.dump([done.returncode, done.stdout, done.stderr, peak], sys.stdout)
"""


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CSV of 10,000 columns, one bad cell in it, and configs for one and for all of them."""
    folder = tmp_path_factory.mktemp("wide")
    names = [f"c{place}" for place in range(10_000)]
    with (folder / "wide.csv").open("w") as file:
        file.write(",".join(names) + "\n")
        for row in range(200):
            cells = [
                str((row * 31 + place) % 997 / 7) if place % 3 else f"w{(row + place) % 5}" for place in range(10_000)
            ]
            cells[9_998] = "" if row == 150 else cells[9_998]
            file.write(",".join(cells) + "\n")
    head = "data:\n  source: wide.csv\n  columns:\n"
    (folder / "one.yml").write_text(head + "    c9998: {type: number, nulls: 0}\n")
    (folder / "all.yml").write_text(head + "".join(f"    {name}: {{nulls: 0}}\n" for name in names))
    compared = "data:\n  source: wide.csv\n  reference: wide.csv\n  drift: {columns: [c1]}\n"
    (folder / "compared.yml").write_text(compared)
    return folder


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("run", "--config", "one.yml"), 1, "wide.csv:152"),
        (("run", "--config", "all.yml"), 1, "wide.csv:152"),
        (("run", "--config", "compared.yml"), 3, "has 10,000 columns; a profile is made of at most 1,000"),
        (("profile", "wide.csv"), 3, "has 10,000 columns; a profile is made of at most 1,000"),
        (("init", "--data", "wide.csv"), 3, "has 10,000 columns; a profile is made of at most 1,000"),
    ],
    ids=["run, one rule", "run, a rule for each", "run, compared", "profile", "init"],
)
def test_ten_thousand_columns_take_little_memory(wide: Path, words: tuple[str, ...], code: int, says: str) -> None:
    # In a process of its own, whose one child is the command.
    command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "mlops_gates", *words]
    done = subprocess.run(command, cwd=wide, capture_output=True, text=True, timeout=100, check=True)
    ended, out, err, peak = json.loads(done.stdout)
    assert ended == code, out + err
    assert says in out + err
    if code == 3:
        assert "at most 1,000, to a table of their own" in " ".join((out + err).split())
    assert 16 << 20 < peak < MOST_MEMORY, f"{peak >> 20} MiB"
    assert not {"mlops-gates.yml", "wide.profile.json"} & {path.name for path in wide.iterdir()}


def test_text_that_is_declared_as_numbers_beside_a_reference(project: Project) -> None:
    """A table with types of its own, where a mean is to be had of such a column but no greatest value."""
    pyarrow = pytest.importorskip("pyarrow", reason="pyarrow writes the Parquet file")
    from pyarrow import parquet

    columns = {"x": [float(n) for n in range(300)], "code": [str(n) for n in range(300)]}
    parquet.write_table(pyarrow.table(columns), project.folder / "t.parquet")
    project.write(
        "mlops-gates.yml",
        "data:\n  source: t.parquet\n  reference: t.parquet\n  drift: {columns: [x]}\n  columns: {code: {type: integer}}\n",
    )
    ended = project.run()
    holds(ended, 1)
    found = {check["check"]: check["status"] for check in ended.results["gates"][0]["checks"]}
    assert (found["data.drift"], found["data.types"]) == ("passed", "failed")


@pytest.mark.acceptance
def test_a_reference_of_many_columns_is_profiled_within_the_memory(project: Project) -> None:
    import duckdb

    names = ", ".join(f"hash(range + {place}) % 9973 / 9973 AS c{place}" for place in range(300))
    for name in ("test", "train"):
        duckdb.sql(f"COPY (SELECT {names} FROM range(3000)) TO '{project.folder / f'{name}.parquet'}' (FORMAT parquet)")
    project.write(
        "mlops-gates.yml", "data:\n  source: test.parquet\n  reference: train.parquet\n  drift: {}\n  memory: 300MB\n"
    )
    ended = project.run()
    assert ended.code == 0, ended.err
    assert len(ended.results["gates"][0]["checks"]) >= 3
