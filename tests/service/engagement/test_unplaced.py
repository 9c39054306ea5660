"""Signals on no account: put on one by a person, tried again when accounts change; moved when wrong."""

from __future__ import annotations

import pytest

from service.db import accounts
from service.db.engine import Database
from service.engagement.unplaced import REST, Unplaced
from service.problems import Invalid, NotFound
from service.records.accounts import AccountRecord
from tests.service.engagement.heard import Heard

FORMS = [{"kind": "form", "email": f"{name}@new.example"} for name in ("ann", "ben")]
UNNAMED = {"kind": "intent", "source": "6sense", "company": "Somebody Else", "stage": "Decision"}


def test_a_person_puts_them_on_an_account_and_moves_them_again(database: Database) -> None:
    heard = Heard(database)
    unplaced = Unplaced(heard.parts)
    heard.hear(UNNAMED, {**UNNAMED, "topic": "x"}, {"kind": "form", "company": "Third"})
    assert [each.outcome for each in heard.waiting()] == ["unmatched"] * 3
    one = heard.waiting()[-1]
    with pytest.raises(Invalid):
        unplaced.put(one.id, "nobody", "pia")
    with pytest.raises(NotFound):
        unplaced.put(10**9, "A-1", "pia")
    assert len(unplaced.put(one.id, "A-1", "pia")) == 2, "those alike go with it"
    assert unplaced.put(one.id, "A-1", "pia") == []
    stands = heard.stands()
    assert stands is not None and (stands.stage, stands.score, len(heard.waiting())) == ("Decision", 10, 1)
    assert [each.kind for each in heard.activated()] == ["stage"]
    unplaced.put(one.id, "A-2", "pia")
    left, there = heard.stands(), heard.stands("A-2")
    assert left is not None and there is not None
    assert (left.score, left.stage, left.topic) == (10, "Decision", "x"), "most a day is one"
    assert (there.score, there.stage, there.topic) == (10, "Decision", None)
    unplaced.put(one.id + 1, "A-2", "pia")
    assert heard.stands() is None, "as if never heard"


def test_they_are_tried_again_when_accounts_change(database: Database) -> None:
    heard = Heard(database)
    unplaced = Unplaced(heard.parts)
    heard.hear(*FORMS)
    heard.clock.forward(minutes=1)
    assert unplaced.look_again() is False and len(heard.waiting()) == 2, "no account has changed since"
    new = AccountRecord(external_id="A-3", name="New Ltd", website="new.example")
    with database.write() as connection:
        accounts.upsert(connection, [new], heard.clock())
    unplaced.look_again()
    assert len(heard.waiting()) == 2, "not so soon"
    heard.clock.now += REST
    unplaced.look_again()
    stands = heard.stands("A-3")
    assert stands is not None and (stands.people, stands.score) == (2, 50)
    assert heard.waiting() == []
    assert unplaced.retry().tried == 0
