"""A made-up company, and its measures counted once more: row by row in Python, from the rows as made.

Shares no code with `service.measures`: loops over lists of dictionaries, with decimals.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from service.db.tables import (
    account,
    activity,
    assignment,
    contact,
    currency_rate,
    decision,
    opportunity,
    program_campaign,
    program_member,
    program_placement,
)

START = datetime(2024, 1, 1, tzinfo=UTC)  # long ago: nothing is cut at the clock of a server
NOW = START + timedelta(days=300)
HOME = "EUR"
WINDOW = timedelta(days=90)
CENT = Decimal("0.01")
Row = dict[str, Any]


class Company:
    """Rows by table, all made of one seed."""

    def __init__(self, seed: int, deals: int = 150) -> None:
        self._random = Random(seed)
        self.accounts = [self._account(n) for n in range(24)]
        self.placements = [row for n in range(10) for row in self._placements(n)]
        self.campaigns = [self._campaign(n) for n in range(4)]
        self.contacts = [self._contact(n) for n in range(60)]
        self.members = [self._member(n) for n in range(40)]
        self.assignments = [self._assignment(n) for n in range(40)]
        self.meetings = [self._meeting(n) for n in range(60)]
        self.deals = [self._deal(n) for n in range(deals)]
        self.rates = [self._rate(currency, n) for currency in ("USD", "JPY") for n in range(4)]

    def store(self, connection: Connection) -> None:
        """Write all of it."""
        decided = {"event_digest": "0", "match_outcome": "matched", "score": 1, "routing_outcome": "assigned"}
        decided |= {"policy_version": "p", "rulebook_version": "r", "body": {}, "at": START}
        decisions = [
            decided | {"id": f"d{row['id']}", "event_key": row["identity"], "contact_id": row["id"]}
            for row in self.contacts
        ]
        for table, rows in (
            (account, self.accounts),
            (program_placement, self.placements),
            (program_campaign, self.campaigns),
            (contact, self.contacts),
            (decision, decisions),
            (program_member, self.members),
            (assignment, self.assignments),
            (activity, self.meetings),
            (opportunity, self.deals),
            (currency_rate, self.rates),
        ):
            connection.execute(insert(table), rows)

    def _day(self, latest: int = 300) -> datetime:
        return START + timedelta(days=self._random.randrange(latest), seconds=self._random.randrange(86_400))

    def _account(self, number: int) -> Row:
        row: Row = {
            "external_id": f"A{number:02}",
            "name": f"Company {number}",
            "custom": {},
            "country": "DE",
        }
        segment = self._random.choice(["enterprise", "mid", None])
        return row | {"segment": segment, "employees": 100, "created_at": START, "updated_at": START}

    def _placements(self, number: int) -> list[Row]:
        starts = START + timedelta(days=60 + 15 * number)
        row: Row = {"account": f"A{number:02}", "reason": "r", "decided_by": "d", "decided_at": START}
        if number % 3:
            return [row | {"tier": "one_to_few", "starts": starts, "until": None}]
        turn = starts + timedelta(days=50)
        first = {"tier": "one_to_few", "starts": starts, "until": turn}
        return [row | first, row | {"tier": "strategic", "starts": turn, "until": turn + timedelta(days=60)}]

    def _campaign(self, number: int) -> Row:
        row: Row = {"id": f"C{number}", "external_id": f"crm-{number}", "name": f"Campaign {number}"}
        row |= {"play": ["event", "event", "direct_mail", None][number], "personalised": number == 2}
        row |= {"account": "A01" if number == 2 else None, "document": {}, "made_by": "m"}
        began = [START, START + timedelta(days=150), START, None][number]
        row |= {"state": "planned" if began is None else "done", "began_at": began}
        return row | {"made_at": START, "updated_at": START}

    def _contact(self, number: int) -> Row:
        account = self._random.choice([*(each["external_id"] for each in self.accounts), None])
        row: Row = {
            "id": number + 1,
            "identity": f"x:{number}",
            "external_id": f"activation:{number}" if number % 8 == 4 else f"P{number}",
            "account": account,
        }
        row |= {"email": f"p{number}@made.example", "data": {}, "answers": {}, "occurred_at": START}
        return row | {"created_at": self._day(), "updated_at": START}

    def _member(self, number: int) -> Row:
        by_id = number % 4 != 0
        row: Row = {"campaign_id": f"C{self._random.randrange(4)}", "status": "sent", "updated_at": START}
        row |= {
            "contact": f"P{number}" if by_id else None,
            "email": None if by_id else f"p{number}@made.example",
        }
        row["person"] = f"id:P{number}" if by_id else f"email:{row['email']}"
        joined = self._day()
        answered = joined + timedelta(days=20) if number % 3 == 0 else None
        return row | {"joined_at": joined, "responded_at": answered}

    def _assignment(self, number: int) -> Row:
        assigned = self.contacts[number % 30]["created_at"] + timedelta(hours=number)
        accepted = assigned + timedelta(hours=5) if number % 3 else None
        row: Row = {
            "id": f"s{number:02}",
            "contact_id": number % 30 + 1,
            "decision_id": f"d{number % 30 + 1}",
        }
        row |= {
            "rep": f"R{number % 3}",
            "status": "assigned",
            "assigned_at": assigned,
            "accepted_at": accepted,
        }
        return row | {"ended_at": assigned + timedelta(hours=6)}

    def _meeting(self, number: int) -> Row:
        row: Row = {"external_id": f"M{number:02}", "rep": f"R{number % 3}", "direction": "both"}
        row |= {"kind": ["Meeting", "meeting", "call"][number % 3], "at": self._day(360)}
        row["account"] = self._random.choice([*(each["external_id"] for each in self.accounts), None])
        if number in (8, 16, 24):  # with somebody whom a campaign knows by her address alone
            row["at"] = self.members[number]["joined_at"] + timedelta(days=10)
        return row | {"contact": f"P{number}" if number % 5 else None}

    def _deal(self, number: int) -> Row:
        opened = self._day() if number % 10 else None
        closed = (opened or self._day()) + timedelta(days=self._random.randrange(90), hours=1)
        done = number % 3 != 0 and closed < NOW
        row: Row = {
            "external_id": f"O{number:03}",
            "account": self._random.choice(self.accounts)["external_id"],
        }
        row |= {"owner": self._random.choice(["R0", "R1", "R2", None]), "updated_at": START}
        row |= {"opened_at": opened, "closed_at": closed if done else None}
        row["won"] = self._random.choice([True, True, False, None]) if done else None
        row["amount"] = None if number % 11 == 0 else Decimal(self._random.randrange(1, 10**9)) / 100
        row["currency"] = self._random.choice([None, "EUR", "USD", "JPY", "CHF"])
        row["iarr"] = Decimal(self._random.randrange(-(10**7), 10**7)) / 100 if number % 4 == 0 else None
        row["campaign"] = self._random.choice(["C0", "crm-1", "C2", "unknown", None])
        return row

    def _rate(self, currency: str, number: int) -> Row:
        rate = {
            "USD": ["0.9123456789", "0.88", "0.95005", "0.9"],
            "JPY": ["0.0061", "0.00595", "0.006", "0.0065"],
        }
        starts = START + timedelta(days=15 + 80 * number)
        return {"home": HOME, "currency": currency, "starts": starts, "rate": rate[currency][number]}


class Naive:
    """The facts of a company, one by one, and what they add up to."""

    def __init__(self, company: Company) -> None:
        self._company = company
        self._people = {row["external_id"]: row for row in company.contacts}
        self._mails = {row["email"]: row for row in company.contacts}
        self._accounts = {row["external_id"]: row for row in company.accounts}
        self._plays = {row["id"]: row["play"] for row in company.campaigns}

    def totals(
        self, measure: str, since: datetime, until: datetime, by: tuple[str, ...]
    ) -> dict[tuple[Any, ...], Decimal]:
        """The sum of a measure in groups."""
        found: dict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
        for fact in self.facts(measure):
            if since <= fact["at"] < until and fact["account"] is not None and fact["adds"] is not None:
                fact["tier"] = self.tier(fact["account"], fact["at"])
                fact["segment"] = self._accounts[fact["account"]]["segment"]
                fact["play"] = self._plays.get(fact["campaign"])
                fact["month"] = f"{fact['at']:%Y-%m}"
                found[tuple(fact[name] for name in by)] += fact["adds"]
        return dict(found)

    def tier(self, name: str, at: datetime) -> str | None:
        """The tier of an account at a moment."""
        for row in self._company.placements:
            if row["account"] == name and row["starts"] <= at and (row["until"] is None or at < row["until"]):
                return str(row["tier"])
        return None

    def facts(self, measure: str) -> list[Row]:
        """The facts of a measure."""
        facts: list[Row] = getattr(self, f"_{measure}")()
        return facts

    def _contacts(self) -> list[Row]:
        found = []
        for row in self._company.contacts:
            if row["external_id"].startswith("activation:"):
                continue
            theirs = [each for each in self._company.assignments if each["contact_id"] == row["id"]]
            first = min(theirs, key=lambda each: (each["assigned_at"], each["id"]), default=None)
            rep = first["rep"] if first else None
            found.append(
                self._fact(row["account"], rep, row["created_at"], self._last(row, row["created_at"]))
            )
        return found

    def _accepted_contacts(self) -> list[Row]:
        found, seen = [], set()
        accepted = [row for row in self._company.assignments if row["accepted_at"] is not None]
        for row in sorted(accepted, key=lambda each: (each["accepted_at"], each["id"])):
            if row["contact_id"] not in seen:
                seen.add(row["contact_id"])
                person = self._company.contacts[row["contact_id"] - 1]
                if person["external_id"].startswith("activation:"):
                    continue
                at = row["accepted_at"]
                found.append(self._fact(person["account"], row["rep"], at, self._last(person, at)))
        return found

    def _meetings(self) -> list[Row]:
        found = []
        for row in self._company.meetings:
            if row["kind"].lower() == "meeting" and row["at"] <= NOW:
                person = self._people.get(row["contact"] or "")
                campaign = self._last(person, row["at"]) if person else None
                found.append(self._fact(row["account"], row["rep"], row["at"], campaign))
        return found

    def _pipeline_created(self) -> list[Row]:
        return [
            self._fact(
                row["account"], row["owner"], row["opened_at"], self._own(row), self.value(row, "opened_at")
            )
            for row in self._company.deals
            if row["opened_at"] is not None
        ]

    def _revenue(self) -> list[Row]:
        return [
            self._fact(
                row["account"], row["owner"], row["closed_at"], self._own(row), self.value(row, "closed_at")
            )
            for row in self._company.deals
            if row["won"]
        ]

    def _iarr_increase(self) -> list[Row]:
        return [
            self._fact(
                row["account"],
                row["owner"],
                row["closed_at"],
                self._own(row),
                self.value(row, "closed_at", "iarr"),
            )
            for row in self._company.deals
            if row["won"]
        ]

    def _pipeline_influenced(self) -> list[Row]:
        found = []
        for row in self._company.deals:
            value = self.value(row, "opened_at") if row["opened_at"] else None
            if value is None:
                continue
            last = row["closed_at"] or NOW
            touches = [
                campaign
                for account, at, campaign in self._touches()
                if account == row["account"] and row["opened_at"] - WINDOW <= at <= last and at <= NOW
            ]
            named = sorted({each for each in touches if each is not None})
            cents = int(value * 100)
            for place, campaign in enumerate(named or ([None] if touches else [])):
                share = abs(cents) // max(len(named), 1) + (place < abs(cents) % max(len(named), 1))
                adds = Decimal(share if cents >= 0 else -share) / 100
                found.append(self._fact(row["account"], row["owner"], row["opened_at"], campaign, adds))
        return found

    def _touches(self) -> list[tuple[str | None, datetime, str | None]]:
        found: list[tuple[str | None, datetime, str | None]] = []
        for row in self._company.members:
            person = self._people[row["contact"]] if row["contact"] else self._mails[row["email"]]
            meant = next(each for each in self._company.campaigns if each["id"] == row["campaign_id"])
            for at in filter(None, (self._in(row, "joined_at"), self._in(row, "responded_at"))):
                found += [
                    (person["account"], at, row["campaign_id"]),
                    (meant["account"], at, row["campaign_id"]),
                ]
        for row in self._company.meetings:
            if row["kind"].lower() == "meeting" and row["at"] <= NOW:
                found.append((row["account"], row["at"], None))
        return [each for each in found if each[0] is not None]

    def value(self, row: Row, date: str, money: str = "amount") -> Decimal | None:
        """What an opportunity's money is at home on a date."""
        amount, currency = row[money], row["currency"] or HOME
        if amount is None or currency == HOME:
            return None if amount is None else Decimal(amount)
        past = [each for each in self._company.rates if each["currency"] == currency]
        past = [each for each in past if each["starts"] <= row[date]]
        if not past:
            return None
        rate = Decimal(max(past, key=lambda each: each["starts"])["rate"])
        found: Decimal = (amount * rate).quantize(CENT, ROUND_HALF_UP)
        return found

    def _own(self, row: Row) -> str | None:
        said = row["campaign"]
        for each in self._company.campaigns:
            if said in (each["id"], each["external_id"]):
                return str(each["id"])
        return None if said is None else str(said)

    def _last(self, person: Row, at: datetime) -> str | None:
        joined = [
            (moment, row["campaign_id"])
            for row in self._company.members
            if person["external_id"] == row["contact"] or person["email"] == row["email"]
            if (moment := self._in(row, "joined_at")) is not None and at - WINDOW <= moment <= at
        ]
        last = max(joined, default=(None, None))[0]
        return min((campaign for moment, campaign in joined if moment == last), default=None)

    def _in(self, member: Row, name: str) -> datetime | None:
        """When a moment of somebody in a campaign counts: not before it began, never if it did not."""
        [campaign] = [each for each in self._company.campaigns if each["id"] == member["campaign_id"]]
        moments: list[datetime | None] = [member[name], campaign["began_at"]]
        known = [each for each in moments if each is not None]
        return max(known) if len(known) == 2 else None

    def _fact(
        self,
        account: str | None,
        rep: str | None,
        at: datetime,
        campaign: str | None,
        adds: Decimal | None = Decimal(1),
    ) -> Row:
        return {"account": account, "rep": rep, "at": at, "campaign": campaign, "adds": adds}
