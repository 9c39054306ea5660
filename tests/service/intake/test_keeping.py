"""What sources tell of accounts: the CRM's record replaces, a provider's knowledge is added."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from matching.types import Alias, DomainSource
from service.db import accounts, activities
from service.db.engagement import signals
from service.db.engagement.signals import Wanted
from service.db.engine import Database
from service.intake.accounts import AccountSaid, SignalSaid
from service.intake.keeping import NotClear, NotKept, keep
from service.records.accounts import AccountRecord
from tests.service.deciding import NOW

ACME = {"external_id": "a1", "name": "Acme", "website": "acme.example", "owner": "r1"}


def record(at: datetime = NOW, **fields: object) -> AccountSaid:
    return AccountSaid(record=AccountRecord.model_validate({**ACME, **fields}), at=at)


def signal(*domains: str, at: datetime = NOW, external_id: str | None = None, **custom: str) -> SignalSaid:
    return SignalSaid(
        external_id=external_id,
        domains=domains,
        aliases=("Acme Inc", "Acme"),
        employees=90,
        custom=custom,
        kind="intent",
        direction="inbound",
        at=at,
    )


def test_what_a_provider_knows_is_added_with_where_it_came_from(database: Database) -> None:
    with database.write() as connection:
        keep(connection, record(), "webhook:crm:1", NOW)
        keep(connection, record(external_id="b1", name="Beta", website="beta.example"), "webhook:crm:2", NOW)
        said = signal("acme.example", "acme-group.example", "beta.example", buying_stage="Decision")
        with pytest.raises(NotClear, match="several accounts"):
            keep(connection, said, "webhook:intent:1", NOW)
        named = signal(*said.domains, external_id="a1", buying_stage="Decision")
        for _ in range(2):
            keep(connection, named, "webhook:intent:1", NOW)
        state = accounts.get(connection, "a1")
        assert state is not None
        found = {each.domain: each.source for each in state.domains}
        assert found == {"acme.example": DomainSource.WEBSITE, "acme-group.example": DomainSource.ENRICHED}
        assert (state.aliases, state.employees) == ((Alias(name="Acme Inc", source="enriched"),), 90)
        assert state.custom == {"buying_stage": "Decision"}
        (activity,) = activities.page(connection, account="a1")
        assert (activity.activity.kind, activity.activity.at) == ("intent", NOW)
        keep(connection, record(domains=["acme.test"]), "webhook:crm:3", NOW)
        again = accounts.get(connection, "a1")
        assert again and "acme-group.example" in {each.domain for each in again.domains}, (
            "the CRM's list is its own"
        )


def test_older_after_newer_changes_nothing(database: Database) -> None:
    with database.write() as connection:
        keep(connection, record(city="Bonn"), "webhook:crm:1", NOW)
        with pytest.raises(NotKept, match="something newer"):
            keep(connection, record(NOW - timedelta(minutes=1), city="Rome"), "webhook:crm:2", NOW)
        keep(connection, record(NOW + timedelta(minutes=1), city="Oslo"), "webhook:crm:3", NOW)
        state = accounts.get(connection, "a1")
        assert state and state.city == "Oslo"
        keep(connection, signal("acme.example", buying_stage="Decision"), "webhook:intent:2", NOW)
        older = signal("acme.example", at=NOW - timedelta(days=1), buying_stage="Awareness")
        keep(connection, older, "webhook:intent:1", NOW)
        state = accounts.get(connection, "a1")
        assert state and state.custom == {"buying_stage": "Decision"}
        assert len(activities.page(connection, account="a1")) == 2, "both did happen"
        keep(connection, signal("nobody.example"), "webhook:intent:3", NOW)
        [waiting] = signals.page(connection, Wanted(unplaced=True), before=None, limit=5)
        assert (waiting.source, waiting.said["domain"]) == ("intent", "nobody.example"), "it waits"
        with pytest.raises(NotKept, match="no account"):
            keep(connection, replace(signal("nobody.example"), kind=None), "webhook:intent:4", NOW)
