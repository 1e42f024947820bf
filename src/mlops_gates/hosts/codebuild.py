"""AWS CodeBuild: plain logs; test reports, outputs.env and the exit code are read by the buildspec."""

from __future__ import annotations

from mlops_gates.hosts.protocol import PlainHost


class CodeBuild(PlainHost):
    """https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html."""

    name = "codebuild"
    _root_variable = "CODEBUILD_SRC_DIR"
