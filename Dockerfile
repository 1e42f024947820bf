# The image of the action, of the GitLab component and of CodeBuild: data and model gates, scikit-learn models.
# Builds with the legacy builder and with BuildKit alike. To pin the base: --build-arg BASE=python@sha256:...
ARG BASE=python:3.13-slim-trixie
FROM ${BASE}

LABEL org.opencontainers.image.title="mlops-gates" \
      org.opencontainers.image.description="The gate between a model and production" \
      org.opencontainers.image.licenses="Apache-2.0"

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PYTHONUNBUFFERED=1

# The lock alone first: this layer is rebuilt only when it changes.
COPY requirements/build.txt requirements/image.txt /opt/mlops-gates/requirements/
RUN python3 -m pip install --no-cache-dir --no-deps --ignore-installed --only-binary :all: --require-hashes \
        -r /opt/mlops-gates/requirements/image.txt

COPY pyproject.toml README.md LICENSE entrypoint.py /opt/mlops-gates/
COPY src /opt/mlops-gates/src
# The build tools are pinned as well, and leave with the layer that they came with.
RUN python3 -m pip install --no-cache-dir --no-deps --only-binary :all: --require-hashes --target /tmp/build \
        -r /opt/mlops-gates/requirements/build.txt \
    && PYTHONPATH=/tmp/build python3 -m pip install --no-cache-dir --no-deps --no-build-isolation /opt/mlops-gates \
    && rm -rf /tmp/build /opt/mlops-gates/src /opt/mlops-gates/pyproject.toml

# No USER: GitHub runs container actions as root, with the workspace mounted as its own user.
ENTRYPOINT ["/usr/local/bin/python3", "/opt/mlops-gates/entrypoint.py"]
