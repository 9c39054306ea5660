"""What lint proves keeps a text from going live, by every way there is; the file alone can allow it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from routing.compiled import Rulebook
from routing.rulebook import parse, version_of
from service.db import rulebooks
from service.db.approvals import Verdict
from service.db.engine import Database
from service.rulebook import approval, remarks
from service.rulebook.examination import NotPublishable, refusals
from service.rulebook.publishing import publish, publish_draft, roll_back
from service.rulebook.scheduling import Scheduler, schedule_draft
from tests.service.organisation import MONDAY, organisation
from tests.service.rules import text_of

HOUR = timedelta(hours=1)
GOOD = text_of("good")
DEAD = (
    GOOD.replace(
        "fallback:",
        """\
  - id: never
    because: Nobody has noticed that good takes them all
    when: {contact.country: IT, contact.employees: {at least: 10}, match.outcome: unmatched}
    then: {queue: nowhere}
fallback:""",
    )
    .replace("then: {rep: dan}", "then: {pool: inbound}")
    .replace("assignee: dan", "pool: inbound")
)
ALLOWED = DEAD + "lint:\n  - {allow: shadowed, of: [never], because: It is for next year}\n"
WARNED = GOOD + "lists:\n  idle: [a, b]\n"


def ways(database: Database, text: str) -> dict[str, Callable[[], object]]:
    """Every way in which a text goes live, or is approved to."""
    with database.write() as connection:
        etag = rulebooks.save_draft(connection, text, author="ann", at=MONDAY).etag
    return {
        "publish": lambda: publish(database, text, author="ann", reason=None, now=MONDAY),
        "draft": lambda: publish_draft(database, etag, author="ann", reason=None, now=MONDAY),
        "schedule": lambda: schedule_draft(
            database, etag, at=MONDAY + HOUR, zone="UTC", author="ann", reason=None,
            four_eyes=False, now=MONDAY,
        ),
        "approve": lambda: approval.review(
            database, etag, reviewer="bob", verdict=Verdict.APPROVED, comment=None, now=MONDAY
        ),
    }  # fmt: skip


def test_an_error_of_lint_refuses_every_way_to_go_live(database: Database) -> None:
    organisation(database, GOOD)
    for way in ways(database, DEAD).values():
        with pytest.raises(NotPublishable) as refused:
            way()
        [error] = refused.value.examination.errors
        assert (error.code, error.subject, error.line) == ("shadowed", "never", 7)
        assert error.witness is not None and error.witness.rule == "good"
        assert refusals(refused.value.examination) == [f"Line 7: {error.message}"]
    with database.read() as connection:
        assert rulebooks.live_version(connection) == version_of(GOOD)
        assert rulebooks.get(connection, version_of(DEAD)) is None


def test_what_the_file_allows_with_a_reason_goes_live(database: Database) -> None:
    organisation(database, GOOD)
    done = publish(database, ALLOWED, author="ann", reason=None, now=MONDAY)
    assert (done.publication.version, done.examination.errors) == (version_of(ALLOWED), ())


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_warnings_go_live_and_are_told(database: Database) -> None:
    organisation(database, GOOD)
    done = publish(database, WARNED, author="ann", reason=None, now=MONDAY)
    assert [warning.code for warning in done.examination.warnings] == ["unused"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_neither_the_way_back_nor_the_hour_of_a_schedule_waits_for_reasoning(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    organisation(database, GOOD)
    ways(database, text_of("may"))["schedule"]()

    def reasoned(*_: object) -> None:
        raise AssertionError("nothing is reasoned about here")

    monkeypatch.setattr(remarks, "standing", reasoned)
    remarks._known.clear()
    assert Scheduler(database, lambda: MONDAY + HOUR).run()
    assert roll_back(database, None, author="ann", reason=None, now=MONDAY + HOUR).warnings.good


def test_a_text_is_reasoned_about_once_until_a_rule_of_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def standing(rulebook: Rulebook, now: datetime, passed: object) -> tuple[()]:
        asked.append(now)
        return ()

    monkeypatch.setattr(remarks, "_known", {})
    monkeypatch.setattr(remarks, "standing", standing)
    day = MONDAY.replace(hour=0, minute=0)
    ends, dated = day + 10 * HOUR, day + 12 * HOUR
    text = GOOD.replace("    then: {rep", f"    until: {ends.isoformat()}\n    then: {{rep")
    book = parse(text.replace("when: {", f"when: {{now: {{since: {dated.isoformat()}}}, "))
    for hours in (0, 1, 9, 10, 11, 12, 23, 24, 25):
        remarks.remarks(book, day + hours * HOUR, None)
    assert asked == [day, ends, dated, day + 24 * HOUR]
