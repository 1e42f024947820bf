"""Values of a request as rules compare them: what is of another type, or known only at run time, is None."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gates.gates.builders.requests.request import Part

GIVEN = "s3://mlops-gates-inputs/"
"""Where inputs lie that a builder was given only to be rendered: no choice of its own."""
_LARGEST = 1 << 63


def number(part: Part, names: str) -> float | None:
    """The number at `A.B`; a bool is none, nor is what no integer of the service can hold."""
    found = part.known(names)
    if not isinstance(found, int | float) or isinstance(found, bool):
        return None
    return found if abs(found) < _LARGEST else None


def words(part: Part, names: str) -> str | None:
    """The string at `A.B`, as long as it may be."""
    found = part.known(names)
    return found if isinstance(found, str) else None


def address(part: Part, names: str) -> str | None:
    """The address at `A.B`, where the builder chose it and it is one of S3 or the web."""
    found = words(part, names)
    return found if found and found.startswith(("s3://", "https://")) and not found.startswith(GIVEN) else None


def several(part: Part, names: str) -> int:
    """How many elements the list at `A.B` has; 0 where there is none."""
    found = part.get(names)
    return len(found) if isinstance(found, list | tuple) else 0


def twice(parts: Iterator[Part], name: str) -> Iterator[tuple[Part, str]]:
    """Each part whose string `name` one before it has, with that string."""
    seen: set[str] = set()
    for part in parts:
        called = words(part, name)
        if called and called in seen:
            yield part, called
        seen.add(called or "")
