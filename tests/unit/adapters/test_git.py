from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from dulwich import porcelain

from mlops_gates.adapters.git import Repository


def made(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x\n")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    made(folder, "a.csv", "data/b ü.csv", "data/untracked.csv")
    porcelain.init(str(folder)).close()
    porcelain.add(str(folder), [str(folder / "a.csv"), str(folder / "data/b ü.csv")])
    return folder


def test_git_tracks_a_file_or_it_does_not(repository: Path) -> None:
    found = Repository.around(repository / "data")
    assert found.root == repository
    assert found.tracked(repository / "a.csv") == "a.csv"
    assert found.tracked(repository / "data/../data/b ü.csv") == "data/b ü.csv"
    assert found.tracked(repository / "data/untracked.csv") is None
    assert found.tracked(repository / "gone.csv") is None
    assert found.name(repository / "data/untracked.csv") == "data/untracked.csv", "a name needs no git"


def test_what_is_outside_is_not_tracked(repository: Path, tmp_path: Path) -> None:
    made(tmp_path, "out.csv")
    found = Repository.around(repository)
    assert found.tracked(tmp_path / "out.csv") is None
    (repository / "link.csv").symlink_to(tmp_path / "out.csv")
    assert found.tracked(repository / "link.csv") is None


def test_a_worktree_has_a_file_that_names_its_index(repository: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    made(tree, "a.csv", "new.csv")
    git = repository / ".git/worktrees/tree"
    git.mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/tree\n")
    (git / "index").write_bytes((repository / ".git/index").read_bytes())
    for pointer in (f"gitdir: {git}\n", "gitdir: ../repository/.git/worktrees/tree"):
        (tree / ".git").write_text(pointer)
        found = Repository.around(tree)
        assert found.root == tree
        assert found.tracked(tree / "a.csv") == "a.csv"
        assert found.tracked(tree / "new.csv") is None


def test_a_real_worktree_if_git_is_here(repository: Path, tmp_path: Path) -> None:
    def git(*words: str) -> None:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *words], cwd=repository, check=True, capture_output=True)

    try:
        git("commit", "--message", "x")
    except FileNotFoundError:
        pytest.skip("there is no git on this machine; the test above stands for it")
    git("worktree", "add", str(tmp_path / "tree"))
    found = Repository.around(tmp_path / "tree/data")
    assert found.root == tmp_path / "tree"
    assert found.tracked(tmp_path / "tree/a.csv") == "a.csv"


def test_without_git_every_file_inside_can_be_opened(tmp_path: Path) -> None:
    made(tmp_path, "w/a.csv", "b.csv")
    found = Repository.around(tmp_path / "w")
    assert (found.root, found.index) == (tmp_path / "w", None)
    assert found.tracked(tmp_path / "w/a.csv") == "a.csv"
    assert found.tracked(tmp_path / "b.csv") is None


def test_without_git_the_hosts_folder_is_the_root(tmp_path: Path) -> None:
    made(tmp_path, "w/a.csv")
    found = Repository.around(tmp_path / "w", told=tmp_path)
    assert found.tracked(tmp_path / "w/a.csv") == "w/a.csv"
    assert Repository.around(tmp_path, told=tmp_path / "w").root == tmp_path, "the host's folder must hold ours"


def test_a_repository_without_an_index_tracks_nothing(tmp_path: Path) -> None:
    made(tmp_path, "a.csv")
    porcelain.init(str(tmp_path)).close()
    assert Repository.around(tmp_path).tracked(tmp_path / "a.csv") is None


@pytest.mark.parametrize("content", ["", "nonsense", "\x00\x01"])
def test_a_git_file_that_names_nothing_is_none(tmp_path: Path, content: str) -> None:
    made(tmp_path, "a.csv")
    (tmp_path / ".git").write_text(content)
    assert Repository.around(tmp_path).tracked(tmp_path / "a.csv") == "a.csv"


def test_a_broken_index_is_no_crash(repository: Path) -> None:
    (repository / ".git/index").write_bytes(b"DIRC nonsense")
    assert Repository.around(repository).tracked(repository / "a.csv") is None
