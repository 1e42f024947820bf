"""Classes for test suites of models: thin views over the same checks that the gates run.

from mlops_gates.testing import ModelTestFramework
"""

from __future__ import annotations

from mlops_gates.testing.model import ModelTestFramework

__all__ = ["ModelTestFramework"]
