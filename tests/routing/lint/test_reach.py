"""What a valid rulebook probably does not mean to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from routing.lint import lint
from routing.problems import Severity
from routing.rulebook import parse
from tests.routing.situations import rotation

NOW = datetime(2026, 6, 15, tzinfo=UTC)
HEAD = "version: 1\nlists: {dach: [DE, AT, CH]}\n"


def found(rules: str, extra: str = "") -> list[tuple[str, int]]:
    text = f"{HEAD}{extra}rules:\n{rules}fallback: {{then: {{queue: nobody}}}}\n"
    told = ("shadowed", "never_applies", "expired", "not_yet_valid", "undecided")
    return [(p.code, p.line) for p in lint(parse(text), NOW) if p.code in told]


def rule(name: str, when: str | None, then: str = "{queue: q}", more: str = "") -> str:
    condition = f"when: {when}, " if when else ""
    return f"  - {{id: {name}, because: x, {condition}then: {then}{more}}}\n"


@pytest.mark.parametrize(
    ("above", "below", "is_shadowed"),
    [
        ("{contact.country: DE}", "{contact.country: DE}", True),
        ("{contact.country: [DE, AT]}", "{contact.country: de}", True),
        ("{contact.country: {in: dach}}", "{contact.country: AT, contact.city: Wien}", True),
        ("{contact.country: AT}", "{contact.country: [DE, AT]}", False),
        ("{contact.employees: {at least: 250}}", "{contact.employees: {between: [250, 4000]}}", True),
        ("{contact.employees: {more than: 250}}", "{contact.employees: {between: [250, 4000]}}", False),
        ("{contact.employees: {less than: 250}}", "{contact.employees: {at most: 250}}", False),
        ("{contact.employees: {at most: 250}}", "{contact.employees: {less than: 250}}", True),
        ("{contact.employees: {at least: 5}}", "{contact.employees: 7}", True),
        ("{unless: {contact.city: Bonn}}", "{contact.country: DE, unless: {contact.city: Bonn}}", True),
        ("{unless: {contact.city: Bonn}}", "{contact.city: Wien}", True),
        ("{any: [{contact.city: Bonn}]}", "{contact.city: Bonn}", True),
        ("{contact.city: {contains: o}}", "{contact.city: {contains: o}}", True),
        (
            "{opportunities: {any: {open: true}}}",
            "{opportunities: {any: {open: true}}, contact.city: x}",
            True,
        ),
    ],
)
def test_a_rule_below_one_that_always_applies_when_it_does(above: str, below: str, is_shadowed: bool) -> None:
    expected = [("shadowed", 5)] if is_shadowed else []
    assert found(rule("above", above) + rule("below", below, "{pool: p}")) == expected


def test_long_values_that_differ_at_the_end_are_told_apart() -> None:
    long = "a" * 100
    rules = rule("above", f"{{contact.city: {{contains: {long}b}}}}")
    assert found(rules + rule("below", f"{{contact.city: {{contains: {long}c}}}}")) == []


def test_a_rule_above_that_may_name_nobody_shadows_nothing() -> None:
    above = rule("above", "{contact.city: x}", "{owner of: account}")
    assert found(above + rule("below", "{contact.city: x}")) == []


def test_a_rule_above_that_is_not_always_valid_shadows_only_within_its_time() -> None:
    above = rule("above", "{contact.city: x}", more=", from: 2026-01-01, until: 2027-01-01")
    assert found(above + rule("below", "{contact.city: x}")) == []
    inner = ", from: 2026-02-01, until: 2026-12-01"
    assert found(above + rule("below", "{contact.city: x}", more=inner)) == [("shadowed", 5)]


def test_a_conflict_between_the_two_kinds_is_no_shadow() -> None:
    conflict = "conflicts: [{id: c, because: x, between: [queue, rep], prefer: rep}]\n"
    rules = rule("above", "{contact.city: x}") + rule("below", "{contact.city: x}", "{rep: ana}")
    assert found(rules, conflict) == []


def test_a_rule_without_condition_makes_the_fallback_useless() -> None:
    assert found(rule("everything", None)) == [("shadowed", 5)]


@pytest.mark.parametrize(
    "when",
    [
        "{all: [{contact.country: DE}, {contact.country: [AT, CH]}]}",
        "{contact.employees: {at least: 250, less than: 250}}",
        "{contact.employees: {more than: 5, at most: 5}}",
        "[{contact.employees: 5}, {contact.employees: {at least: 6}}]",
    ],
)
def test_conditions_that_exclude_each_other(when: str) -> None:
    assert found(rule("never", when)) == [("never_applies", 4)]


@pytest.mark.parametrize(
    ("above", "below", "is_shadowed"),
    [
        (
            ["{contact.motion: inbound}", "{contact.motion: outbound}"],
            "{contact.motion: {exists: true}}",
            True,
        ),
        (
            ["{contact.employees: {less than: 9}}", "{contact.employees: {at least: 9}}"],
            "{contact.employees: 5}",
            True,
        ),
        (
            ["{contact.employees: {less than: 9}}", "{contact.employees: {more than: 9}}"],
            "{contact.city: x}",
            False,
        ),
        (["{contact.email: {ends with: .de}}"], "{contact.email: {ends with: gmbh.de}}", True),
        (["{contact.email: {ends with: .de}}"], "{contact.email: {contains: .de}}", False),
        (["{contact.title: {matches: '(?i)head of'}}"], "{contact.title: {matches: '(?i)head of'}}", True),
        (["{contact.title: {matches: '^vp'}}"], "{contact.title: {matches: 'vp$'}}", False),
        (
            ["{opportunities: {any: {open: true}}}"],
            "{opportunities: {count: {at least: 2, where: {open: true}}}}",
            True,
        ),
        (["{opportunities: {any: {open: true}}}"], "{opportunities: {any: {kind: new}}}", False),
        (["{account.owner: {exists: true}}"], "{account.owner.role: AE}", True),
        (["{match.outcome: matched}"], "{activities: {any: {direction: both}}}", True),
        (["{contact.occurred_at: {within: 60 days}}"], "{contact.occurred_at: {within: 30 days}}", True),
        (["{contact.occurred_at: {within: 30 days}}"], "{contact.occurred_at: {within: 60 days}}", False),
        (["{now.hour: {less than: 12}}", "{now.hour: {at least: 12}}"], "{contact.city: x}", True),
        (["{now.hour: {between: [9, 17]}}"], "{now.weekday: [saturday, sunday]}", False),
    ],
)
def test_what_several_rules_take_together(above: list[str], below: str, is_shadowed: bool) -> None:
    rules = "".join(rule(f"a{number}", when) for number, when in enumerate(above))
    wanted = [("shadowed", 4 + len(above))] if is_shadowed else []
    told = found(rules + rule("below", below, "{pool: p}"))
    assert [each for each in told if each[1] == 4 + len(above)] == wanted


def test_what_depends_on_a_pattern_is_said_to_be_undecided() -> None:
    rules = rule("above", "{contact.title: {matches: '^a+$'}}")
    rules += rule("below", "{contact.title: {matches: '^(aa)+$'}}", "{pool: p}")
    assert found(rules) == [("undecided", 5)]


def test_rules_out_of_time() -> None:
    rules = rule("over", "{contact.city: x}", more=", until: 2026-06-15")
    rules += rule("later", "{contact.city: y}", more=", from: 2026-06-16")
    assert found(rules) == [("expired", 4), ("not_yet_valid", 5)]


def test_what_nobody_uses() -> None:
    text = f"{HEAD}definitions: {{big: {{contact.employees: 5}}}}\nfallback: {{then: {{queue: q}}}}\n"
    assert [p.message for p in lint(parse(text), NOW)] == [
        "the list 'dach' is used nowhere",
        "the definition 'big' is used nowhere",
    ]


def test_a_definition_that_another_one_uses_is_used() -> None:
    definitions = (
        "definitions:\n  big: {contact.employees: {at least: 250}}\n  vast: {is: big, contact.city: x}\n"
    )
    text = f"version: 1\n{definitions}rules:\n{rule('a', '{is: vast}')}fallback: {{then: {{queue: q}}}}\n"
    assert "unused" not in {p.code for p in lint(parse(text), NOW)}


def test_with_a_directory_pools_nobody_can_draw_from_and_reps_who_left() -> None:
    text = "version: 1\nrules:\n" + rule("a", "{contact.city: x}", "{pool: p}")
    text += rule("b", "{contact.city: y}", "{rep: ana}") + "fallback: {then: {pool: gone}}\n"
    known = rotation(pools={"p": ["ana"]}, reps={"ana": {"active": False}})
    assert [(p.code, p.line) for p in lint(parse(text), NOW, known) if p.severity is Severity.WARNING] == [
        ("empty_pool", 3),
        ("inactive_rep", 4),
        ("unknown_pool", 5),
    ]


@pytest.mark.parametrize(
    ("settings", "hint"),
    [
        ({}, "contacts for it are held until it has"),
        ({"nobody": "overflow", "overflow": "all"}, "contacts for it go on to the pool 'all'"),
        ({"nobody": "queue", "queue": "Desk"}, "contacts for it go into the queue 'Desk'"),
        ({"nobody": "next_rule"}, "the next rule that applies decides about contacts for it"),
    ],
)
def test_what_becomes_of_contacts_for_a_pool_without_members(settings: dict[str, str], hint: str) -> None:
    text = f"version: 1\nrules:\n{rule('a', '{contact.city: x}', '{pool: p, sticky: 30 days}')}"
    known = rotation(pools={"p": {"members": [], **settings}, "all": ["ana"]}, reps={"ana": {}})
    told = lint(parse(text + "fallback: {then: {pool: all}}\n"), NOW, known)
    assert [p.hint for p in told if p.code == "empty_pool"] == [hint]
