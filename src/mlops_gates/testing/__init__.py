"""Classes for test suites of models: thin views over the same checks that the gates run.

from mlops_gates.testing import ModelTestFramework
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlops_gates.testing.model import ModelTestFramework

__all__ = ["ModelTestFramework"]


def __getattr__(name: str) -> Any:
    """The plug-in lies beside these classes and every run of pytest imports it: they wait until they are asked for."""
    if name in __all__:
        from mlops_gates.testing import model

        return getattr(model, name)
    raise AttributeError(f"module {__name__} has no {name}")
