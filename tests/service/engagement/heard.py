"""A company with two accounts of which signals are heard, on a clock that is set by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from routing.types.facts import ProgramTier
from service.db import accounts
from service.db.engagement import activations, signals, standing
from service.db.engagement.activations import Activation
from service.db.engagement.signals import Signal, Wanted
from service.db.engagement.standing import Engaged
from service.db.engine import Database
from service.db.program import settings as stored
from service.db.upserts import Stored
from service.engagement import taking
from service.engagement.records import SignalRecord
from service.program.targets import Placing
from service.records.accounts import AccountRecord
from tests.service.program.story import Program


class Heard:
    """A-1 (one.example) is strategic until the story ends, A-2 (two.example) outside the program."""

    def __init__(self, database: Database, **settings: Any) -> None:
        self.program = Program(database, **settings)
        self.database, self.clock, self.parts = database, self.program.clock, self.program.parts
        self.began = self.clock()
        names = {"A-1": "one.example", "A-2": "two.example"}
        records = [AccountRecord(external_id=name, website=host) for name, host in names.items()]
        with database.write() as connection:
            accounts.upsert(connection, records, self.clock())
        until = self.began + timedelta(days=120)
        placing = Placing(account="A-1", tier=ProgramTier.STRATEGIC, until=until, reason="So decided")
        self.program.targets.place(placing, "pia")

    def on(self, day: float) -> None:
        """Let it be a day of the story."""
        self.clock.now = self.began + timedelta(days=day)

    def hear(self, *said: Mapping[str, Any]) -> list[Stored]:
        """Take signals in; ``at`` is how many days ago each happened."""
        now = self.clock()
        records = [
            SignalRecord.model_validate(
                {**each, "at": now - timedelta(days=each["at"])} if "at" in each else each
            )
            for each in said
        ]
        return self.database.transact(lambda c: taking.upsert(c, records, now))

    def stands(self, account: str = "A-1") -> Engaged | None:
        """How an account stands now."""
        with self.database.read() as connection:
            known = stored.current(connection).engagement
            return standing.of_accounts(connection, [account], known, self.clock()).get(account)

    def activated(self, account: str = "A-1") -> list[Activation]:
        """The activations of an account, the first first."""
        with self.database.read() as connection:
            wanted = activations.Wanted(account=account)
            return activations.page(connection, wanted, before=None, limit=50)[::-1]

    def waiting(self) -> Sequence[Signal]:
        """The signals on no account."""
        with self.database.read() as connection:
            return signals.page(connection, Wanted(unplaced=True), before=None, limit=50)
