"""The features that are asked about one by one; where there are many, the others together."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from mlops_gates.models.perturb_owners import by_owner
from mlops_gates.worker.client import Loaded
from mlops_gates.worker.job import Frame

MOST = 100


class Unit(NamedTuple):
    """Columns that are changed together, by their places in the frame; one, but for `the other n features`."""

    name: str
    places: tuple[int, ...]


def units(frame: Frame, loaded: Loaded, wanted: Collection[str] = (), most: int = MOST) -> tuple[Unit, ...]:
    """Features of the frame that the model takes, as far as it says. Beyond `most`, the first by its own importances.

    The `wanted` are among them. Those that are left are one unit, the last.
    """
    known = set(loaded.features or ())
    taken = [place for place, one in enumerate(frame.columns) if one.name in known]
    taken = taken or list(range(len(frame.columns)))
    if len(taken) <= most:
        return tuple(Unit(frame.columns[place].name, (place,)) for place in taken)
    weights = by_owner(loaded.importances, [one.name for one in frame.columns])

    def behind(name: str) -> tuple[bool, float]:
        return name not in wanted, -weights.get(name, 0.0)

    first = sorted(taken, key=lambda place: behind(frame.columns[place].name))
    single = tuple(Unit(frame.columns[place].name, (place,)) for place in sorted(first[:most]))
    return (*single, Unit(f"the other {len(first) - most:,} features", tuple(sorted(first[most:]))))
