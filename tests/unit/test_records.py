"""Records behave as the standard frozen dataclasses that type checkers take them for."""

import copy
import dataclasses
import math
import pickle
from dataclasses import FrozenInstanceError, field, replace

import pytest

from mlops_gates.records import dataclass


@dataclass(frozen=True)
class Point:
    """A place."""

    x: int
    y: int = 2
    tags: list[str] = field(default_factory=list, compare=False, repr=False)


@dataclass(frozen=True)
class Single:
    """One field."""

    value: float


@dataclass(frozen=True)
class Empty:
    """No field."""


@dataclass(frozen=True)
class Twice:
    """Made of what it is given."""

    value: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", 2 * self.value)


def test_equal_values_are_equal_objects_with_equal_hashes() -> None:
    assert Point(1) == Point(x=1, y=2, tags=["not compared"])
    assert hash(Point(1)) == hash(Point(1, 2))
    assert Point(1) != Point(1, 3) and Point(1) != (1, 2)
    assert len({Single(1.0), Single(1.0), Single(math.nan), Empty(), Empty()}) == 3


def test_of_different_classes_none_are_equal() -> None:
    assert Single(1) != Twice(1)
    assert Empty() == Empty() != Single(1)


def test_defaults_are_made_for_each_object() -> None:
    one, other = Point(1), Point(1)
    one.tags.append("mine")
    assert other.tags == []


def test_nothing_can_be_assigned_or_deleted() -> None:
    with pytest.raises(FrozenInstanceError, match="'x'"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError, match="'other'"):
        Point(1).other = 2  # type: ignore[attr-defined]
    with pytest.raises(FrozenInstanceError):
        del Point(1).x


@pytest.mark.parametrize("arguments", [(), (1, 2, [], 4)])
def test_a_wrong_number_of_arguments_is_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        Point(*arguments)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unknown"):
        Point(1, unknown=2)  # type: ignore[call-arg]


def test_the_tools_for_dataclasses_work() -> None:
    assert replace(Point(1), y=5) == Point(1, 5)
    assert [one.name for one in dataclasses.fields(Point)] == ["x", "y", "tags"]
    assert dataclasses.asdict(Point(1)) == {"x": 1, "y": 2, "tags": []}
    assert repr(Point(1)) == "Point(x=1, y=2)" and repr(Empty()) == "Empty()"
    assert Twice(4).value == 8
    assert copy.deepcopy(Point(3)) == pickle.loads(pickle.dumps(Point(3))) == Point(3)
    match Point(7, 8):
        case Point(x, y):
            assert (x, y) == (7, 8)
