"""service/measures/comparing.py and what it compares: a company that was counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import Connection, insert

from service.db import accounts, opportunities
from service.db.engine import Database
from service.db.measures import rates
from service.db.measures.rates import Rate
from service.db.tables import contact, program_campaign, program_member, program_placement
from service.measures.answering import answered
from service.measures.asking import Asked
from service.program.core import quarters
from service.program.core.settings import ProgramSettings
from service.records.accounts import AccountRecord
from service.records.opportunities import OpportunityRecord

CASE = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "measures" / "company.yaml")
START = datetime(2024, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=300)


def test_a_company_counted_by_hand(database: Database) -> None:
    database.transact(_store)
    quarter = quarters.named(ProgramSettings(), CASE["quarter"])
    assert quarter is not None
    asked = Asked(since=quarter.starts, until=quarter.ends, only={})
    with database.read() as connection:
        whole = answered(connection, asked, NOW)
        grouped = {
            name: answered(connection, Asked(since=asked.since, until=asked.until, only={}, by=(name,)), NOW)
            for name in CASE["groups"]
        }
    figures = whole.total.figures
    assert {name: str(figures[name].value) for name in CASE["total"]} == CASE["total"]
    for dimension, groups in CASE["groups"].items():
        lines = {line.group[dimension] or "": line.figures for line in grouped[dimension].lines}
        for group, wanted in groups.items():
            assert {name: str(lines[group][name].value) for name in wanted} == wanted, (dimension, group)
    for name, wanted in CASE["against"].items():
        against = figures[name].against
        assert {each: str(getattr(against, each)) for each in wanted} == wanted, name
        assert against is not None and against.matched == against.program
    missing = {each.currency: each.opportunities for each in whole.left_out.without_rate}
    assert {"without_amount": whole.left_out.without_amount, **missing} == CASE["left_out"]


def _store(connection: Connection) -> None:
    named = [AccountRecord(external_id=f"A-{n}", name=f"Company {n}", segment="mid") for n in range(1, 8)]
    accounts.upsert(connection, named, START)
    deals = [_deal(number, line.split()) for number, line in enumerate(CASE["deals"])]
    elsewhere = [each.model_copy(update={"account_id": "A-6"}) for each in deals[:4]]
    opportunities.upsert(connection, elsewhere, START)  # what has moved since counts where it is now, whole
    opportunities.upsert(connection, deals, START)
    for day, rate in ((START, "0.90"), (datetime(2024, 3, 1, tzinfo=UTC), "0.95")):
        rates.put(connection, [Rate(home="EUR", currency="USD", day=day.date(), rate=Decimal(rate))])
    placed = {"tier": "one_to_few", "reason": "r", "decided_by": "d", "decided_at": START}
    began = datetime(2024, 4, 1, tzinfo=UTC)
    rows = [placed | {"account": account, "starts": began} for account in ("A-1", "A-2")]
    connection.execute(insert(program_placement), rows)
    for number, line in enumerate(CASE["members"], 1):
        _member(connection, number, *line.split())


def _deal(number: int, said: list[str]) -> OpportunityRecord:
    account, opened, closed, outcome, amount, currency, iarr, campaign, *_ = said
    return OpportunityRecord(
        external_id=f"O-{number}",
        account_id=account,
        opened_at=_day(opened),
        closed_at=_day(closed),
        won={"won": True, "lost": False}.get(outcome),
        amount=None if amount == "-" else float(amount),
        currency=currency,
        iarr=None if iarr == "-" else float(iarr),
        campaign=None if campaign == "-" else campaign,
    )


def _member(
    connection: Connection, number: int, account: str, campaign: str, joined: str, began: str
) -> None:
    made: dict[str, Any] = {"made_at": START, "updated_at": START, "began_at": _day(began)}
    made |= {"state": "planned" if began == "-" else "done"}
    what = {"id": campaign, "name": campaign, "personalised": False, "document": {}}
    connection.execute(insert(program_campaign).values(**what, made_by="m", **made))
    person = {"id": number, "identity": f"x:P{number}", "external_id": f"P{number}", "account": account}
    person |= {"data": {}, "answers": {}, "occurred_at": START, "created_at": _day("05-10")}
    connection.execute(insert(contact).values(**person, updated_at=START))
    row = {"campaign_id": campaign, "person": f"id:P{number}", "contact": f"P{number}"}
    connection.execute(insert(program_member).values(**row, joined_at=_day(joined), updated_at=START))


def _day(said: str) -> datetime | None:
    return None if said == "-" else datetime.fromisoformat(f"2024-{said}T00:00:00+00:00")
