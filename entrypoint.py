"""Starts `mlops-gates` in a container: process 1, in exec form, with the command in this very process.

No logic: inputs of a GitHub action are renamed for the command, and a container without arguments runs the gates.
"""

from __future__ import annotations

import os
import signal
import sys

# As process 1 the kernel delivers no signal that nobody handles; until the command installs its own handlers,
# a runner that cancels must still be able to end us at once.
signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
signal.signal(signal.SIGINT, lambda number, _frame: sys.exit(128 + number))

from mlops_gates.inputs import adopted  # noqa: E402

if __name__ == "__main__":
    if os.environ.get("GITHUB_ACTIONS") == "true":
        os.environ.update(adopted(os.environ))
    sys.argv[1:] = sys.argv[1:] or ["run"]

    from mlops_gates.cli import process

    process()
