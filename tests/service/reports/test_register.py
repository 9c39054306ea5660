"""Every report over a small organisation that has lived, with figures worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from matching.types import Contact
from routing.types.people import RepId
from service.clocks.work import Work
from service.db.engine import Database
from service.db.tables import decision_figure
from service.reports.answering import Asked, answered, as_csv, figures, listed
from service.reports.period import Period
from service.reports.register import REPORTS
from tests.service.organisation import MONDAY, RULEBOOK, Organisation, organisation


@pytest.fixture
def org(database: Database) -> Organisation:
    """Monday, 09:00. Four strangers take turns (ana, bo, cleo and one of them again), Dan's account gets two.

    The first is touched after 10 minutes, the second after 5 hours (one too late), the third is given back
    at once. One contact is held, one asked about and answered a day later, one is too old to count, one is
    handed to Dan.
    """
    org = organisation(database)
    work = Work(database, clock=org.clock)
    taken = {}
    for number in range(4):
        contact = Contact(email=f"p{number}@firm{number}.example", source="form" if number else "import")
        decision = org.decide(contact, f"e{number}", at=MONDAY - timedelta(minutes=number))
        assert decision.assignment is not None
        taken[number] = decision.assignment
    rejected = org.desk.reject(taken[2].id, "not mine", "ops")
    assert rejected.assignment is not None
    org.clock.forward(minutes=10)
    work.touch(taken[0].id, None, "ana")
    org.decide(Contact(email="p0@firm0.example", source="form"), "old", at=MONDAY - timedelta(days=9))
    org.decide(Contact(email="x@northwind-robotics.com"), "owned")
    asked = org.decide(Contact(email="y@northwind-robotics.com", source="event"), "asked")
    org.decide(Contact(email="z@trial.example", source="trial"), "held")
    org.clock.forward(hours=4, minutes=50)
    work.touch(taken[1].id, None, "bo")
    org.clock.forward(minutes=1)
    org.desk.reassign(taken[3].id, RepId("dan"), "knows them", "lead")
    org.clock.forward(days=1)
    org.desk.answer(asked.id, "something new", "dan")
    return org


def asked(org: Organisation, name: str, *by: str, only: dict[str, str | None] | None = None) -> Asked:
    period = Period(since=MONDAY - timedelta(days=1), until=org.clock() + timedelta(seconds=1), zone="UTC")
    return Asked(report=REPORTS[name], period=period, by=by, only=only or {})


def total(org: Organisation, name: str) -> dict[str, Any]:
    with org.database.read() as connection:
        return dict(figures(connection, asked(org, name), org.clock()).total.figures)


def test_speed_to_lead(org: Organisation) -> None:
    found = total(org, "speed-to-lead")
    assert (found["assigned"], found["touched"]) == (8, 2)
    assert found["touch_p50"] == 600
    assert found["touch_p90"] == 5 * 3600 + 60  # came in a minute before it was decided
    assert found["assign_p50"] == 120  # of 0, 0, 1, 2, 2 and 3 minutes, and two much later


def test_sla(org: Organisation) -> None:
    """Four hours real time for whoever a pool drew; half of what was missed is still open a day later."""
    found = total(org, "sla")
    assert (found["met"], found["missed"], found["passed_on"]) == (1, 4, 1)
    assert found["overrun_p50"] == 3660  # of 60 and 61 minutes, 11 and 16 hours
    assert found["due"] == found["met"] + found["missed"] + found["running"] + found["passed_on"]
    assert found["attainment"] == pytest.approx(found["met"] / (found["met"] + found["missed"]), abs=1e-6)


def test_every_clock_of_an_assignment_counts_and_pauses_add_up(database: Database) -> None:
    """One hour to accept, four to touch. Ana accepts in time, is stopped for 30 minutes and never touches."""
    both = "{acceptance: {within: 1 hour}, first_touch: {within: 4 hours}}"
    org = organisation(database, RULEBOOK.replace("sla: 4 hours", f"sla: {both}"), members=("ana",))
    work = Work(database, clock=org.clock)
    given = org.decide(Contact(email="p@firm.example"), "e").assignment
    assert given is not None
    org.clock.forward(minutes=10)
    org.desk.accept(given.id)
    work.pause(given.id, "on a plane", None)
    org.clock.forward(minutes=30)
    work.resume(given.id)
    org.clock.forward(hours=5)
    with database.read() as connection:
        table = figures(connection, asked(org, "sla", "clock"), org.clock())
    by_clock = {line.group["clock"]: line.figures for line in table.lines}
    accepted, touched = by_clock["acceptance"], by_clock["first_touch"]
    assert (accepted["attainment"], accepted["overrun_p50"], accepted["paused"]) == (1, None, 0)
    assert (touched["attainment"], touched["overrun_p50"], touched["paused"]) == (0, 70 * 60, 30 * 60)
    assert (table.total.figures["due"], table.total.figures["attainment"]) == (2, 0.5)


def test_load(org: Organisation) -> None:
    with org.database.read() as connection:
        table = figures(connection, asked(org, "load", "rep"), org.clock())
    by_rep = {line.group["rep"]: line.figures for line in table.lines}
    assert (by_rep["dan"]["open"], by_rep["dan"]["given"]) == (2, 2)
    assert sum(line["rejected"] or 0 for line in by_rep.values()) == 1
    assert table.total.figures["open"] == 6
    assert sum(line.figures["given"] or 0 for line in table.lines) == table.total.figures["given"]


def test_fallback(org: Organisation) -> None:
    """Seven events: what was rejected, reassigned and answered is not counted again, nor the old one."""
    found = total(org, "fallback")
    assert (found["decided"], found["fallback"], found["held"], found["asked"]) == (7, 4, 1, 1)
    assert found["matched"] == 2
    assert found["fallback_share"] == pytest.approx(4 / 7, abs=1e-6)


def test_conflicts(org: Organisation) -> None:
    found = total(org, "conflicts")
    assert (found["questions"], found["open"], found["disputes"]) == (1, 0, 0)
    assert found["resolve_p50"] == 4 * 3600 + 51 * 60 + 86400


def test_the_review_queue(org: Organisation) -> None:
    with org.database.read() as connection:
        table = figures(connection, asked(org, "review-queue", "kind"), org.clock())
    by_kind = {line.group["kind"]: line.figures for line in table.lines}
    assert by_kind["held"]["open"] == 1
    assert by_kind["held"]["oldest"] == by_kind["held"]["age_p50"] == 4 * 3600 + 51 * 60 + 86400
    assert by_kind["asked"]["settled"] == 1


@pytest.mark.parametrize("name", REPORTS)
def test_groups_add_up_and_lead_to_what_they_count(org: Organisation, name: str) -> None:
    report = REPORTS[name]
    with org.database.read() as connection:
        for dimension in report.dimensions:
            wanted = asked(org, name, dimension.name)
            answer = answered(connection, wanted, org.clock())
            for measure in report.measures:
                whole = listed(connection, asked(org, name), measure.name, org.clock(), after=0, limit=1000)
                counted = [
                    listed(
                        connection,
                        asked(org, name, only=dict(group.group)),
                        measure.name,
                        org.clock(),
                        after=0,
                        limit=1000,
                    ).count
                    for group in answer.groups
                ]
                assert sum(counted) == whole.count
                if measure.unit == "count":
                    assert counted == [group.figures[measure.name] for group in answer.groups]


def test_csv_has_a_line_for_each_group_and_the_total(org: Organisation) -> None:
    wanted = asked(org, "load", "rep")
    with org.database.read() as connection:
        lines = list(as_csv(wanted, figures(connection, wanted, org.clock())))
    assert lines[0].startswith("rep,open,")
    assert lines[-1].startswith("(all),6,")
    assert len(lines) == 2 + 4


def test_a_name_is_no_formula_in_csv(org: Organisation) -> None:
    with org.database.write() as connection:
        connection.execute(update(decision_figure).values(source="=1+1"))
    wanted = asked(org, "fallback", "source")
    with org.database.read() as connection:
        lines = list(as_csv(wanted, figures(connection, wanted, org.clock())))
    assert lines[1].startswith("'=1+1,")
