"""Two reviewers at one moment: the last place is given once, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

from sqlalchemy import select

from routing.types.facts import ProgramTier
from routing.types.people import RepId
from service.db.engine import Database
from service.db.tables import program_placement
from service.problems import Conflict
from service.program.core.criteria import Criterion
from service.program.core.review import State, Verdict
from service.program.nominations import Nominating
from service.program.parts import Actor, Parts
from service.program.reviews import Reviews, Speaking
from service.program.targets import Placing
from tests.service.program.story import Program

CAP = 8


def actor(name: str) -> Actor:
    return Actor(name=name, id=name)


def test_two_approvals_race_for_the_eighth_place(database: Database) -> None:
    program = Program(database, CAP + 1)
    program.clock.now = datetime(2026, 12, 20, 9, tzinfo=UTC)
    waiting = [f"A-{CAP}", f"A-{CAP + 1}"]
    for n in range(1, CAP):  # seven that stay over the quarter's start
        program.targets.place(
            Placing(
                account=f"A-{n}",
                tier=ProgramTier.STRATEGIC,
                reason="as agreed",
                until=datetime(2027, 2, 1, tzinfo=UTC),
            ),
            "pia",
        )
    ids = []
    for account in waiting:
        said = Nominating(account=account, rep=RepId("dan"), criteria={Criterion.CHAMPION: None})
        ids.append(program.nominations.nominate(said, actor("pia"))[0].id)
        program.reviews.review(ids[-1], Speaking(side="sales", verdict=Verdict.APPROVE), actor("sue"))
    start = Barrier(2)

    def approve(nomination_id: str) -> str:
        other = Database(database.url.render_as_string(hide_password=False))  # as another process would
        reviews = Reviews(Parts(database=other, clock=program.clock, new_id=program.parts.new_id))
        start.wait()
        try:
            reviews.review(nomination_id, Speaking(side="marketing", verdict=Verdict.APPROVE), actor("max"))
            return "approved"
        except Conflict as problem:
            assert f"The strategic tier has {CAP} places" in problem.detail
            return "refused"
        finally:
            other.dispose()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, ids)) == ["approved", "refused"]
    states = sorted(program.nomination(account).state for account in waiting)
    assert states == [State.APPROVED, State.NOMINATED], "who was refused is where it was"
    with database.read() as connection:
        strategic = select(program_placement.c.account).where(
            program_placement.c.tier == ProgramTier.STRATEGIC,
            program_placement.c.until > datetime(2027, 1, 1, tzinfo=UTC),
        )
        assert len(connection.execute(strategic).all()) == CAP
