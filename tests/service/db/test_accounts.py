"""service/db/accounts.py: upserts that change what they name, keys that follow, domains that are learned."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import event, func, select

from matching.keys import HOT_LIMIT
from matching.types import AccountId, Alias, DomainSource
from service.db import account_keys, accounts
from service.db.account_state import OWNER, AccountState, as_matching, one_each
from service.db.engine import Database
from service.db.tables import account, account_key, corpus, hot_key
from service.db.timeline import in_force
from service.db.upserts import Outcome, Stored
from service.records.accounts import AccountRecord
from tests.service.db.organisation import account_records

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def record(external_id: str = "a", **said: Any) -> AccountRecord:
    return AccountRecord.model_validate({"external_id": external_id, **said})


def store(database: Database, *records: AccountRecord, at: datetime = NOW) -> list[Stored]:
    with database.write() as connection:
        return accounts.upsert(connection, records, at)


def get(database: Database, external_id: str = "a") -> AccountState:
    with database.read() as connection:
        found = accounts.get(connection, external_id)
    assert found is not None
    return found


def owner(database: Database, at: datetime = LATER) -> str | None:
    span = in_force(get(database).roles.get(OWNER, ()), at)
    return span.value if span else None


def outcomes(stored: list[Stored]) -> list[str]:
    return [each.outcome.value for each in stored]


def test_created_updated_unchanged_refused_in_one_batch(database: Database) -> None:
    store(database, record("a", name="A"), record("b", name="B"))
    stored = store(
        database, record("a", name="A"), record("b", name="B2"), record("c", name="C"), record("d")
    )
    assert outcomes(stored) == ["unchanged", "updated", "created", "refused"]
    assert (stored[3].field, stored[3].problem) == ("name", "a new account needs a name")


def test_one_account_twice_in_a_batch_in_the_order_given(database: Database) -> None:
    stored = store(database, record(name="A"), record(city="Ulm"), record(name="B"), record("x", name="X"))
    assert outcomes(stored) == ["created", "updated", "updated", "created"]
    assert (get(database).name, get(database).city) == ("B", "Ulm")


def test_what_is_not_named_stays_and_null_clears(database: Database) -> None:
    store(
        database,
        record(name="A", city="Ulm", phone="+49 1", employees=7, aliases=["AA"], custom={"x": 1, "y": 2}),
    )
    store(database, record(city=None, custom={"x": None, "z": 3}), at=LATER)
    found = get(database)
    assert (found.city, found.phone, found.employees) == (None, "+49 1", 7)
    assert found.aliases == (Alias(name="AA"),)
    assert found.custom == {"y": 2, "z": 3}
    assert found.updated_at == LATER
    store(database, record(custom=None, aliases=None))
    assert (get(database).custom, get(database).aliases) == ({}, ())


def test_a_name_cannot_be_cleared(database: Database) -> None:
    store(database, record(name="A"))
    assert store(database, record(name=None))[0].outcome is Outcome.REFUSED
    assert get(database).name == "A"


def test_nothing_is_written_for_what_is_known(database: Database) -> None:
    said = record(name="A", website="a.com", domains=["b.com"], owner="ann", team={"sdr": "sue"}, tier="gold")
    store(database, said)
    statements: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert store(database, said, at=LATER)[0].outcome is Outcome.UNCHANGED
    assert [each for each in statements if each.split()[0] in ("INSERT", "UPDATE", "DELETE")] == []


def test_each_source_of_domains_is_replaced_by_itself(database: Database) -> None:
    store(database, record(name="A", website="https://www.acme.com/de", domains=["acme.com", "acme.de"]))
    store(database, record(website="https://ajax.com"))
    held = {(each.domain, each.source.value) for each in get(database).domains}
    assert held == {("ajax.com", "website"), ("acme.com", "given"), ("acme.de", "given")}
    store(database, record(domains=[]))
    assert {each.domain for each in get(database).domains} == {"ajax.com"}


def test_an_account_called_by_an_address_has_its_domain(database: Database) -> None:
    store(database, record(name="www.larkspur.com"))
    assert [(each.domain, each.source.value) for each in get(database).domains] == [("larkspur.com", "name")]
    store(database, record(name="Larkspur Inc."))
    assert get(database).domains == ()


def test_a_website_that_many_share_is_no_domain(database: Database) -> None:
    store(database, record(name="A", website="https://www.linkedin.com/company/a"))
    assert get(database).domains == ()
    assert get(database).website == "https://www.linkedin.com/company/a"


def test_a_host_that_many_share_is_its_own_companys(database: Database) -> None:
    store(database, record(name="Professional Network", website="https://www.linkedin.com"))
    assert get(database).domains == ()
    store(database, record(name="LinkedIn Corp."))
    assert [(each.domain, each.source.value) for each in get(database).domains] == [
        ("linkedin.com", "website")
    ]
    store(database, record(name="LinkedIn Corp.", domains=["linkedin.com"]))
    assert {each.source.value for each in get(database).domains} == {"website", "given"}
    with pytest.raises(ValidationError, match="no domain that belongs to one company"):
        record(name="Acme", domains=["linkedin.com"])


def test_owners_follow_each_other(database: Database) -> None:
    store(database, record(name="A", owner="ann"))
    store(database, record(owner="ben"), at=LATER)
    assert (owner(database, NOW), owner(database, LATER)) == ("ann", "ben")
    store(database, record(owner={"rep": "cyd", "from": "2026-06-01T00:00:00Z"}), at=LATER)
    store(database, record(owner="ben"), at=LATER)
    assert (owner(database), owner(database, LATER + timedelta(days=200))) == ("ben", "cyd")
    store(database, record(owner=None), at=LATER)
    assert owner(database) is None


def test_team_roles_are_changed_one_by_one(database: Database) -> None:
    store(database, record(name="A", team={"sdr": "sue", "AE": "al"}))
    store(database, record(team={"Sdr": None, "csm": "cyd"}), at=LATER)
    now = {
        role: span.value for role, spans in get(database).roles.items() if (span := in_force(spans, LATER))
    }
    assert now == {"AE": "al", "CSM": "cyd"}


def test_keys_follow_names_and_domains(database: Database) -> None:
    for said in (
        record(name="Acme Robotics", website="acme.com", aliases=["Ajax"]),
        record(name="Borg Foods"),
        record(aliases=["Nordlicht"]),
        record(domains=["borg-foods.com"]),
        record(city="Ulm"),
    ):
        store(database, said)
        wanted = account_keys.hashes([as_matching(get(database), NOW)])[0]
        with database.read() as connection:
            assert set(connection.execute(select(account_key.c.key)).scalars()) == wanted


def test_deleting_takes_everything_along(database: Database) -> None:
    store(
        database,
        record(name="A", website="a.com", aliases=["B"], owner="ann", tier="gold"),
        record("b", name="B"),
    )
    with database.write() as connection:
        assert accounts.remove(connection, "a")
        assert not accounts.remove(connection, "a")
    with database.write() as connection:
        assert accounts.remove(connection, "b")
        assert connection.execute(select(func.count()).select_from(account_key)).scalar() == 0
        assert account_keys.total(connection) == 0


def test_common_keys_are_counted_as_they_come_and_go(database: Database) -> None:
    many = [record(f"h{number}", name=f"Zzyzx W{number:04d}") for number in range(HOT_LIMIT + 20)]
    store(database, *many[:150])
    store(database, *many[150:])
    with database.write() as connection:
        for each in many[:5]:
            accounts.remove(connection, each.external_id)
    store(database, *(record(each.external_id, name="Other") for each in many[5:8]))
    with database.write() as connection:
        kept = dict(map(tuple, connection.execute(select(hot_key))))
        assert kept and account_keys.total(connection) == HOT_LIMIT + 15
        account_keys.recount(connection)
        assert dict(map(tuple, connection.execute(select(hot_key)))) == kept
        for each in many[8:40]:
            accounts.remove(connection, each.external_id)
        assert connection.execute(select(hot_key)).all() == []


def test_learned_domains_need_support(database: Database) -> None:
    store(database, record(name="Acme", website="acme.com"))

    def learn(domain: str) -> bool:
        with database.write() as connection:
            return accounts.learn_domain(connection, AccountId("a"), domain, NOW)

    assert learn("acme-group.eu")
    learned = [each for each in get(database).domains if each.source is DomainSource.CONTACT]
    assert [(each.domain, each.support, each.quarantined) for each in learned] == [("acme-group.eu", 1, True)]
    assert learn("acme-group.eu")
    learned = [each for each in get(database).domains if each.source is DomainSource.CONTACT]
    assert [(each.support, each.quarantined) for each in learned] == [(2, False)]
    for useless in ("acme.com", "gmail.com", "mailinator.com", "wixsite.com"):
        assert not learn(useless), useless
    assert {each.domain for each in get(database).domains} == {"acme.com", "acme-group.eu"}


def test_a_learned_domain_reaches_as_far_up_as_contacts_wrote_from(database: Database) -> None:
    store(database, record(name="Acme Nigeria"))
    parts = []
    for host in ("lagos.ng.acme.com", "abuja.ng.acme.com", "mail.ng.acme.com", "acme.com", "ng.acme.com"):
        with database.write() as connection:
            accounts.learn_domain(connection, AccountId("a"), host, NOW)
        (learned,) = get(database).domains
        parts.append((learned.domain, learned.part, learned.support))
    assert parts == [
        ("acme.com", "lagos.ng.acme.com", 1),
        ("acme.com", "ng.acme.com", 2),
        ("acme.com", "ng.acme.com", 3),
        ("acme.com", None, 4),
        ("acme.com", None, 5),
    ]


def test_a_domain_that_is_learned_and_given_is_given(database: Database) -> None:
    store(database, record(name="Acme"))
    with database.write() as connection:
        accounts.learn_domain(connection, AccountId("a"), "acme.com", NOW)
    store(database, record(domains=["acme.com"]))
    (only,) = one_each(get(database).domains)
    assert (only.source, only.support, only.quarantined) == (DomainSource.GIVEN, 1, False)


def test_pages_in_the_order_first_stored(database: Database) -> None:
    store(database, *(record(f"p{number}", name="P") for number in range(5)))
    with database.read() as connection:
        first = accounts.page(connection, limit=3)
        rest = accounts.page(connection, after=first[-1].row or 0, limit=3)
        assert [each.external_id for each in first + rest] == ["p0", "p1", "p2", "p3", "p4"]
        assert len(list(accounts.every(connection, NOW, chunk=2))) == 5


def test_the_same_accounts_from_several_callers_at_once(database: Database) -> None:
    records = account_records(120)

    def send(shift: int) -> list[Stored]:
        mixed = records[shift:] + records[:shift]
        return database.transact(lambda connection: accounts.upsert(connection, mixed, NOW))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(send, (0, 30, 60, 90)))
    created = sum(each.outcome is Outcome.CREATED for answer in answers for each in answer)
    assert created == 120
    with database.read() as connection:
        assert connection.execute(select(func.count()).select_from(account)).scalar() == 120
        assert connection.execute(select(corpus.c.accounts)).scalar() == 120
        for state in accounts.page(connection, limit=200):
            keys = select(account_key.c.key).where(account_key.c.account_id == state.row)
            [wanted] = account_keys.hashes([as_matching(state, NOW)])
            assert set(connection.execute(keys).scalars()) == wanted


@pytest.mark.parametrize("count", [0, 1])
def test_few(database: Database, count: int) -> None:
    assert len(store(database, *account_records(count))) == count
