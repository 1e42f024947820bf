"""What a run is asked: flags, environment and defaults already laid over each other."""

from __future__ import annotations

from mlops_gates.errors import UsageError
from mlops_gates.inputs import INPUTS
from mlops_gates.records import dataclass
from mlops_gates.wording import nearest

TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
"""YAML 1.2's booleans, which GitHub's own toolkit takes and nothing else."""


@dataclass(frozen=True)
class Inputs:
    """What a run is asked, flags and environment already laid over each other. Every value is the user's own text."""

    gates: tuple[str, ...] = ()
    config: str = "mlops-gates.yml"
    workdir: str = "."
    sets: tuple[str, ...] = ()
    requirements: str = ""
    report_dir: str = "mlops-gates-report"
    fail_on: str = "error"
    annotations: str = "true"
    environment: str = ""
    host: str = ""
    exit_zero: bool = False
    json: bool = False
    unknown: tuple[str, ...] = ()

    def refuse(self) -> None:
        """Raises UsageError for an input that does not exist or is no boolean."""
        if self.unknown:
            known = [one.name for one in INPUTS]
            raise UsageError(
                f"there is no input {self.unknown[0]!r}",
                next_step=nearest(self.unknown[0], known) or f"There are {', '.join(known)}.",
            )
        if self.annotations not in TRUTHS:
            raise UsageError(f"annotations: {self.annotations!r} is no boolean", next_step="Write true or false.")
