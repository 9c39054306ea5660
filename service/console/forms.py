"""Forms of the console as the records that the API takes: the same checks, the same words for faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from service.db.upserts import Outcome, Stored
from service.problems import FieldError, Invalid
from service.rulebook.times import local_time
from service.validation import field_errors

Model = TypeVar("Model", bound=BaseModel)


def read(model: type[Model], values: Mapping[str, Any], what: str = "This cannot be saved") -> Model:
    """The record of what a form says. Raises Invalid with what is wrong, field by field."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        raise Invalid(what, errors=field_errors(wrong, model)) from None


def accepted(stored: Sequence[Stored], what: str = "This cannot be saved") -> None:
    """Raise Invalid for what the database's other rows do not allow."""
    for each in stored:
        if each.outcome is Outcome.REFUSED:
            raise wrong(each.field or "", each.problem or "is refused", what)


def wrong(field: str, detail: str, what: str = "This cannot be saved") -> Invalid:
    """What is wrong with one field of a form."""
    return Invalid(what, errors=[FieldError(pointer=f"#/{field}" if field else None, detail=detail)])


def moment(form: Mapping[str, str], name: str, zone: ZoneInfo) -> datetime | None:
    """The time that a field says on the clocks of a zone; None when it is empty. Raises Invalid."""
    text = form.get(name, "").strip()
    if not text:
        return None
    found = local_time(text, zone)
    if isinstance(found, str):
        raise wrong(name, found)
    return found


def listed(text: str) -> list[str]:
    """What is separated by commas or line ends."""
    return [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
