"""Checks a part of a rulebook against its pydantic model, and says faults in words with their place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from routing.problems import did_you_mean
from routing.reading import Node

Model = TypeVar("Model", bound=BaseModel)
Report = Callable[..., None]


def validate(model: type[Model], node: Node, called: str, report: Report) -> Model | None:
    """Read a mapping of the file as a model; every fault is reported, then None is returned.

    ``called`` is what the part is called in messages, e.g. ``a rule``.
    """
    if node.mapping is None:
        report(node, "not_a_mapping", f"{called} is a mapping of keys and values", "write 'key: value' lines")
        return None
    try:
        return model.model_validate(node.plain())
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _explain(model, node, detail, called, report)
        return None


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys one may write for a model."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _explain(model: type[BaseModel], node: Node, detail: ErrorDetails, called: str, report: Report) -> None:
    location = detail["loc"]
    place = _find(node, location)
    key = str(location[-1]) if location else ""
    kind = detail["type"]
    if kind == "extra_forbidden":
        parent = _find(node, location[:-1])
        choices = keys_of(model) if len(location) == 1 else []
        hint: str | None = did_you_mean(key, choices) or (
            f"use {', '.join(choices)}" if choices else "leave it out"
        )
        report(parent.key_place(key), "unknown_key", f"'{key}' is no key of {called}", hint)
    elif kind == "missing":
        report(_find(node, location[:-1]), "missing_key", f"{called} needs '{key}'", _described(model, key))
    else:
        message, hint = _wrong_value(detail, key, place)
        report(place, "wrong_value", message, hint or _described(model, key))


def _wrong_value(detail: ErrorDetails, key: str, place: Node) -> tuple[str, str | None]:
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind == "string_type":
        return f"'{key}' must be text", "put it in quotes" if place.raw else None
    if kind == "string_too_short":
        return f"'{key}' must not be empty", None
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        choices = [word.strip() for word in expected.split(",")]
        shown = place.raw if place.raw else "this"
        return f"'{shown}' is not one of {', '.join(choices)}", did_you_mean(place.raw, choices)
    words = {
        "string_pattern_mismatch": "is not written as it must be",
        "list_type": "must be a list",
        "dict_type": "must be a mapping of keys and values",
        "bool_type": "must be true or false",
        "int_type": "must be a whole number",
        "too_short": "must not be empty",
        "float_type": "must be a number",
    }
    return f"'{key}' {words.get(kind, 'is wrong: ' + detail['msg'])}", None


def _described(model: type[BaseModel], key: str) -> str | None:
    for name, field in model.model_fields.items():
        if (field.alias or name) == key and field.description:
            return field.description[0].lower() + field.description[1:].rstrip(".")
    return None


def _find(node: Node, location: Sequence[int | str]) -> Node:
    """Return the node at a location, or the nearest one above it that exists."""
    for step in location:
        below: Any = None
        if node.items is not None and isinstance(step, int) and step < len(node.items):
            below = node.items[step]
        elif node.mapping is not None:
            below = node.mapping.get(str(step))
        if below is None:
            return node
        node = below
    return node
