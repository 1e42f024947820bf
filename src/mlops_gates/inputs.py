"""The inputs and outputs of the contract: one source for the command, the action, the templates and the README.

Import-light on purpose: a container's entry point reads it before anything else starts.
"""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gates.records import dataclass

PREFIX = "MLOPS_GATES_INPUT_"
_RUNNER_PREFIX = "INPUT_"
_RUNNER_OWN = ("args", "entrypoint")
"""Keys that GitHub's runner itself understands under `with:` of a `docker://` step; they are no inputs of ours."""


@dataclass(frozen=True)
class Input:
    """One input. Every value is text; empty text means that it is not set. `options` are all allowed values, if few."""

    name: str
    default: str
    description: str
    options: tuple[str, ...] = ()

    @property
    def variable(self) -> str:
        """The environment variable that the command reads it from."""
        return PREFIX + self.name.upper().replace("-", "_")


@dataclass(frozen=True)
class Output:
    """One output. It is written empty where it has no value in a run."""

    name: str
    description: str

    @property
    def variable(self) -> str:
        """Its name in `outputs.env`."""
        return "MLOPS_GATES_" + self.name.upper().replace("-", "_")


INPUTS = (
    Input("gates", "all", "Which gates run: `all`, or their names, comma- or space-separated."),
    Input("config", "mlops-gates.yml", "Path of the config file."),
    Input("working-directory", ".", "The folder that relative paths start at."),
    Input(
        "set",
        "",
        "Overrides of the config, one `key.path=value` per line, for example `model.thresholds.accuracy=0.9`.",
    ),
    Input(
        "requirements",
        "",
        "A requirements file that the model or builder code needs. It is installed into the environment of the process "
        "that runs that code, never into the gate's own.",
    ),
    Input("report-dir", "mlops-gates-report", "The folder that the reports are written to."),
    Input(
        "fail-on",
        "error",
        "What makes the step fail: `error`, `warning` or `never`. The outputs keep the truth.",
        ("error", "warning", "never"),
    ),
    Input("annotations", "true", "Whether findings are also written as inline annotations.", ("true", "false")),
    Input(
        "environment",
        "",
        "Name of a block under `environments:` of the config that is laid over it, for `workflow_dispatch` choices.",
    ),
)

OUTPUTS = (
    Output("verdict", "`passed`, `warned`, `inconclusive`, `errored` or `failed`. Always has a value."),
    Output("passed", "`true` for the verdicts `passed` and `warned`, else `false`. Always has a value."),
    Output("exit-code", "The exit code that the verdict stands for, whatever `fail-on` makes of the step."),
    Output("failed-checks", "JSON array of the ids of the checks that failed."),
    Output("quality-score", "The data quality score, 0 to 1."),
    Output("metrics", "JSON object of every measured metric."),
    Output("best-model", "Name of the best candidate of a comparison."),
    Output("model-version", "The version of the model that was judged."),
    Output("model-digest", "Digest of the model that was judged, `sha256:` and 64 hex digits."),
    Output("image-digest", "Digest of the container image that was judged, `sha256:` and 64 hex digits."),
    Output("canary-decision", "`promote`, `rollback` or `inconclusive`."),
    Output("report-dir", "The folder with the reports."),
    Output("results-file", "Path of `results.json`."),
    Output("sarif-file", "Path of `results.sarif`."),
    Output("junit-file", "Path of `junit.xml`."),
    Output("codequality-file", "Path of `gl-code-quality.json`."),
    Output("html-file", "Path of `report.html`."),
)


def adopted(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that the command reads, made out of those with which GitHub's runner starts an action.

    `INPUT_FAIL-ON` (hyphens kept) becomes `MLOPS_GATES_INPUT_FAIL_ON`; empty means unset and is left out. A key under
    `with:` that is no input keeps its lower case, so that the command can refuse it by the name that was written.
    """
    known = {_RUNNER_PREFIX + one.name.upper(): one.variable for one in INPUTS}
    found: dict[str, str] = {}
    for name, value in environment.items():
        if name in known and value.strip():
            found[known[name]] = value.strip()
        elif name.startswith(_RUNNER_PREFIX) and name not in known:
            raw = name.removeprefix(_RUNNER_PREFIX).lower()
            if raw not in _RUNNER_OWN:
                found[PREFIX + raw] = value
    return found


def unknown(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the names of inputs that were given and do not exist, sorted; each is a usage error."""
    known = {one.variable for one in INPUTS}
    return tuple(
        sorted(name.removeprefix(PREFIX) for name in environment if name.startswith(PREFIX) and name not in known)
    )
