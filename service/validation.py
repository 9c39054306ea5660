"""What pydantic finds wrong, in words for whoever wrote it: which field, and what would be right."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from service.problems import FieldError


def field_errors(
    errors: Sequence[ErrorDetails | Mapping[str, Any]], model: type[BaseModel] | None = None, at: str = "#"
) -> tuple[FieldError, ...]:
    """pydantic's ``errors`` in our words, each with its pointer below ``at``.

    Nothing of the input is repeated, apart from field names. ``model`` serves
    to suggest the right name for a field that does not exist.
    """
    return tuple(
        FieldError(
            pointer=pointer(at, error["loc"]),
            detail=sentence(error, model if len(error["loc"]) == 1 else None),
        )
        for error in errors
    )


_OF_NAME = "[key]"
"""What pydantic puts behind the name of an entry whose name is wrong, and not its value."""


def pointer(at: str, location: Sequence[str | int]) -> str:
    """A JSON pointer (RFC 6901) below ``at``; a name that is not safe to repeat becomes ``?``."""
    return at + "".join(f"/{_step(step)}" for step in location if step != _OF_NAME)


def _step(step: str | int) -> str:
    name = str(step)
    if not re.fullmatch(r"[\w.~/ -]{1,64}", name):
        return "?"
    return name.replace("~", "~0").replace("/", "~1")


_SENTENCES = {
    "missing": "is required",
    "string_type": "must be a string",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is out of range",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "dict_type": "must be an object",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dataclass_type": "must be an object",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items",
    "too_long": "must have at most {max_length} items",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be one of {expected}",
    "enum": "must be one of {expected}",
    "string_pattern_mismatch": "does not have the right form",
    "timezone_aware": "needs a time zone, e.g. 2026-01-31T09:30:00Z",
    "datetime_type": "must be a time such as 2026-01-31T09:30:00Z",
    "datetime_parsing": "must be a time such as 2026-01-31T09:30:00Z",
    "datetime_from_date_parsing": "must be a time such as 2026-01-31T09:30:00Z",
    "date_parsing": "must be a date such as 2026-01-31",
}


def sentence(error: ErrorDetails | Mapping[str, Any], model: type[BaseModel] | None) -> str:
    """What is wrong with one field; ``model`` is what it is a field of, where that is known."""
    if error["loc"][-1:] == (_OF_NAME,):
        return f"its name {sentence({**error, 'loc': error['loc'][:-1]}, model)}"
    if error["type"] == "extra_forbidden":
        return _unknown_field(str(error["loc"][-1]), model)
    context = error.get("ctx") or {}
    if error["type"] == "value_error":
        return str(context.get("error", "is not valid"))
    if context.get("min_length") == 1:
        return "must not be empty"
    words = _SENTENCES.get(error["type"])
    return words.format(**context) if words else "is not valid"


def _unknown_field(name: str, model: type[BaseModel] | None) -> str:
    near = difflib.get_close_matches(name, list(model.model_fields), n=1) if model and len(name) <= 64 else []
    return f"is not a field here; did you mean {near[0]}?" if near else "is not a field here"
