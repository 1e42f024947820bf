"""What the data is compared with: a stored profile, or a table that is profiled in this run."""

from __future__ import annotations

from mlops_gates.checks import Context
from mlops_gates.errors import CheckError
from mlops_gates.gates.data.opening import opened
from mlops_gates.gates.data.scope import DataOptions
from mlops_gates.tables import profile as profiles
from mlops_gates.tables import profiling
from mlops_gates.tables.asks import Rows
from mlops_gates.tables.driftlimits import SAMPLE
from mlops_gates.tables.plan import Plan
from mlops_gates.tables.profile import Profile


def profile(context: Context, options: DataOptions) -> Profile:
    """The reference of a block that has one. Raises CheckError when it cannot be read; it points at `reference`."""
    name = options.reference
    assert name, "asked of a block without a reference"
    with context.reading(name, "reference"):
        if profiles.is_profile(context.workdir / name):
            return _filled(profiles.load(context.workdir / name, name))
        context.advance(f"profiling {name}")
        with opened(context, options, name) as table:
            plan = Plan(table, context.repository_file)
            plan.ask([Rows()])
            plan.run()
            types = {column: getattr(options.columns.get(column), "type", None) for column in table.columns}
            sample = getattr(getattr(options, "drift", None), "sample", SAMPLE)
            columns = profiling.columns(plan, types, sample) if plan.rows else {}
            return _filled(Profile(name, "", plan.rows, columns))


def _filled(profile: Profile) -> Profile:
    if not profile.rows or not profile.columns:
        raise CheckError(
            f"{profile.source} has no {'columns' if profile.rows else 'rows'}, so nothing can be compared with it",
            next_step="Look at the step that writes it.",
        )
    return profile
