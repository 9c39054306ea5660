"""Stories of clocks from tests/cases/sla, with the worker that fires their timers; and what may go wrong."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from sqlalchemy import insert, select, update

from matching.types import Contact
from routing.hours import read_hours
from routing.types.people import RepId
from service.clocks import notices
from service.clocks.running_out import RunningOut
from service.clocks.work import Work
from service.db import activities, assignments, clocks, reps, timers
from service.db.clock import DatabaseClock
from service.db.clocks import State, Ticking
from service.db.engine import Database
from service.db.tables import assignment, assignment_clock, delivery, destination, timer
from service.doctor import Finding, examine
from service.problems import Conflict, Invalid, NotFound
from service.records.activities import ActivityRecord
from service.records.reps import AbsenceRecord, RepRecord, hours
from service.rulebook.live import LiveRulebook
from service.worker.timers import CLAIM, Timers
from tests.service.organisation import Organisation, organisation

STORIES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(
    Path("tests/cases/sla/stories.yaml").read_text(encoding="utf-8")
)


def rulebook(story: Mapping[str, Any]) -> str:
    fallback = {"then": {"pool": "inbound"}, "sla": story["sla"]}
    rules: dict[str, Any] = {"version": 1, "timezone": "UTC", "fallback": fallback}
    for section in ("calendars", "misses"):
        if section in story:
            rules[section] = story[section]
    out = io.StringIO()
    YAML(typ="safe", pure=True).dump(rules, out)
    return out.getvalue()


@dataclass(kw_only=True)
class Scene:
    """A story under way: the organisation, the worker's timers, and what was told and given so far."""

    org: Organisation
    timers: Timers
    work: Work
    assignment_id: str = ""
    reps: list[str] = field(default_factory=list)
    told: int = 0
    contacts: int = 0

    @classmethod
    def of(cls, database: Database, story: Mapping[str, Any]) -> Scene:
        org = organisation(database, rulebook(story), members=story.get("pool", ("ana", "bo", "cleo")))
        working = hours(read_hours(story["hours"])) if "hours" in story else None
        with database.write() as connection:
            people = [
                RepRecord.model_validate({"external_id": name, "manager": "mia", "working_hours": working})
                for name in story.get("pool", ("ana", "bo", "cleo"))
            ]
            reps.upsert(connection, [RepRecord(external_id="mia", name="Mia"), *people], org.clock())
            row = {"id": "d", "name": "d", "kind": "webhook", "url": "https://d.example", "secrets": []}
            at = org.clock()
            connection.execute(insert(destination).values(**row, events=[], active=True, created_at=at))
        firing = RunningOut(org.flow, LiveRulebook(), new_id=org.new_id)
        return cls(
            org=org,
            timers=Timers(database, firing.handlers, org.clock),
            work=Work(database, clock=org.clock),
        )

    def go_on(self, step: Mapping[str, Any]) -> None:
        self.org.clock.now = moment(step["at"])
        while self.timers.run():
            pass
        if "contact" in step:
            self.arrive()
        if "do" in step:
            self.do(step["do"])
        self.follow()

    def arrive(self) -> None:
        self.contacts += 1
        number = self.contacts
        contact = Contact(external_id=f"c-{number}", email=f"p{number}@firm{number}.example")
        decision = self.org.decide(contact, f"e{number}")
        if decision.assignment is not None:
            self.assignment_id = decision.assignment.id

    def do(self, said: str | Mapping[str, Any]) -> None:
        word, _, rest = said.partition(" ") if isinstance(said, str) else (next(iter(said)), "", "")
        desk, number = self.org.desk, self.assignment_id
        match word:
            case "accept":
                desk.accept(number)
            case "complete":
                desk.complete(number, by="ops")
            case "return":
                desk.give_back(number, "no answer", by="ops")
            case "touch":
                self.work.touch(number, None, by="ops")
            case "done":
                self.work.done(number, rest)
            case "pause":
                self.work.pause(number, "waiting for the contact", None)
            case "resume":
                self.work.resume(number)
            case _:
                assert not isinstance(said, str)
                self.do_with(word, said)

    def do_with(self, word: str, said: Mapping[str, Any]) -> None:
        with self.org.database.write() as connection:
            if word == "activity":
                self.note_activity(connection, said)
            elif word == "absence":
                start, until = (moment(text) for text in said["absence"])
                away = AbsenceRecord.model_validate({"from": start, "until": until})
                record = RepRecord(external_id=self.reps[-1], absences=[away])
                reps.upsert(connection, [record], self.org.clock())
        if word == "reassign":
            self.org.desk.reassign(self.assignment_id, RepId(said["reassign"]), "knows them", by="ops")
        if word == "pause until":
            self.work.pause(self.assignment_id, "waiting", moment(said["pause until"]))

    def note_activity(self, connection: Any, said: Mapping[str, Any]) -> None:
        record = ActivityRecord(
            external_id=f"a-{said['at']}-{said.get('by')}",
            contact_id=f"c-{self.contacts}",
            rep=said.get("by", self.reps[-1]),
            kind="email",
            direction=said["activity"],
            at=moment(said["at"]),
        )
        activities.upsert(connection, [record], self.org.clock())

    def follow(self) -> None:
        """Go on with the assignment that the contact has now."""
        with self.org.database.read() as connection:
            query = select(assignment).where(assignment.c.ended_at.is_(None))
            row = connection.execute(
                query.order_by(assignment.c.assigned_at.desc(), assignment.c.id.desc())
            ).first()
        if row is not None:
            self.assignment_id = row.id
        if row is not None and row.rep not in self.reps:
            self.reps.append(row.rep)

    def check(self, step: Mapping[str, Any]) -> None:
        told = self.messages()
        assert told == step.get("told", told)
        with self.org.database.read() as connection:
            found = assignments.get(connection, self.assignment_id)
            ticking = clocks.of(connection, [self.assignment_id]).get(self.assignment_id, [])
            mia = reps.by_id(connection, [RepId(self.reps[0])])[RepId(self.reps[0])]
        assert found is not None
        if step.get("rep") == "nobody":
            assert found.ended_at is not None
        elif "rep" in step:
            assert (found.rep, found.ended_at) == (self.named(step["rep"]), None)
        if "due" in step:
            assert found.due_at == moment(step["due"])
        if "touched" in step:
            assert found.touched_at == moment(step["touched"])
        stand = {each.name: standing(each, self.org.clock()) for each in ticking}
        assert stand | step.get("clocks", {}) == stand
        if "offline until" in step:
            assert mia.offline is not None and mia.offline.until == moment(step["offline until"])

    def named(self, word: str) -> str:
        order = ("first", "second", "third")
        return self.reps[order.index(word)] if word in order else word

    def messages(self) -> list[str]:
        """The types of the messages queued since the step before."""
        with self.org.database.read() as connection:
            rows = connection.execute(select(delivery.c.type).order_by(delivery.c.id)).scalars()
            found = list(rows)
        fresh, self.told = found[self.told :], len(found)
        return fresh


def moment(text: object) -> datetime:
    said = datetime.fromisoformat(str(text))
    return said if said.tzinfo else said.replace(tzinfo=UTC)


def standing(each: Ticking, now: datetime) -> str:
    if each.state is State.MET and each.ended_at is not None and each.ended_at > each.due_at:
        return "late"
    if each.state is State.RUNNING and each.missed_at is not None:
        return "overdue"
    return each.state.value


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["title"].replace(" ", "-"))
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_story(database: Database, story: dict[str, Any]) -> None:
    scene = Scene.of(database, story)
    for step in story["story"]:
        scene.go_on(step)
        scene.check(step)


def unfired(database: Database) -> Sequence[Any]:
    with database.read() as connection:
        query = select(timer).where(timer.c.fired_at.is_(None), timer.c.cancelled_at.is_(None))
        return connection.execute(query).all()


# --- fired once, whatever happens ---------------------------------------------------


ONE = {"sla": {"clock": "acceptance", "within": "30m", "escalate": "manager", "then": "reassign"}}


def begun(database: Database) -> Scene:
    scene = Scene.of(database, ONE)
    scene.go_on({"at": "2026-03-02T09:00", "contact": "arrives"})
    scene.messages()
    scene.org.clock.now = moment("2026-03-02T09:30")
    return scene


def findings(scene: Scene) -> list[Finding]:
    """What the doctor finds wrong with clocks a day later."""
    later = scene.org.clock() + timedelta(days=1)
    return [each for each in examine(scene.org.database, later) if each.row.startswith("clock")]


def test_a_timer_in_two_hands_fires_once_also_when_the_clock_is_set_back(database: Database) -> None:
    scene = begun(database)
    now = scene.org.clock()
    with database.write() as connection:
        [claimed] = timers.claim(connection, now, now + CLAIM, 10)
        assert timers.claim(connection, now, now + CLAIM, 10) == []
    run_out = RunningOut(scene.org.flow, LiveRulebook(), new_id=scene.org.new_id).handlers[claimed.kind]
    for _ in range(2):
        database.transact(lambda connection: run_out(connection, claimed, now))
    scene.org.clock.now = moment("2026-03-02T09:10")
    assert not scene.timers.run()
    scene.org.clock.now = moment("2026-03-02T09:30")
    assert not scene.timers.run()
    assert scene.messages() == ["contact.assigned", "assignment.breached", "assignment.escalated"]
    assert findings(scene) == []


def test_a_failure_half_way_leaves_nothing_and_the_timer_is_tried_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = begun(database)
    with monkeypatch.context() as patch:
        patch.setattr(notices, "breached", None)
        assert scene.timers.run()
    assert scene.messages() == []
    [waiting] = unfired(database)
    assert waiting.problem.startswith("TypeError")
    assert not scene.timers.run()  # not at once again
    scene.org.clock.forward(seconds=11)
    assert scene.timers.run()
    assert scene.messages() == ["contact.assigned", "assignment.breached", "assignment.escalated"]


def test_what_a_dead_worker_had_claimed_is_due_again_when_its_claim_ends(database: Database) -> None:
    scene = begun(database)
    now = scene.org.clock()
    with database.write() as connection:
        timers.claim(connection, now, now + CLAIM, 10)
    assert not scene.timers.run()
    scene.org.clock.forward(seconds=CLAIM.total_seconds())
    assert scene.timers.run()
    assert "assignment.breached" in scene.messages()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_processes_whose_clocks_differ_agree_on_what_is_due(database: Database) -> None:
    ahead = DatabaseClock(database, lambda: datetime.now(UTC) + timedelta(minutes=10))
    behind = DatabaseClock(database, lambda: datetime.now(UTC) - timedelta(minutes=10))
    assert abs(ahead() - behind()) < timedelta(minutes=1)


def test_the_doctor_misses_a_timer_and_a_stop(database: Database) -> None:
    scene = begun(database)
    assert findings(scene) == []
    with database.write() as connection:
        connection.execute(update(timer).values(cancelled_at=scene.org.clock()))
    assert [finding.row for finding in findings(scene)] == ["clock 1"]
    with database.write() as connection:
        connection.execute(update(assignment_clock).values(missed_at=scene.org.clock()))
    assert [finding.detail for finding in findings(scene)] == [
        "it ran out without its timer, or its timer without it"
    ]


# --- what is refused ------------------------------------------------------------------


def test_what_cannot_be_said_of_an_assignment_is_refused(database: Database) -> None:
    scene = begun(database)
    number, work = scene.assignment_id, scene.work
    with pytest.raises(Invalid) as refused:
        work.touch(number, scene.org.clock() + timedelta(minutes=1), by="ops")
    assert refused.value.errors[0].pointer == "#/at"
    with pytest.raises(Invalid) as refused:
        work.done(number, "demo")
    assert "it has: acceptance" in refused.value.errors[0].detail
    with pytest.raises(Invalid):
        work.pause(number, "waiting", scene.org.clock())
    assert work.done(number, "acceptance") == work.done(number, "acceptance")
    scene.org.desk.complete(number, by="ops")
    for late in (lambda: work.pause(number, "?", None), lambda: work.touch(number, None, by="ops")):
        with pytest.raises(Conflict, match="completed"):
            late()
    with pytest.raises(NotFound):
        work.resume("nothing")
