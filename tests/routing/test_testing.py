"""The test runner says in words what was not as expected."""

from __future__ import annotations

import pytest

from routing.problems import RulebookInvalid
from routing.rulebook import parse
from routing.testing import TestStatus, check_tests, run_test_file, run_tests

BOOK = """\
version: 1
rules:
  - id: owner
    because: The owner has the account
    when: {account.tier: strategic}
    then: {owner of: account}
fallback: {then: {pool: inbound}}
fixtures:
  now: 2026-03-02T09:00:00Z
  accounts: {acme: {tier: strategic, owner: ana}}
tests:
"""


def differences(test: str) -> tuple[str, ...]:
    [result] = run_tests(parse(BOOK + f"  - {test}\n"))
    assert result.status is (TestStatus.FAILED if result.differences else TestStatus.PASSED)
    return result.differences


def test_a_test_that_passes_has_no_differences() -> None:
    assert differences("{name: t, given: {account: acme}, expect: {assignee: ana, rule: owner}}") == ()


def test_a_wrong_rule_says_what_became_of_the_expected_one() -> None:
    assert differences("{name: t, given: {account: {tier: other}}, expect: {rule: owner}}") == (
        "rule: expected 'owner', got 'fallback'. "
        "The rule 'owner' does not apply: account.tier is other (wanted: strategic).",
    )


def test_a_wrong_assignee_says_who_has_it() -> None:
    assert differences("{name: t, given: {account: acme}, expect: {assignee: bo}}") == (
        "assignee: expected 'bo', got 'ana'. ana has the contact, by the rule 'owner'.",
    )


def test_nothing_can_be_expected() -> None:
    assert differences("{name: t, given: {account: acme}, expect: {assignee: ana, pool: null}}") == ()
    assert differences("{name: t, given: {account: acme}, expect: {assignee: null}}") == (
        "assignee: expected nothing, got 'ana'. ana has the contact, by the rule 'owner'.",
    )


def test_verdicts_are_compared_and_unknown_rules_named() -> None:
    assert differences("{name: t, expect: {verdicts: {owner: won, other: won}}}") == (
        "verdict of 'owner': expected won, got not_applicable. "
        "The rule 'owner' does not apply: account.tier is missing (wanted: strategic).",
        "verdicts: there is no rule 'other'",
    )


def test_a_large_book_says_of_every_rule_what_became_of_it() -> None:
    more = "".join(
        f"  - {{id: r{n}, because: b, when: {{contact.source: s{n}}}, then: {{queue: q}}}}\n"
        for n in range(101)
    )
    book = BOOK.replace("fallback:", more + "fallback:", 1)
    expect = "{rule: r8, verdicts: {r7: not applicable, owner: not applicable, r8: won}}"
    [result] = run_tests(
        parse(f"{book}  - {{name: t, given: {{contact: {{source: s9}}}}, expect: {expect}}}\n")
    )
    assert result.differences == (
        "rule: expected 'r8', got 'r9'. The rule 'r8' does not apply: contact.source is s9 (wanted: s8).",
        "verdict of 'r8': expected won, got not_applicable. "
        "The rule 'r8' does not apply: contact.source is s9 (wanted: s8).",
    )


def test_where_a_conflict_prefers_the_rule_that_has_it_is_expected() -> None:
    rules = BOOK.replace(
        "fallback:",
        "  - {id: deal, because: b, when: {account.tier: strategic}, then: {rep: bo}}\n"
        "conflicts: [{id: c, because: b, between: [owner of account, rep], prefer: rep}]\nfallback:",
        1,
    )
    [result] = run_tests(parse(f"{rules}  - {{name: t, given: {{account: acme}}, expect: {{rule: c}}}}\n"))
    assert result.differences == (
        "rule: expected 'c', got 'deal'. "
        "The conflict 'c' decided for the rule 'deal', and that is the rule to expect.",
    )


def test_an_unknown_verdict_lists_those_there_are() -> None:
    [difference] = differences("{name: t, expect: {verdicts: {owner: lost}}}")
    assert difference.startswith("verdicts: 'lost' is not one of won, agreed, outranked")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("{account: acne}", "there is no account 'acne' under 'fixtures' (acme)"),
        ("{activities: [{at: lately}]}", "'lately' (activity.at) is no time"),
        ("{reps: {ana: {hours: {mon-fri: nine to five}}}}", "'nine to five' is no stretch of a day"),
        ("{reps: {ana: {hours: {moon: '09:00-10:00'}}}}", "'moon' are no weekdays"),
    ],
)
def test_a_situation_that_cannot_be_built_is_broken_and_says_why(given: str, message: str) -> None:
    [result] = run_tests(parse(BOOK + f"  - {{name: t, given: {given}, expect: {{rule: fallback}}}}\n"))
    assert result.status is TestStatus.BROKEN
    assert message in result.differences[0]


def test_a_result_knows_its_line() -> None:
    [result] = run_tests(parse(BOOK + "  - {name: t, expect: {rule: fallback}}\n"))
    assert (result.file, result.line) == ("rulebook.yaml", 12)


def test_a_test_file_adds_to_the_fixtures_of_the_rulebook() -> None:
    text = """\
fixtures: {accounts: {globex: {tier: strategic, owner: bo}}}
tests:
  - {name: old, given: {account: acme}, expect: {assignee: ana}}
  - {name: new, given: {account: globex}, expect: {assignee: bo}}
"""
    results = run_test_file(text, parse(BOOK.replace("tests:\n", "")))
    assert [result.status for result in results] == [TestStatus.PASSED, TestStatus.PASSED]


def test_a_faulty_test_file_says_where() -> None:
    with pytest.raises(RulebookInvalid) as invalid:
        run_test_file(
            "tests:\n  - {name: t, expects: {}}\n", parse(BOOK.replace("tests:\n", "")), "x_test.yaml"
        )
    assert [str(problem) for problem in invalid.value.problems] == [
        "x_test.yaml:2:5: error: test 't': a test needs 'expect'; what must come out",
        "x_test.yaml:2:15: error: test 't': 'expects' is no key of a test; did you mean 'expect'?",
    ]


# A test with a fault, and what is said of it: the test by its name, the field by that of the list it is in.
FAULTY = [
    (
        "{name: owner first, given: {opportunities: [{stgae: won}]}, expect: {}}",
        "test 'owner first': 'stgae' is no key of entry 1 of 'opportunities'; did you mean 'stage'?",
    ),
    (
        "{name: owner first, given: {earlier: [{rep: ana}, {status: x}]}, expect: {}}",
        "test 'owner first': entry 2 of 'earlier' needs 'rep'; the rep who got it",
    ),
    (
        "{name: owner first, given: {inactive: [ana, [bo]]}, expect: {}}",
        "test 'owner first': entry 2 of 'inactive' must be text",
    ),
    (
        "{name: owner first, given: {contact: {emial: a@b.example}}, expect: {}}",
        "test 'owner first': 'emial' is no key of 'contact'; did you mean 'email'?",
    ),
    ("{given: {}, expect: {}}", "test 1: a test needs 'name'; what the test shows, in words"),
    ("a word", "test 1: a test is a mapping of keys and values; write 'key: value' lines"),
]


@pytest.mark.parametrize(("case", "said"), FAULTY)
def test_a_fault_names_the_test_and_the_field(case: str, said: str) -> None:
    without = BOOK.replace("tests:\n", "")
    with pytest.raises(RulebookInvalid) as of_file:
        run_test_file(f"tests:\n  - {case}\n", parse(without), "x_test.yaml")
    with pytest.raises(RulebookInvalid) as of_book:
        parse(f"{BOOK}  - {case}\n")
    for invalid in (of_file, of_book):
        assert [str(problem).partition(": error: ")[2] for problem in invalid.value.problems] == [said]


def test_checking_and_testing_in_one() -> None:
    problems, results = check_tests(BOOK + "  - {name: t, expect: {rule: owner}}\n")
    assert problems == ()
    assert [result.status for result in results] == [TestStatus.FAILED]
    problems, results = check_tests("version: 1\n")
    assert [problem.code for problem in problems] == ["missing_key"]
    assert results == ()
