"""Marketo webhooks: a template with tokens, posted by a trigger campaign, answered flat and always with 200.

Marketo waits 30 seconds and never sends again. An empty answer is its error 1001, and another status writes
no field. The template is JSON, or form-encoded; its custom header carries the secret. (Adobe, Marketo
developer guide, "Webhooks" and "Response mappings".)
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from service.intake import preset
from service.intake.kinds import JSON, Call, Kind, Reply
from service.intake.providers.bodies import by_token, objects
from service.problems import Malformed

_FORM = "application/x-www-form-urlencoded"


def items(call: Call) -> list[Any]:
    """The lead of a call. Raises Malformed and TooLarge."""
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return objects(call)
    try:
        return [
            dict(parse_qsl(call.body.decode(), keep_blank_values=True, max_num_fields=200, errors="strict"))
        ]
    except ValueError:
        raise Malformed("The body is not a form in UTF-8 of at most 200 fields") from None


def view(item: Any) -> Any:
    """The lead without the quotes that Marketo puts round tokens in forms, and without what stayed empty."""
    if not isinstance(item, dict):
        return item
    return {name: _bare(value) for name, value in item.items()}


def _bare(value: Any) -> Any:
    text = value.strip() if isinstance(value, str) else value
    if not isinstance(text, str):
        return text
    if len(text) >= 2 and text[0] == text[-1] == '"':
        text = text[1:-1].strip()
    return None if not text or text.startswith("{{") else text  # a token that Marketo did not know


KIND = Kind(
    name="marketo",
    title="Marketo webhook",
    verified=by_token,
    items=items,
    preset=preset.load(__file__),
    view=view,
    reply=Reply.FLAT,
    media_types=frozenset({JSON, _FORM}),
)
