"""The live rulebook in a process, on both databases."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from matching.policy import default_policy
from matching.types import Contact
from routing.rulebook import version_of
from service.db import policies, rulebooks
from service.db.engine import Database
from service.db.recorded import Span
from service.db.tables import rulebook, rulebook_state
from service.decision import Decision
from service.flow.flow import Flow
from service.rulebook import publishing
from service.rulebook.examination import NotPublishable
from service.rulebook.live import LiveRulebook, NoRulebook, Policies, RulebookUnreadable
from service.rulebook.replay import drifted
from tests.service.organisation import MONDAY, arriving, organisation
from tests.service.rules import text_of


def publish(database: Database, text: str) -> str:
    with database.write() as connection:
        said = rulebooks.publish(connection, text, author="ann", reason=None, at=MONDAY)
    return said.version


def put_live(database: Database, text: str) -> str:
    done = publishing.publish(database, text, author="ann", reason="on and on", now=MONDAY)
    return done.publication.version


def live(database: Database, rules: LiveRulebook) -> str:
    with database.read() as connection:
        return rules.current(connection).version


@contextmanager
def another_process(database: Database) -> Iterator[Database]:
    """The same database, opened a second time."""
    other = Database(database.url.render_as_string(hide_password=False))
    yield other
    other.dispose()


def test_nothing_can_be_decided_before_the_first_publication(database: Database) -> None:
    with database.read() as connection, pytest.raises(NoRulebook):
        LiveRulebook().current(connection)


def test_a_version_is_compiled_once_in_a_process(database: Database) -> None:
    publish(database, text_of("a"))
    rules = LiveRulebook()
    with database.read() as connection:
        assert rules.current(connection) is rules.current(connection)


def test_every_process_changes_over_with_its_next_decision(database: Database) -> None:
    here, there = LiveRulebook(), LiveRulebook()
    with another_process(database) as other:
        for name in "aba":
            version = publish(database, text_of(name))
            assert live(database, here) == live(other, there) == version


def test_a_transaction_decides_under_the_version_it_began_to_decide_under(database: Database) -> None:
    """On SQLite a reader keeps its state; on PostgreSQL the flow asks once for each batch."""
    first = publish(database, text_of("a"))
    rules = LiveRulebook()
    with database.read() as connection:
        before = rules.current(connection)
        publish(database, text_of("b"))
    assert before.version == first
    assert live(database, rules) == version_of(text_of("b"))


def test_a_version_this_program_cannot_read_is_refused_and_breaks_nothing_else(database: Database) -> None:
    good = publish(database, text_of("a"))
    rules = LiveRulebook()
    assert live(database, rules) == good
    with database.write() as connection:  # as a newer program would have published it
        connection.execute(
            insert(rulebook).values(version="newer", text="version: 2\nmagic: true\n", created_at=MONDAY)
        )
        connection.execute(update(rulebook_state).values(live="newer"))
    for _ in range(2):
        with pytest.raises(RulebookUnreadable, match="newer"):
            live(database, rules)
    assert publish(database, text_of("a")) == live(database, rules) == good


def test_the_policy_is_on_record_once_a_decision_is_stored(database: Database) -> None:
    shown = organisation(database)
    made = shown.decide(Contact(email="a@b.example"), "one")
    shown.decide(Contact(email="b@b.example"), "two")
    with database.read() as connection:
        assert policies.get(connection, made.versions.policy) == default_policy()


def test_a_policy_whose_first_transaction_failed_is_recorded_by_the_next(database: Database) -> None:
    known = Policies()
    with pytest.raises(RuntimeError), database.write() as connection:
        known.record(connection, MONDAY)
        raise RuntimeError("cut off")
    for _ in range(2):
        with database.write() as connection:
            known.record(connection, MONDAY + timedelta(days=1))
    with database.read() as connection:
        assert policies.get(connection, default_policy().version) is not None


def test_decisions_taken_while_rulebooks_are_published_name_one_version_and_replay_to_themselves(
    database: Database,
) -> None:
    """Four threads decide in two "processes" while versions change over, and bad ones are tried."""
    shown = organisation(database, text_of("v0"))
    versions = [version_of(text_of("v0"))]
    decisions: list[tuple[int, Decision, int]] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def decide(flow: Flow, who: int) -> None:
        try:
            number = 0
            while not done.is_set() or number < 5:
                number += 1
                known = len(versions)
                event = arriving(Contact(external_id=f"{who}-{number}", country="DE"), f"{who}-{number}")
                [handled] = flow.handle([event])
                decisions.append((known, handled.decision, len(versions)))
        except BaseException as error:  # noqa: BLE001 - told by the test's own thread
            failures.append(error)

    with another_process(database) as other:
        flows = [
            Flow(opened, LiveRulebook(), Policies(), clock=shown.clock, new_id=_ids(str(place)))
            for place, opened in enumerate((database, other))
        ]
        threads = [threading.Thread(target=decide, args=(flows[who % 2], who)) for who in range(4)]
        for thread in threads:
            thread.start()
        for number in range(1, 16):
            if number % 3 == 0:
                with pytest.raises(NotPublishable):
                    put_live(database, text_of("bad").replace("pool: inbound", "pool: nowhere"))
            versions.append(put_live(database, text_of(f"v{number}")))
        done.set()
        for thread in threads:
            thread.join()

    assert not failures
    assert len(decisions) >= 20
    for known_before, decision, known_after in decisions:
        assert decision.versions.rulebook == decision.routing.rulebook_version
        assert decision.versions.rulebook in versions[known_before - 1 : known_after + 1]
        marker = next(claim for claim in decision.routing.claims if claim.kind == "rep")
        assert version_of(text_of(marker.rule)) == decision.versions.rulebook
    with database.read() as connection:
        assert rulebooks.live_version(connection) == versions[-1]
    span = Span(since=MONDAY - timedelta(days=1), until=MONDAY + timedelta(days=1))
    assert list(drifted(database, span)) == []


def _ids(prefix: str) -> Callable[[], str]:
    numbers = itertools.count()
    return lambda: f"{prefix}-{next(numbers):06}"
