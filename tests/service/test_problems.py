from __future__ import annotations

from service.problems import FieldError, Invalid, NotFound, Problem, TooLarge, kinds


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
