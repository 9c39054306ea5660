"""The demo organisation: its files -> the records that any caller would send.

Times in the files are days relative to the moment of loading, so that the demo
is always of this week: -9 is nine days ago, 12 is in twelve days.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from routing.hours import WEEKDAYS
from service.db.measures.rates import Rate
from service.records.accounts import AccountRecord
from service.records.activities import ActivityRecord
from service.records.opportunities import OpportunityRecord
from service.records.pools import PoolRecord
from service.records.reps import RepRecord

HOME = "EUR"
_FOLDER = files("service.demo")
_TEXTS = ("name", "website", "country", "state", "city", "phone", "parent_id", "lifecycle", "segment")

Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Everything the demo knows before anybody comes in.

    ``former`` are accounts as they were: stored first, so that the owners they
    had stay on record.
    """

    reps: tuple[RepRecord, ...]
    pools: tuple[PoolRecord, ...]
    former: tuple[AccountRecord, ...]
    accounts: tuple[AccountRecord, ...]
    opportunities: tuple[OpportunityRecord, ...]
    activities: tuple[ActivityRecord, ...]
    rates: tuple[Rate, ...]
    rulebook: str


def organisation(now: datetime) -> Organisation:
    """The demo organisation as of ``now``."""
    teams = list(rows("account_team.csv"))
    names = {row["account_id"]: row["name"] for row in rows("accounts.csv")}
    leaves = {row["rep_id"]: row for row in rows("absences.csv")}
    return Organisation(
        reps=tuple(_rep(row, leaves.get(row["rep_id"]), now) for row in rows("reps.csv")),
        pools=tuple(PoolRecord.model_validate(entry) for entry in entries("pools.yaml")),
        former=tuple(_former(row, names[row["account_id"]], now) for row in teams if row["role"] == "OWNER"),
        accounts=tuple(_account(row, teams, now) for row in rows("accounts.csv")),
        opportunities=tuple(_opportunity(row, now) for row in rows("opportunities.csv")),
        activities=tuple(_activity(row, now) for row in rows("activities.csv")),
        rates=tuple(_rate(row, now) for row in rows("rates.csv")),
        rulebook=_FOLDER.joinpath("rulebook.yaml").read_text(encoding="utf-8"),
    )


def rows(name: str) -> Iterator[Row]:
    """The rows of one of the demo's CSV files."""
    text = _FOLDER.joinpath("data", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def entries(name: str) -> list[dict[str, Any]]:
    """The entries of one of the demo's YAML files."""
    yaml = YAML(typ="safe", pure=True)
    found: list[dict[str, Any]] = yaml.load(_FOLDER.joinpath("data", name).read_text(encoding="utf-8"))
    return found


def _rep(row: Row, leave: Row | None, now: datetime) -> RepRecord:
    said: dict[str, Any] = {
        "external_id": row["rep_id"],
        **{name: row[name] for name in ("name", "email", "role", "team", "manager", "time_zone")},
        "working_hours": hours(row["working_hours"]),
        "active": row["active"] == "yes",
    }
    if leave is not None:
        said["absences"] = [
            {
                "from": _day(leave["from_days"], now),
                "until": _day(leave["until_days"], now),
                "cover": leave["cover"],
                "reason": leave["reason"],
            }
        ]
    return RepRecord.model_validate(said)


def hours(text: str) -> dict[str, list[str]]:
    """Working hours such as ``Mon-Thu 08:00-17:00; Fri 08:00-15:00`` by day."""
    found: dict[str, list[str]] = {}
    for part in text.split(";"):
        days, block = part.split()
        first, _, last = days.lower().partition("-")
        span = WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last or first) + 1]
        for day in span:
            found.setdefault(day, []).append(block)
    return found


def _account(row: Row, teams: list[Row], now: datetime) -> AccountRecord:
    said: dict[str, Any] = {"external_id": row["account_id"], **{name: row[name] for name in _TEXTS}}
    said["aliases"] = _listed(row["aliases"])
    said["domains"] = _listed(row["domains"])
    said["employees"] = int(row["employees"]) if row["employees"] else None
    said["custom"] = {"industry": row["industry"]}
    if row["tier"]:
        said["tier"] = {"tier": row["tier"], **_term(row["tier_from_days"], row["tier_until_days"], now)}
    if row["owner"]:
        said["owner"] = {"rep": row["owner"], **_term(row["owner_from_days"], "", now)}
    said["team"] = {
        each["role"]: {"rep": each["rep"], **_term(each["from_days"], each["until_days"], now)}
        for each in teams
        if each["account_id"] == row["account_id"] and each["role"] != "OWNER"
    }
    return AccountRecord.model_validate(said)


def _former(row: Row, name: str, now: datetime) -> AccountRecord:
    owner = {"rep": row["rep"], **_term(row["from_days"], row["until_days"], now)}
    return AccountRecord.model_validate({"external_id": row["account_id"], "name": name, "owner": owner})


def _opportunity(row: Row, now: datetime) -> OpportunityRecord:
    return OpportunityRecord(
        external_id=row["opportunity_id"],
        account_id=row["account_id"],
        owner=row["owner"],
        stage=row["stage"],
        kind=row["kind"],
        amount=float(row["amount"]),
        currency=row["currency"],
        iarr=float(row["iarr"]) if row["iarr"] else None,
        opened_at=_day(row["opened_days"], now),
        expected_close_at=_day(row["expected_days"], now) if row["expected_days"] else None,
        campaign=row["campaign"] or None,
        closed_at=_day(row["closed_days"], now) if row["closed_days"] else None,
        won={"yes": True, "no": False}.get(row["won"]),
    )


def _activity(row: Row, now: datetime) -> ActivityRecord:
    return ActivityRecord.model_validate(
        {
            "external_id": row["activity_id"],
            **{name: row[name] for name in ("rep", "account_id", "contact_id", "kind", "direction")},
            "at": _day(row["days"], now),
        }
    )


def _rate(row: Row, now: datetime) -> Rate:
    day = _day(row["days"], now).date()
    return Rate(home=HOME, currency=row["currency"], day=day, rate=Decimal(row["rate"]))


def _listed(text: str) -> list[str]:
    return [part for part in text.split(";") if part]


def _term(starts: str, until: str, now: datetime) -> dict[str, datetime | None]:
    return {
        "from": _day(starts, now) if starts else None,
        "until": _day(until, now) if until else None,
    }


def _day(offset: str, now: datetime) -> datetime:
    return now + timedelta(days=int(offset))
