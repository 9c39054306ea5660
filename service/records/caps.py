"""Caps as a person writes them: `{"day": 5, "hour": 2}`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from routing.types.people import Cap, Per

MOST = 1_000_000
"""The largest cap that can be written."""


def _caps(value: Any) -> Any:
    """``{"day": 5}`` as caps."""
    if not isinstance(value, Mapping):
        return value
    for per, most in value.items():
        if per not in list(Per):
            raise ValueError(f"has no period {per!r}; write one of {', '.join(Per)}")
        if type(most) is not int or not 0 <= most <= MOST:
            raise ValueError(f"must say with a whole number how many a {per} may have at most")
    return tuple(Cap(per=Per(per), most=most) for per, most in value.items())


def caps_said(caps: Sequence[Cap]) -> dict[str, int]:
    """Caps as a person writes them."""
    return {cap.per.value: cap.most for cap in caps}


_CAPS_SCHEMA = {
    "type": "object",
    "propertyNames": {"enum": list(Per)},
    "additionalProperties": {"type": "integer", "minimum": 0},
    "examples": [{"day": 5, "hour": 2}],
}

Caps = Annotated[
    tuple[Cap, ...],
    BeforeValidator(_caps),
    PlainSerializer(caps_said, return_type=dict[str, int]),
    WithJsonSchema(_CAPS_SCHEMA),
]
