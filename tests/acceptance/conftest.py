"""What the acceptance tests share: a clean checkout, its images, projects to gate, and no silent skips."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from . import machine
from .machine import HERE, ROOT

DATA = "telco_churn.csv"


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in Path(item.path).parents:
            item.add_marker(pytest.mark.acceptance)


def allowed_skips() -> set[str]:
    """The ids that .ci/allowed-skips.txt gives a reason for."""
    path = os.environ.get("MLOPS_GATES_ALLOWED_SKIPS")
    lines = Path(path).read_text().splitlines() if path else []
    return {line.split()[0] for line in lines if line.strip() and not line.startswith("#")}


def pytest_sessionfinish(session, exitstatus):
    """In CI a skip that nobody gave a reason for is a failure."""
    if "MLOPS_GATES_ALLOWED_SKIPS" not in os.environ or exitstatus != 0:
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = {report.nodeid for report in reporter.stats.get("skipped", ())} - allowed_skips()
    if skipped:
        reporter.write_line(
            f"skipped without a reason in .ci/allowed-skips.txt: {', '.join(sorted(skipped))}", red=True
        )
        session.exitstatus = 1


@pytest.fixture(scope="session")
def engine():
    """A Docker engine that answers."""
    if not shutil.which("docker") or machine.sh("docker", "info").returncode:
        pytest.skip("no Docker engine answers; .ci/tools can start one")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory) -> Path:
    """The repository as a fresh clone would hold it, with what is not committed yet."""
    target = tmp_path_factory.mktemp("checkout")
    listed = machine.sh("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        source, copy = ROOT / name, target / name
        if source.is_symlink() or source.is_file():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)
    return target


@pytest.fixture(scope="session")
def image(engine, checkout) -> str:
    """The image of the action, built the way the runner builds it."""
    return machine.build(checkout, "mlops-gates-acceptance:slim")


@pytest.fixture(scope="session")
def full_image(engine, checkout) -> str:
    """The image of the action in full/, built the way the runner builds it."""
    return machine.build(checkout / "full", "mlops-gates-acceptance:full")


@pytest.fixture(scope="session")
def trained(image, checkout, tmp_path_factory) -> Path:
    """The example project after its training step, trained with the very libraries of the image."""
    return machine.train(image, checkout / "examples" / "project", tmp_path_factory.mktemp("trained") / "project")


@pytest.fixture
def project(trained, tmp_path) -> Path:
    """A fresh copy of the trained example project: a git repository in a temporary folder."""
    return machine.repository(trained, tmp_path / "workspace")


@pytest.fixture(scope="session")
def telco(image, tmp_path_factory) -> Path:
    """A project on the real churn data, trained on a split of it."""
    source = Path(os.environ.get("MLOPS_GATES_SHARED", ROOT.parent / "shared")) / "data" / DATA
    if not source.is_file():
        pytest.skip(f"no {DATA} here: set MLOPS_GATES_SHARED")
    project = tmp_path_factory.mktemp("telco") / "project"
    shutil.copytree(HERE / "telco", project)
    (project / "data").mkdir()
    shutil.copy(source, project / "data" / DATA)
    return machine.train(image, project, tmp_path_factory.mktemp("telco-trained") / "project")


@pytest.fixture(scope="session")
def tool():
    """Finds a tool by name, or skips."""

    def find(name: str) -> str:
        path = shutil.which(name)
        return path or pytest.skip(f"{name} is not here; .ci/tools installs it")

    return find
