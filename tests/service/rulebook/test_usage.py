"""What each rule decided and which never did; on both databases."""

from __future__ import annotations

from datetime import timedelta

from matching.types import MatchOutcome
from routing.rulebook import version_of
from routing.types.decision import Claim, Finding, RoutingOutcome, Verdict
from service.db.engine import Database
from service.rulebook.publishing import publish
from service.rulebook.usage import Obstacle, usage
from tests.service.organisation import MONDAY, organisation
from tests.service.rulebook.log import log
from tests.service.rules import text_of

DAY = timedelta(days=1)
FRANCE = """\
  - id: france
    because: France too
    when: {contact.country: FR}
    then: {rep: dan}
fallback:
"""


def test_rules_with_their_shares_and_why_some_are_silent(database: Database) -> None:
    first = text_of("italy")
    organisation(database, first)
    second = first.replace("fallback:\n", FRANCE)
    publish(database, second, author="ann", reason=None, now=MONDAY + DAY)
    unmet = Finding(field="contact.country", operator="is", wanted="FR", actual="IT")
    claims = (
        Claim(rule="italy", kind="rep", verdict=Verdict.WON),
        Claim(rule="france", kind="rep", verdict=Verdict.NOT_APPLICABLE, finding=unmet),
    )
    decided = (RoutingOutcome.ASSIGNED, MatchOutcome.MATCHED)
    with database.write() as connection:
        log(connection, version_of(first), [(MONDAY - 60 * DAY, "fallback", *decided)])
        log(connection, version_of(first), [(MONDAY, "gone", *decided)])
        log(connection, version_of(second), [(MONDAY + 2 * DAY, "italy", *decided)] * 3, claims=claims)
    with database.read() as connection:
        found = usage(connection, MONDAY - 10 * DAY, MONDAY + 10 * DAY)
    assert found is not None
    assert (found.decisions, found.former, found.silent) == (4, {"gone": 1}, ["france", "fallback"])
    italy, france, fallback = found.rules
    assert (italy.decisions, italy.share, italy.last_at) == (3, 0.75, MONDAY + 2 * DAY)
    assert (italy.added_at, france.added_at) == (MONDAY, MONDAY + DAY)
    assert (france.last_at, fallback.last_at) == (None, MONDAY - 60 * DAY)
    assert france.obstacles == [
        Obstacle(
            sentence="The rule 'france' does not apply: contact.country is IT (wanted: FR).", decisions=3
        )
    ]
