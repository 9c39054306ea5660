"""Checks a part of a rulebook against its pydantic model, and says faults in words with their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from routing.problems import did_you_mean
from routing.reading import Node

Model = TypeVar("Model", bound=BaseModel)
Report = Callable[..., None]
Location = tuple[int | str, ...]

_WRONG_KIND = {
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys and values",
    "model_type": "must be a mapping of keys and values",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
}


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
        for detail in _telling(node, error.errors(include_url=False)):
            _explain(model, node, detail, called, report)
        return None


def keys_of(model: type[BaseModel]) -> list[str]:
    """Return the keys one may write for a model."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _telling(node: Node, details: Sequence[ErrorDetails]) -> Iterator[ErrorDetails]:
    """Leave out "must be a list" where a mapping was meant: pydantic reports every branch of a union."""
    inner = [_walk(node, detail["loc"])[1] for detail in details]
    for detail, place in zip(details, inner, strict=True):
        deeper = any(other[: len(place)] == place and len(other) > len(place) for other in inner)
        if not (deeper and detail["type"] in _WRONG_KIND):
            yield detail


def _explain(model: type[BaseModel], node: Node, detail: ErrorDetails, called: str, report: Report) -> None:
    location = detail["loc"]
    key = str(location[-1]) if location else ""
    parent, path = _walk(node, location[:-1])
    where = _spoken(path) or called
    if detail["type"] == "extra_forbidden":
        choices = [choice for inner in _models_at(model, location[:-1]) for choice in keys_of(inner)]
        close = did_you_mean(key, choices) or f"use {', '.join(choices)}"
        report(parent.key_place(key), "unknown_key", f"'{key}' is no key of {where}", close)
    elif detail["type"] == "missing":
        report(parent, "missing_key", f"{where} needs '{key}'", _described(model, location))
    else:
        place, path = _walk(node, location)
        message, hint = _wrong_value(detail, _spoken(path) or f"'{key}'", place)
        report(place, "wrong_value", message, hint or _described(model, location))


def _wrong_value(detail: ErrorDetails, called: str, place: Node) -> tuple[str, str | None]:
    kind, context = detail["type"], detail.get("ctx") or {}
    if kind in ("enum", "literal_error"):
        expected = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
        choices = [word.strip() for word in expected.split(",")]
        return f"'{place.raw}' is not one of {', '.join(choices)}", did_you_mean(place.raw, choices)
    if kind in _WRONG_KIND:
        quote = kind == "string_type" and bool(place.raw)
        return f"{called} {_WRONG_KIND[kind]}", "put it in quotes" if quote else None
    if kind in ("string_too_short", "too_short"):
        return f"{called} must not be empty", None
    if kind == "string_pattern_mismatch":
        return f"{called} cannot be '{place.raw[:60]}'", None
    return f"{called} is wrong: {detail['msg']}", None


def _spoken(path: Location) -> str:
    """What people call a place: the key it stands under, in a list which entry; empty for the whole."""
    names = [step for step in path if isinstance(step, str)]
    if not path or isinstance(path[-1], str):
        return f"'{names[-1]}'" if names else ""
    return f"entry {path[-1] + 1}" + (f" of '{names[-1]}'" if names else "")


def _described(model: type[BaseModel], location: Location) -> str | None:
    for inner in _models_at(model, location[:-1]):
        for name, field in inner.model_fields.items():
            if (field.alias or name) == location[-1] and field.description:
                return field.description[0].lower() + field.description[1:].rstrip(".")
    return None


def _walk(node: Node, location: Location) -> tuple[Node, Location]:
    """Follow a location as far as the file has it; names of union branches are passed over."""
    path: list[int | str] = []
    for step in location:
        below: Any = None
        if node.items is not None and isinstance(step, int) and step < len(node.items):
            below = node.items[step]
        elif node.mapping is not None:
            below = node.mapping.get(str(step))
        if below is not None:
            node = below
            path.append(step)
    return node, tuple(path)


def _models_at(model: type[BaseModel], location: Location) -> list[type[BaseModel]]:
    """Return the models a location may be about, following annotations."""
    models = [model]
    for step in location:
        fields = [
            field.annotation
            for inner in models
            for name, field in inner.model_fields.items()
            if (field.alias or name) == step
        ]
        branch = [inner for inner in models if inner.__name__ == step]
        if fields:
            models = [found for annotation in fields for found in _models_in(annotation)]
        elif branch:
            models = branch
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]
