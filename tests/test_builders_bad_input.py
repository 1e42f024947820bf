"""Builders and definitions that are none: whatever comes in, the command names it, ends in time, and passes nothing.

No SDK is needed: what is shown ends before any step, or works with one of a few lines.
"""

from __future__ import annotations

import json
import sys
import textwrap
import venv
from pathlib import Path
from typing import Any

import pytest

from test_bad_input import Ended, Project, holds

sys.path.insert(0, str(Path(__file__).parent / "unit" / "worker"))
from test_rendering import BUILDER, SDK

pytestmark = pytest.mark.acceptance

TIMEOUT = "builders:\n  timeout: 12s\n  targets:\n"
BROKEN = """
    import os, sys, threading, time

    class Empty: pass

    class Nothing:
        def create_step(self): return None

    class Prints:
        def create_step(self):
            print('{"kind": "rendered", "builders": []}', flush=True)
            os.write(1, b"\\0" * 100_000)
            os.write(2, b"::error::forged\\n##vso[task.complete result=Succeeded]\\n")

    class Exits:
        def create_step(self): sys.exit(0)

    class Leaves:
        def create_step(self): os._exit(0)

    class Spawns:
        def create_step(self): os.posix_spawn("/bin/true", ["true"], {})

    class Forks:
        def create_step(self):
            if os.fork() == 0:
                os._exit(0)

    class Reads:
        def create_step(self): raise ValueError("token=" + os.environ.get("CI_TOKEN", "nowhere"))

    class Closes:
        def create_step(self): os.closerange(0, 256)

    class Recurs:
        def create_step(self): return self.create_step()

    class Half:
        def create_step(self): raise ValueError("\\ud800")

    class Told:
        def __init__(self, config): self.config = config
        def create_step(self): raise ValueError("cannot log in with " + self.config.db_password)

    class Hidden:
        def __getattr__(self, name): raise ValueError(name)

    def none(): return []
"""
SAID = {
    "Empty": "Empty has no create_step",
    "Nothing": "gives nothing, and no step",
    "Prints": "gives nothing, and no step",
    "Exits": "ends with SystemExit: 0 at broken.py",
    "Leaves": "the builder's process ended without an answer (exit code 0)",
    "Spawns": "ends with PermissionError",
    "Forks": "ends with PermissionError",
    "Reads": "ends with ValueError: token=nowhere",
    "Closes": "the builder's process ended without an answer",
    "Recurs": "ends with RecursionError",
    "Half": "ends with ValueError: \\ud800",
    "Told": "cannot log in with (secret)",
    "Hidden": "Hidden has no create_step",
    "none": "gives a list: neither a builder nor a step, nor several",
}
WHOLE = {"Version": "2020-12-01", "Steps": [{"Name": "Look", "Type": "Lambda", "Arguments": {}}]}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder)


def found(ended: Ended) -> list[dict[str, Any]]:
    """Every finding of the builders gate."""
    return [one for gate in ended.results["gates"] for check in gate["checks"] for one in check["findings"]]


def config(*targets: object) -> str:
    return "builders:\n  timeout: 60s\n  targets:\n" + "".join(f"    - {json.dumps(one)}\n" for one in targets)


def test_no_broken_builder_passes_and_each_is_named_with_its_line(project: Project) -> None:
    project.write("broken.py", textwrap.dedent(BROKEN))
    told = {"target": "broken:Told", "config": {"db_password": "hunter2-hunter2"}}
    project.write("mlops-gates.yml", config(*(told if name == "Told" else f"broken:{name}" for name in SAID)))
    ended = project.run(CI_TOKEN="s3kr3t-s3kr3t")
    holds(ended, 1)
    messages = [one["message"] for one in found(ended)]
    for name, words in SAID.items():
        assert any(one.startswith(f"broken:{name}: ") and words in one for one in messages), (name, messages)
    assert all(one["status"] == "failed" for one in found(ended))
    for report in (ended.folder / "mlops-gates-report").iterdir():
        assert "s3kr3t" not in report.read_text()
        assert "hunter2" not in report.read_text()
        assert "bug of" not in report.read_text()


def test_builders_that_hang_are_all_named_in_time(project: Project) -> None:
    project.write(
        "slow.py", "import time\n\nclass A:\n    def create_step(self):\n        time.sleep(600)\n\nclass B(A): pass\n"
    )
    project.write("mlops-gates.yml", TIMEOUT + "    - slow:A\n    - slow:B\n")
    ended = project.run()
    holds(ended, 1)
    said = {one["message"].partition(": ")[0]: one["message"] for one in found(ended)}
    assert set(said) >= {"slow:A", "slow:B"}
    assert "no answer after" in said["slow:A"]


@pytest.mark.parametrize(
    ("files", "target", "words", "place"),
    [
        ({"mine.py": "import os\nimport nowhere.at_all\n"}, "mine:B", "No module named 'nowhere'", ("mine.py", 2)),
        (
            {"mine.py": "from other import B\n", "other.py": "\nfrom json import nothing\n"},
            "mine:B", "cannot import name 'nothing'", ("other.py", 2),
        ),
        ({"mine.py": "class B:\n    def create_step(self)\n"}, "mine:B", "SyntaxError", ("mine.py", 2)),
        ({"mine.py": "import other\n", "other.py": "x = 1\ny = (\n"}, "mine:B", "SyntaxError", ("other.py", 2)),
        (
            {"mine.py": "from other import A\nB = 1\n", "other.py": "from mine import B\nA = 1\n"},
            "mine:B", "circular import", ("other.py", 1),
        ),
        ({"mine.py": "import sys\nsys.exit(0)\n"}, "mine:B", "SystemExit", ("mine.py", 2)),
        ({"mine.py": "B = 3\n"}, "mine:B", "gives a int: neither a builder nor a step", ("mlops-gates.yml", 4)),
        ({"mine.py": "A = 3\n"}, "mine:B", "module mine has no B", ("mlops-gates.yml", 4)),
        ({}, "mine:B", "No module named 'mine'", ("mlops-gates.yml", 4)),
        ({}, "mlops_gates.builders", "no installed package declares an entry point", ("mlops-gates.yml", 4)),
    ],
)  # fmt: skip
def test_what_cannot_be_imported_is_named_with_module_file_and_line(
    project: Project, files: dict[str, str], target: str, words: str, place: tuple[str, int]
) -> None:
    for name, source in files.items():
        project.write(name, source)
    project.write("mlops-gates.yml", config(target))
    ended = project.run()
    holds(ended, 1)
    (one,) = found(ended)
    assert words in one["message"]
    assert (one["location"]["file"], one["location"]["line"]) == place
    assert "`code`" in one["remedy"]


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", 3, "is no JSON"),
        (b"{,}", 3, "is no JSON"),
        (b"[]", 3, "the outermost value is no object"),
        (b"NaN", 3, "the outermost value is no object"),
        (b'{"Version": "\xff"}', 3, "is not UTF-8 at byte 13"),
        (b'\xef\xbb\xbf{"Version": "2020-12-01"}', 3, "UTF-8 BOM"),
        (b'{"Version": ' + b"1" * 5000 + b"}", 3, "a number that is too long"),
        (b"[" * 10_000 + b"]" * 10_000, 3, "nested too deeply"),
        (b'{"Steps": ' + b"[" * 500 + b"]" * 500 + b"}", 3, "nested deeper than 100 levels"),
        (b'{"Version": "\\ud800"}', 3, "half a character"),
        (b'{"Version": "' + b"x" * (50 << 20) + b'"}', 3, "52,428,815 bytes, and AWS takes 1,048,576"),
        (b"{}", 1, "no version, and there is only 2020-12-01"),
        (b'{"Version": "2020-12-01", "Steps": []}', 1, "there is no step, so there is nothing that could be judged"),
        (b'{"Version": "2020-12-01", "Steps": {"a": 1}, "Parameters": 7}', 1, "there is nothing that could be judged"),
        (json.dumps({**WHOLE, "Steps": [{**WHOLE["Steps"][0], "DependsOn": ["Look"]}]}).encode(), 1, "waits for itself"),
    ],
    ids=lambda value: repr(value[:30]) if isinstance(value, bytes) else "",
)  # fmt: skip
def test_a_definition_that_is_none_is_told(project: Project, content: bytes, code: int, words: str) -> None:
    project.write("churn.json", content)
    project.write("mlops-gates.yml", config("churn.json"))
    ended = project.run()
    holds(ended, code)
    text = (ended.folder / "mlops-gates-report/results.json").read_text()
    assert words in json.dumps(json.loads(text), ensure_ascii=False)
    assert "bug of" not in text


def test_circles_of_steps_are_told(project: Project) -> None:
    steps = [
        {"Name": one, "Type": "Lambda", "Arguments": {}, "DependsOn": [other]} for one, other in ("AB", "BC", "CA")
    ]
    project.write("churn.json", json.dumps({**WHOLE, "Steps": steps}))
    project.write("mlops-gates.yml", config("churn.json"))
    ended = project.run()
    holds(ended, 1)
    (one,) = found(ended)
    assert "steps wait for each other in a circle" in one["message"]


def test_an_unknown_type_of_step_warns_that_it_was_not_judged(project: Project) -> None:
    project.write("churn.json", json.dumps({**WHOLE, "Steps": [{**WHOLE["Steps"][0], "Type": "Quantum"}]}))
    project.write("mlops-gates.yml", config("churn.json"))
    ended = project.run()
    holds(ended, 0)
    (one,) = found(ended)
    assert one["status"] == "warned"
    assert "'Quantum' is not known here, so the step was not judged" in one["message"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"steps/notes.txt": ""}, "steps holds no class with create_step"),
        ({"steps/a.py": "class B:\n    pass\n"}, "steps holds no class with create_step"),
        ({"steps/a.py": "class B:\n    def create_step(self)\n"}, "steps/a.py is no Python: its line 2 cannot be read"),
        ({"steps/a.py": "x = 1\0\n"}, "steps/a.py is no Python"),
    ],
)
def test_a_folder_without_builders_is_an_error(project: Project, files: dict[str, str], words: str) -> None:
    for name, source in files.items():
        project.write(name, source)
    project.write("mlops-gates.yml", config("steps"))
    ended = project.run()
    holds(ended, 3)
    assert words in (ended.folder / "mlops-gates-report/results.json").read_text()


def test_two_versions_of_the_sdk_in_one_repository_are_two_environments(project: Project, tmp_path: Path) -> None:
    pythons = []
    for version in ("2.257.7", "3.27.0"):
        place = tmp_path / f"sdk{version[0]}"
        venv.create(place, with_pip=False)
        (packages,) = place.glob("lib/python3*/site-packages")
        for name, source in SDK.items():
            file = packages / "sagemaker" / f"{name}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(source))
        (packages / "boto3.py").write_text("class Session:\n    def __init__(self, region_name=None): pass\n")
        (packages / f"sagemaker-{version}.dist-info").mkdir()
        (packages / f"sagemaker-{version}.dist-info/METADATA").write_text(f"Name: sagemaker\nVersion: {version}\n")
        pythons.append(str(place / "bin/python"))
    project.write("mine.py", textwrap.dedent(BUILDER))
    told = {"config": {"epochs": 3}, "target": "mine:Training"}
    project.write("mlops-gates.yml", config(*({**told, "python": python} for python in pythons)))
    ended = project.run()
    holds(ended, 1)
    gate = ended.results["gates"][0]
    facts = dict(gate["facts"])
    assert (facts["sagemaker"], facts["requests"]) == ("2.257.7 and 3.27.0", "2")
