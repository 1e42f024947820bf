"""The machine under the tests: images, projects, and a step run exactly as GitHub's runner runs it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests" / "unit"))  # how the runner reads files is told there, once

from hosts.runner import parse_file  # noqa: E402

BASE = "python:3.13-slim-trixie"
RUNNER_USER = 1001
"""The user that owns a workspace on GitHub's machines; the container itself runs as root."""


def sh(*command: str | Path, cwd: Path | None = None, timeout: float = 600, **env: str) -> subprocess.CompletedProcess:
    """Run a command, output captured as text. Never raises for an exit code."""
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **env},
        timeout=timeout,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )


def build(action: Path, tag: str) -> str:
    """Build the image of an action folder as the runner does: the Dockerfile's own folder is the context."""
    image = yaml.safe_load((action / "action.yml").read_text())["runs"]["image"]
    dockerfile = Path(os.path.normpath(action / image))
    done = sh("docker", "build", "-t", tag, "-f", dockerfile, dockerfile.parent, timeout=900, DOCKER_BUILDKIT="0")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return tag


def buildkit() -> str | None:
    """The first docker client on the PATH that builds with BuildKit: one with buildx, or one older than 23."""
    clients = (shutil.which("docker", path=folder) for folder in os.environ["PATH"].split(os.pathsep))
    for client in filter(None, clients):
        version = sh(client, "version", "--format", "{{.Client.Version}}").stdout
        if sh(client, "buildx", "version").returncode == 0 or int(version.partition(".")[0] or 99) < 23:
            return client
    return None


def size(image: str) -> float:
    """The size of an image in MB (1000² bytes)."""
    return int(sh("docker", "image", "inspect", "-f", "{{.Size}}", image).stdout) / 1e6


def python(image: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Run the image's Python on a folder."""
    mount = ("-v", f"{folder}:/project", "--workdir", "/project")
    return sh("docker", "run", "--rm", *mount, "--entrypoint", "python3", image, *arguments)


def train(image: str, project: Path, target: Path) -> Path:
    """Copy a project and run its train.py with the image's libraries, so that the model fits them."""
    shutil.copytree(project, target)
    done = python(image, target, "train.py")
    assert done.returncode == 0, done.stdout + done.stderr
    return target


def repository(project: Path, target: Path) -> Path:
    """Copy a project and make it a git repository with one commit of everything."""
    shutil.copytree(project, target)
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main")
    for command in (("init", "-q"), ("add", "-A", "-f"), ("commit", "-qm", "project")):
        done = sh("git", *identity, *command, cwd=target)
        assert done.returncode == 0, done.stderr
    return target


def blank(path: Path, column: str, rows: int) -> None:
    """Blank the first cells of a column of a CSV file without quoted cells."""
    lines = path.read_text().splitlines()
    at = lines[0].split(",").index(column)
    for number in range(1, rows + 1):
        cells = lines[number].split(",")
        cells[at] = ""
        lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n")


@dataclass
class Step:
    """One step of a GitHub job that uses the action. `start` runs the container, `result` waits for it.

    The folders, mounts and variables are those of actions/runner: every variable is passed by name only, the values
    come from the environment of the docker client; no -t, no -i, no --init, no --user.
    """

    image: str
    workspace: Path
    temp: Path
    inputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    entrypoint: str = ""

    def __post_init__(self) -> None:
        self.name = f"mlopsgates_{secrets.token_hex(3)}"
        guid = secrets.token_hex(16)
        self.commands = self.temp / "_runner_file_commands"
        for folder in (self.commands, self.temp / "_github_home", self.temp / "_github_workflow"):
            folder.mkdir(parents=True)
        self.files = {name: self.commands / f"{name}_{guid}" for name in _FILES}
        for file in self.files.values():
            file.touch()
        (self.temp / "_github_workflow" / "event.json").write_text("{}")
        for path in (self.temp, self.workspace):
            for one in (path, *path.rglob("*")):
                os.chown(one, RUNNER_USER, RUNNER_USER, follow_symlinks=False)

    def _environment(self, action: Path) -> dict[str, str]:
        declared = yaml.safe_load((action / "action.yml").read_text())["inputs"]
        given = {name: one.get("default", "") for name, one in declared.items()} | self.inputs
        inputs = {"INPUT_" + name.replace(" ", "_").upper(): value for name, value in given.items()}
        files = {variable: f"/github/file_commands/{self.files[name].name}" for name, variable in _FILES.items()}
        return {**inputs, **_ENVIRONMENT, **files, **self.env}

    def start(self) -> subprocess.Popen:
        """Start the container."""
        environment = self._environment(ROOT)
        mounts = {
            "/var/run/docker.sock": "/var/run/docker.sock",
            str(self.temp): "/github/runner_temp",
            str(self.temp / "_github_home"): "/github/home",
            str(self.temp / "_github_workflow"): "/github/workflow",
            str(self.commands): "/github/file_commands",
            str(self.workspace): "/github/workspace",
        }
        command = ["docker", "run", "--name", self.name, "--label", self.name, "--workdir", "/github/workspace", "--rm"]
        for name in environment:
            command += ["-e", name]
        command += ["-e", "GITHUB_ACTIONS=true", "-e", "CI=true"]
        if self.entrypoint:
            command += ["--entrypoint", self.entrypoint]
        for here, there in mounts.items():
            command += ["-v", f"{here}:{there}"]
        command += [self.image, *self.arguments]
        self.process = subprocess.Popen(
            command, env={"PATH": os.environ["PATH"], **environment}, text=True, errors="replace",
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return self.process

    def result(self, timeout: float = 180) -> Result:
        """Wait for the end, in seconds at most."""
        log, _ = self.process.communicate(timeout=timeout)
        texts = {name: file.read_text(errors="surrogateescape") for name, file in self.files.items()}
        return Result(self.process.returncode, log, texts)

    def run(self) -> Result:
        """Start and wait."""
        self.start()
        return self.result()

    def wait_for(self, path: str, timeout: float = 60) -> None:
        """Wait until a file of the workspace is there, in seconds at most."""
        end = time.monotonic() + timeout
        while not (self.workspace / path).exists():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, f"{path} did not appear"
            time.sleep(0.05)

    def signal(self, name: str) -> None:
        """Send the container a signal, as a cancelling runner makes the docker client do."""
        sh("docker", "kill", "-s", name, self.name)


@dataclass(frozen=True)
class Result:
    """How a step ended: the exit code, its log, and the text of each file command."""

    exit_code: int
    log: str
    files: dict[str, str]

    @property
    def outputs(self) -> dict[str, str]:
        """The step's outputs as the runner reads them."""
        return parse_file(self.files["set_output"])


_FILES = {
    "set_output": "GITHUB_OUTPUT",
    "save_state": "GITHUB_STATE",
    "set_env": "GITHUB_ENV",
    "add_path": "GITHUB_PATH",
    "step_summary": "GITHUB_STEP_SUMMARY",
}

_ENVIRONMENT = {
    "HOME": "/github/home",
    "GITHUB_WORKSPACE": "/github/workspace",
    "GITHUB_EVENT_PATH": "/github/workflow/event.json",
    "GITHUB_EVENT_NAME": "workflow_dispatch",
    "GITHUB_REPOSITORY": "octo/churn",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_SHA": "0" * 40,
    "GITHUB_JOB": "gate",
    "GITHUB_RUN_ID": "1",
    "GITHUB_RUN_ATTEMPT": "1",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_ACTION_PATH": "/home/runner/work/_actions/mlops-gates/mlops-gates/v1",
    "RUNNER_TEMP": "/github/runner_temp",
    "RUNNER_OS": "Linux",
    "RUNNER_ARCH": "X64",
    "RUNNER_NAME": "GitHub Actions 1",
    "RUNNER_ENVIRONMENT": "github-hosted",
    "RUNNER_TOOL_CACHE": "/opt/hostedtoolcache",
    "RUNNER_WORKSPACE": "/home/runner/work/churn",
    "ACTIONS_RUNTIME_TOKEN": "runtime-token-of-the-job",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "identity-token-of-the-job",
}
