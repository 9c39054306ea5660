"""The demo's files fit together, and its rulebook is sound."""

from __future__ import annotations

from datetime import UTC, datetime

from routing.testing import TestStatus, check_tests
from service.demo.organisation import hours, organisation

NOW = datetime(2026, 10, 14, 9, 30, tzinfo=UTC)


def test_nothing_is_wrong_with_the_rulebook_and_its_tests_pass() -> None:
    problems, results = check_tests(organisation(NOW).rulebook, "rulebook.yaml")
    assert problems == ()
    assert [result.differences for result in results if result.status is not TestStatus.PASSED] == []
    assert len(results) >= 15


def test_owners_parents_and_deals_name_what_exists() -> None:
    known = organisation(NOW)
    reps = {rep.external_id for rep in known.reps}
    ids = {account.external_id for account in known.accounts}
    held = [account.owner for account in known.accounts if account.owner]
    held += [holder for account in known.accounts for holder in (account.team or {}).values() if holder]
    assert len(ids) == len(known.accounts) == 200
    assert len(reps) == 12
    assert {holder.rep for holder in held} <= reps
    assert {account.parent_id for account in known.accounts if account.parent_id} <= ids
    assert {deal.account_id for deal in known.opportunities} <= ids
    assert {deed.account_id for deed in known.activities} <= ids
    assert {member.rep for pool in known.pools for member in pool.members or ()} <= reps


def test_hours_are_read_as_people_write_them() -> None:
    assert hours("Mon-Tue 08:00-17:00; Fri 08:00-12:00") == {
        "mon": ["08:00-17:00"],
        "tue": ["08:00-17:00"],
        "fri": ["08:00-12:00"],
    }
