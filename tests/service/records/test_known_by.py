"""service/records/known_by.py: one name for a person, whatever is known of her."""

from __future__ import annotations

from service.records.known_by import known_by, ways


def test_a_person_is_known_by_the_id_then_by_the_address_then_by_nothing() -> None:
    assert ways("003", "ana@acme.example") == ("id:003", "email:ana@acme.example")
    assert known_by("003", "ana@acme.example") == "id:003"
    assert known_by(None, "ana@acme.example") == "email:ana@acme.example"
    assert known_by(None, None) is None and ways("", "") == ()
