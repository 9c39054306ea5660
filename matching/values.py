"""Frozen dataclasses of which a million are made."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, TypeVar

T = TypeVar("T")


def made_often(cls: type[T]) -> type[T]:
    """Let a frozen dataclass with slots and keywords only set its fields through the slots.

    By itself it sets each by its name, which is looked up for every value: making one takes a third less.
    Nothing else changes. Raises TypeError for a field that is made by a factory.
    """
    each: tuple[Field[Any], ...] = fields(cls)  # type: ignore[arg-type]
    if any(field.default_factory is not MISSING for field in each):
        raise TypeError(f"{cls.__name__} has a field with a factory")
    given = {f"set_{field.name}": cls.__dict__[field.name].__set__ for field in each}
    given |= {f"usual_{field.name}": field.default for field in each}
    taken = [field.name if field.default is MISSING else f"{field.name}=usual_{field.name}" for field in each]
    body = "; ".join(f"set_{field.name}(self, {field.name})" for field in each)
    exec(f"def __init__(self, *, {', '.join(taken)}): {body}", given)  # as dataclasses makes its own
    made = given["__init__"]
    made.__qualname__, made.__annotations__ = f"{cls.__qualname__}.__init__", cls.__init__.__annotations__
    cls.__init__ = made  # type: ignore[method-assign]
    return cls
