from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from service.problems import (
    FieldError,
    Invalid,
    NotFound,
    Problem,
    TooLarge,
    field_errors,
    kinds,
    pointer,
    problems,
)


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=3)
    size: int = Field(default=1, ge=0, le=10)
    marks: dict[Literal["red", "blue"], int] = {}


@pytest.mark.parametrize(
    ("body", "place", "detail"),
    [
        ({}, "#/name", "is required"),
        ({"name": "abcd"}, "#/name", "must have at most 3 characters"),
        ({"name": 1}, "#/name", "must be a string"),
        ({"name": "a", "size": True}, "#/size", "must be a whole number"),
        ({"name": "a", "size": 2**70}, "#/size", "must be at most 10"),
        ({"name": "a", "siez": 1}, "#/siez", "is not a field here; did you mean size?"),
        ({"name": "a", "x" * 99: 1}, "#/?", "is not a field here"),
        ({"name": "a", "bob@example.com": 1}, "#/?", "is not a field here"),
        ({"name": "a", "marks": {"green": 1}}, "#/marks/green", "its name must be one of 'red' or 'blue'"),
        ([], "#", "must be an object"),
    ],
)
def test_field_errors_say_what_would_be_right(body: Any, place: str, detail: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Inner).validate_python(body)
    assert field_errors(caught.value.errors(), Inner) == (FieldError(pointer=place, detail=detail),)


def test_pointers_are_escaped() -> None:
    assert pointer("#/contacts/3", ("custom", "a/b~c")) == "#/contacts/3/custom/a~1b~0c"


def test_the_document_has_what_rfc_9457_asks_for() -> None:
    problem = Invalid("1 field is not valid", errors=[FieldError(pointer="#/a", detail="is required")])
    assert problem.document() == {
        "type": "/docs/errors#invalid",
        "title": "The request is not valid",
        "status": 422,
        "detail": "1 field is not valid",
        "errors": [{"pointer": "#/a", "detail": "is required"}],
    }


def test_the_status_is_that_of_the_kind_and_not_of_its_parent() -> None:
    assert NotFound("x").document()["status"] == 404
    assert TooLarge("x").headers == {"Connection": "close"}


def test_every_kind_has_a_sentence_and_a_title_of_its_own() -> None:
    found = kinds()
    assert len({kind.slug() for kind in found}) == len(found)
    for kind in found:
        assert kind.__doc__
        assert kind.title != Problem.title
        assert 400 <= kind.status <= 599


def test_kinds_of_one_status_share_an_entry() -> None:
    described = problems(*(kind for kind in kinds() if kind.status == 409))[409]["description"]
    assert "Or:" in described
