"""The CI hosts: one file each. A host owns escaping, caps, outputs and folds; it is detected or named."""

from __future__ import annotations

from mlops_gates.errors import UsageError
from mlops_gates.hosts.codebuild import CodeBuild
from mlops_gates.hosts.github import GitHub
from mlops_gates.hosts.gitlab import GitLab
from mlops_gates.hosts.local import Local
from mlops_gates.hosts.protocol import Environ, Host

__all__ = ["NAMES", "Environ", "Host", "by_name", "detect"]

NAMES = ("github", "gitlab", "codebuild", "local")


def detect(environ: Environ) -> Host:
    """Return the host that the environment shows.

    GitHub comes first and CodeBuild after GitLab, because CodeBuild offers itself as a runner to both. A simulator
    such as gitlab-ci-local sets `GITLAB_CI=false`, so a project folder with a job's number counts as GitLab as well.
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        return GitHub(environ)
    if environ.get("GITLAB_CI") == "true" or (environ.get("CI_PROJECT_DIR") and environ.get("CI_JOB_ID")):
        return GitLab(environ)
    if environ.get("CODEBUILD_BUILD_ID"):
        return CodeBuild(environ)
    return Local(environ)


def by_name(name: str, environ: Environ) -> Host:
    """Return the host of that name, whatever the environment shows. Raises `UsageError` for an unknown one."""
    hosts: dict[str, type[GitHub | GitLab | CodeBuild | Local]] = {
        "github": GitHub, "gitlab": GitLab, "codebuild": CodeBuild, "local": Local,
    }  # fmt: skip
    if name not in hosts:
        raise UsageError(f"unknown host {name!r}.", next_step=f"Known are {', '.join(NAMES)}.")
    return hosts[name](environ)
