"""Which contacts count as changed, and whether the sums add up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.types.decision import RoutingOutcome
from service.rulebook.comparison import Compared, Comparison, Placement, compare

T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)


def placed(text: str) -> Placement:
    """A placement from ``rule > where``: a rep, ``pool/rep``, or an outcome with its pool, queue or code."""
    rule, _, where = (part.strip() for part in text.partition(">"))
    kind, colon, name = where.partition(":")
    values: dict[str, Any] = dict.fromkeys(("assignee", "pool", "queue", "code", "asked"))
    if colon:
        field = {"queued": "queue", "held": "pool", "rejected": "code", "asked": "asked"}[kind]
        outcome = RoutingOutcome(kind)
        values[field] = name or None
    else:
        outcome = RoutingOutcome.ASSIGNED
        pool, slash, rep = where.rpartition("/")
        values |= {"assignee": rep, "pool": pool if slash else None}
    return Placement(outcome=outcome, rule=rule or None, **values)


def compared(*pairs: tuple[str, str], keep: int = 10, **given: Any) -> Comparison:
    found = (
        Compared(
            decision_id=f"d{number}",
            contact_id=None,
            account_id=None,
            country="DE" if number % 2 else None,
            tier="gold",
            at=T0,
            before=placed(before),
            after=placed(after),
        )
        for number, (before, after) in enumerate(pairs)
    )
    return compare(found, before="live", after="draft", keep=keep, **given)


@pytest.mark.parametrize(
    ("before", "after", "counted_as"),
    [
        ("owner > ann", "owner > ann", None),
        ("owner > ann", "owner > bob", "changed"),
        ("owner > ann", "named > ann", "other_rule"),
        ("dach > dach/ann", "dach > dach/bob", "other_turn"),
        ("dach > dach/ann", "dach > emea/ann", "changed"),
        ("dach > dach/ann", "owner > ann", "changed"),  # no longer a turn of the pool
        ("owner > ann", "late > held:", "changed"),
        ("dach > held:dach", "dach > dach/ann", "changed"),
        ("dach > held:dach", "dach > held:emea", "changed"),
        ("junk > rejected:student", "junk > rejected:partner", "changed"),
        ("junk > rejected:student", "spam > rejected:student", "other_rule"),
        ("ask > asked:ann", "ask > asked:bob", "changed"),
        ("> queued:triage", "> queued:triage", None),
    ],
)
def test_what_counts_as_changed(before: str, after: str, counted_as: str | None) -> None:
    found = compared((before, after))
    counts = {name: getattr(found, name) for name in ("changed", "other_rule", "other_turn")}
    assert counts == {name: int(name == counted_as) for name in counts}
    assert len(found.changes) == found.changed


def test_gains_and_losses_of_a_rep_add_up_to_the_difference() -> None:
    found = compared(
        ("owner > ann", "dach > dach/bob"),
        ("dach > dach/ann", "dach > dach/bob"),
        ("dach > dach/bob", "dach > dach/ann"),
        ("dach > dach/bob", "dach > dach/cleo"),
        ("late > held:", "owner > ann"),
    )
    ann, bob, cleo = sorted(found.reps, key=lambda shift: shift.name)
    assert (ann.before, ann.after, ann.gained, ann.lost, ann.by_turns) == (2, 2, 1, 1, 0)
    assert (bob.before, bob.after, bob.gained, bob.lost, bob.by_turns) == (2, 2, 1, 0, -1)
    assert (cleo.before, cleo.after, cleo.gained, cleo.lost, cleo.by_turns) == (0, 1, 0, 0, 1)
    for shift in (*found.reps, *found.rules, *found.pools, *found.outcomes):
        assert shift.after - shift.before == shift.gained - shift.lost + shift.by_turns
    assert sum(shift.before for shift in found.outcomes) == found.contacts


def test_who_is_left_without_a_rep() -> None:
    found = compared(
        ("owner > ann", "late > held:"),
        ("owner > ann", "junk > rejected:student"),
        ("late > held:", "late > held:"),
        ("> queued:triage", "late > held:"),
    )
    assert (found.newly_held, found.newly_unassigned) == (2, 2)


def test_changes_are_listed_by_rule_and_by_kind_of_contact() -> None:
    found = compared(
        ("owner > ann", "named > bob"),
        ("owner > ann", "named > cleo"),
        ("owner > ann", "owner > ann"),
        ("> queued:triage", "named > bob"),
    )
    assert [(c.before, c.after, c.contacts) for c in found.by_rule] == [
        ("owner", "named", 2),
        ("none", "named", 1),
    ]
    assert {(s.name, s.contacts, s.changed) for s in found.countries} == {("DE", 2, 2), ("none", 2, 1)}
    assert [(s.name, s.contacts, s.changed) for s in found.tiers] == [("gold", 4, 3)]


def test_only_so_many_changes_are_kept_but_every_one_is_told() -> None:
    told: list[str] = []
    pairs = [("owner > ann", "owner > bob")] * 5
    found = compared(*pairs, keep=2, on_change=lambda change: told.append(change.decision_id))
    assert [change.decision_id for change in found.changes] == ["d0", "d1"]
    assert told == [f"d{number}" for number in range(5)]
    assert found.changed == 5
