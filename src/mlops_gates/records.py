"""`@dataclass(frozen=True)`, defined ten times as fast: the start of a short run would else compile 500 methods.

The methods are shared by all classes, and the constructor is compiled when the first object is made. A type checker sees
the standard decorator, and so do `fields` and `replace`. No slots: they would define every class twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, frozen):
        """The decorator; only `frozen=True` is there."""
        assert frozen
        return _made

    def _made(cls):
        dataclasses.dataclass(init=False, repr=False, eq=False)(cls)  # the fields, no method
        compared = [one.name for one in dataclasses.fields(cls) if one.compare]
        values = (
            attrgetter(*compared) if len(compared) > 1 else lambda self: tuple(getattr(self, one) for one in compared)
        )

        def __eq__(self, other):  # noqa: N807
            return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

        def __hash__(self):  # noqa: N807
            return hash(values(self))

        def __init__(self, *arguments, **named):  # noqa: N807
            # Two threads may both compile it: the constructors are the same.
            cls.__init__ = _constructor(cls)
            cls.__init__(self, *arguments, **named)

        cls.__init__, cls.__eq__, cls.__hash__ = __init__, __eq__, __hash__
        cls.__repr__, cls.__setattr__, cls.__delattr__ = _shown, _refused, _refused
        return cls

    def _shown(self):
        cells = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
        return f"{self.__class__.__qualname__}({', '.join(cells)})"

    def _refused(_self, name, *_value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _constructor(cls):
        known = {"_set": object.__setattr__, "_left": dataclasses.MISSING}
        parameters, lines = ["self"], []
        for one in dataclasses.fields(cls):
            name = value = one.name
            known[f"_of_{name}"] = one.default
            if one.default_factory is not dataclasses.MISSING:
                known[f"_of_{name}"] = one.default_factory
                parameters.append(f"{name}=_left")
                value = f"_of_{name}() if {name} is _left else {name}"
            else:
                parameters.append(name if one.default is dataclasses.MISSING else f"{name}=_of_{name}")
            lines.append(f" _set(self, {name!r}, {value})")
        lines += [" self.__post_init__()"] if hasattr(cls, "__post_init__") else []
        exec(f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or [" pass"]), known)  # noqa: S102
        made = known["__init__"]
        made.__qualname__ = f"{cls.__qualname__}.__init__"
        return made
