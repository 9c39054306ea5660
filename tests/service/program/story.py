"""Tells the stories of tests/cases/program/stories.yaml in a database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from routing.types.facts import ProgramTier
from routing.types.people import RepId
from service.db import accounts, reps
from service.db.engine import Database
from service.db.program import nominations as db
from service.db.program import placements, quarters
from service.db.tables import delivery
from service.problems import Problem
from service.program.core.criteria import Criterion
from service.program.core.review import Verdict
from service.program.core.settings import ProgramSettings
from service.program.core.tiers import in_force
from service.program.handlers import handlers
from service.program.nominations import Nominating, Nominations
from service.program.parts import Actor, Parts
from service.program.reviews import Reviews, Speaking
from service.program.settings import Settings
from service.program.targets import Placing, Targets
from service.records.accounts import AccountRecord
from service.records.reps import RepRecord
from service.worker.timers import Timers
from tests.service.organisation import Clock, listen

PEOPLE = ("dan", "eve", "sue", "max", "pia")


class Program:
    """The program of a small company, on a clock that is set by hand."""

    def __init__(self, database: Database, accounts_wanted: int = 2, **settings: Any) -> None:
        numbers = count(1)
        self.database = database
        self.clock = Clock()
        self.parts = Parts(database=database, clock=self.clock, new_id=lambda: f"id-{next(numbers):04d}")
        self.nominations, self.reviews = Nominations(self.parts), Reviews(self.parts)
        self.targets, self.settings = Targets(self.parts), Settings(self.parts)
        self._timers = Timers(database, handlers(self.parts), self.clock)
        with database.write() as connection:
            reps.upsert(connection, [RepRecord(external_id=name, name=name) for name in PEOPLE], self.clock())
            team = {"AE": {"rep": "dan"}, "SDR": {"rep": "eve"}, "PROGRAM MANAGER": {"rep": "pia"}}
            named = [
                AccountRecord.model_validate(
                    {
                        "external_id": f"A-{n}",
                        "name": f"Company {n} GmbH",
                        "segment": "enterprise",
                        "team": team,
                    }
                )
                for n in range(1, accounts_wanted + 1)
            ]
            accounts.upsert(connection, named, self.clock())
        self.chosen = ProgramSettings.model_validate(settings)

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times of the story are in."""
        return ZoneInfo(self.chosen.fiscal.zone)

    def at(self, text: str) -> None:
        """Set the clock."""
        self.clock.now = datetime.fromisoformat(text).replace(tzinfo=self.zone).astimezone(UTC)

    def work(self) -> None:
        """Let the worker do what is due, until nothing is."""
        while self._timers.run():
            pass

    def nomination(self, account: str) -> db.Nomination:
        """The newest nomination of an account."""
        with self.database.read() as connection:
            return db.newest(connection, account=account, limit=1)[0]

    def tier(self, account: str) -> str | None:
        """The tier an account is in now."""
        with self.database.read() as connection:
            held = in_force(placements.timeline(connection, account), self.clock())
        return held.tier.value if held else None

    def told(self) -> list[str]:
        """The kinds of messages that were queued, in alphabetical order."""
        with self.database.read() as connection:
            return sorted(connection.execute(select(delivery.c.type)).scalars())


def tell(database: Database, story: Mapping[str, Any]) -> None:
    """Tell a story; every step must come out as it says."""
    program = Program(database, story["accounts"], **story.get("settings", {}))
    program.at(story["steps"][0]["at"])
    program.settings.change(program.chosen, None, "pia", None)
    listen(database)
    for number, step in enumerate(story["steps"], 1):
        where = f"step {number}: {step}"
        if "at" in step:
            program.at(step["at"])
        refused = _act(program, step)
        assert step.get("refused", "") in (refused or ""), f"{where}: {refused}"
        assert (refused is None) == ("refused" not in step), f"{where}: {refused}"
        _look(program, step, where)


def _act(program: Program, step: Mapping[str, Any]) -> str | None:
    """Do what a step says; what the answer was when it was refused."""
    for name, act in ACTS.items():
        if name in step:
            try:
                act(program, step[name])
            except Problem as problem:
                return f"{problem.detail} {[error.detail for error in problem.errors]}"
    return None


def _actor(name: str) -> Actor:
    return Actor(name=name, id=name, rep=name, edits=name == "pia", decides=True)


def _nominate(program: Program, line: str) -> None:
    account, _, rep, *criteria = line.split()
    said = dict.fromkeys(map(Criterion, criteria), "so I say")
    program.nominations.nominate(Nominating(account=account, rep=RepId(rep), criteria=said), _actor(rep))


def _review(program: Program, line: str) -> None:
    account, side, who, verdict, *reason = line.split()
    said = Speaking(side=side, verdict=Verdict(verdict), reason=reason[0] if reason else None)
    program.reviews.review(program.nomination(account).id, said, _actor(who))


def _approve(program: Program, named: list[str]) -> None:
    for account in named:
        _review(program, f"{account} sales sue approve")
        _review(program, f"{account} marketing max approve")


def _rank(program: Program, line: str) -> None:
    side, who, *named = line.split()
    order = [program.nomination(account) for account in named]
    program.reviews.rank(order[0].quarter, side, [each.id for each in order], _actor(who))


def _withdraw(program: Program, line: str) -> None:
    account, who = line.split()
    program.nominations.withdraw(program.nomination(account).id, "changed my mind", _actor(who))


def _place(program: Program, line: str) -> None:
    account, tier, *times = line.split()
    said = {
        word: datetime.fromisoformat(time).replace(tzinfo=program.zone)
        for word, time in zip(times[::2], times[1::2], strict=True)
    }
    placing = Placing(
        account=account,
        tier=ProgramTier(tier),
        reason="as agreed",
        starts=said.get("from"),
        until=said.get("until"),
    )
    program.targets.place(placing, "pia")


def _release(program: Program, account: str) -> None:
    program.targets.release(account, None, "it was sold", "pia")


def _settings(program: Program, said: dict[str, Any]) -> None:
    program.settings.change(ProgramSettings.model_validate(said), None, "pia", None)


def _work(program: Program, _: bool) -> None:
    program.work()


ACTS: Mapping[str, Callable[[Program, Any], None]] = {
    "nominate": _nominate,
    "review": _review,
    "approve": _approve,
    "rank": _rank,
    "withdraw": _withdraw,
    "place": _place,
    "release": _release,
    "settings": _settings,
    "work": _work,
}


def _look(program: Program, step: Mapping[str, Any], where: str) -> None:
    for account, wanted in step.get("states", {}).items():
        found = program.nomination(account)
        said = f"{found.state.value} {found.place}" if found.place else found.state.value
        assert said == wanted, f"{where}: {account}"
    for account, wanted in step.get("tiers", {}).items():
        assert program.tier(account) == wanted, f"{where}: {account}"
    if "told" in step:
        assert sorted(set(program.told())) == sorted(set(step["told"])), where
    with program.database.read() as connection:
        begun = quarters.newest(connection)
    if "begun" in step:
        assert [each.name for each in reversed(begun)] == step["begun"], where
    if "quarter" in step:
        summary = {name: begun[0].summary[name] for name in ("entered", "stayed", "left")}
        assert summary == step["quarter"], where
