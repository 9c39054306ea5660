from __future__ import annotations

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from service.problems import FieldError
from service.validation import field_errors, pointer


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(max_length=3)
    size: int = Field(default=1, ge=0, le=10)
    marks: dict[Literal["red", "blue"], int] = {}
    word: str = Field(default="a", min_length=1)
    words: list[str] = Field(default=["a"], min_length=1)
    pair: list[str] = Field(default=["a", "b"], min_length=2)


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
        ({"name": "a", "word": ""}, "#/word", "must not be empty"),
        ({"name": "a", "words": []}, "#/words", "must not be empty"),
        ({"name": "a", "pair": ["a"]}, "#/pair", "must have at least 2 items"),
        ([], "#", "must be an object"),
    ],
)
def test_field_errors_say_what_would_be_right(body: Any, place: str, detail: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Inner).validate_python(body)
    assert field_errors(caught.value.errors(), Inner) == (FieldError(pointer=place, detail=detail),)


def test_pointers_are_escaped() -> None:
    assert pointer("#/contacts/3", ("custom", "a/b~c")) == "#/contacts/3/custom/a~1b~0c"
