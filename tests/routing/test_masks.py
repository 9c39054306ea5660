"""The index over rules and rows says the same as trying each of them."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.compiled import LISTED
from routing.fields import Scope
from routing.route import judge
from routing.rulebook import parse
from routing.types.decision import Verdict
from tests.routing.situations import situation

COUNTRIES = ["DE", "de ", "AT", "US", "XX"]
CONDITIONS = [
    "contact.country: DE",
    "contact.country: [AT, US]",
    "contact.country: {not in: [DE]}",
    "contact.country: {exists: false}",
    "contact.country: {starts with: [D, U]}",
    "contact.employees: {between: [10, 20]}",
    "contact.employees: {at least: 20}",
    "contact.employees: {less than: 10, at least: 3}",
    "contact.employees: {is not: 10}",
    "contact.employees: {in: [3, 20]}",
    "unless: {contact.country: US}",
    "any: [{contact.country: DE}, {contact.employees: 3}]",
    "is: german",
    "contact.source: web, contact.employees: {at most: 20}",
    "account.owner: ana",
    "account.custom.score: {more than: 2.5}",
]
FIELDS = "fields: {account.custom.score: {type: number}}\ndefinitions: {german: {contact.country: DE}}\n"


@st.composite
def books(draw: st.DrawFn) -> str:
    drawn = draw(st.lists(st.sampled_from(CONDITIONS), min_size=LISTED + 1, max_size=LISTED + 20))
    rules = "".join(
        f"- {{id: r{n}, because: x, when: {{{asked}}}, then: {{queue: q{n}}}}}\n"
        for n, asked in enumerate(drawn)
    )
    return f"version: 1\n{FIELDS}rules:\n{rules}fallback: {{then: {{queue: q}}}}\n"


CONTACTS = st.fixed_dictionaries(
    {},
    optional={
        "country": st.sampled_from(COUNTRIES),
        "employees": st.sampled_from([0, 3, 9, 10, 19, 20, 21]),
        "source": st.sampled_from(["web", "WEB", "expo"]),
    },
)
ACCOUNTS = st.fixed_dictionaries(
    {"owner": st.sampled_from(["ana", "bo"]), "custom": st.sampled_from([{}, {"score": 3}])}
)
OUT = (Verdict.NOT_APPLICABLE, Verdict.EXPIRED, Verdict.NOT_YET)


@settings(max_examples=40, deadline=None)
@given(text=books(), contacts=st.lists(st.tuples(CONTACTS, st.none() | ACCOUNTS), min_size=1, max_size=6))
def test_a_large_book_decides_as_if_every_rule_were_asked(
    text: str, contacts: list[tuple[dict[str, Any], dict[str, Any] | None]]
) -> None:
    book = parse(text)
    assert book.index is not None
    for contact, account in contacts:
        found = situation({"contact": contact, "account": account}, book)
        quick, full = judge(found.facts, book, found.now), judge(found.facts, book, found.now, every=True)
        assert quick.rule == full.rule
        assert quick.claims == tuple(claim for claim in full.claims if claim.verdict not in OUT)
        assert len(full.claims) == len(book.rules)


@settings(max_examples=40, deadline=None)
@given(
    drawn=st.lists(st.sampled_from(CONDITIONS[:10]), min_size=1, max_size=12, unique=True), contact=CONTACTS
)
def test_a_table_gives_the_first_row_that_fits(drawn: list[str], contact: dict[str, Any]) -> None:
    rows = "".join(f"    - {{{asked}, region: r{n}}}\n" for n, asked in enumerate(drawn))
    rules = "".join(
        f"- {{id: r{n}, because: x, when: {{{asked}}}, then: {{queue: r{n}}}}}\n"
        for n, asked in enumerate(drawn)
    )
    book = parse(
        f"version: 1\ntables:\n  t:\n    results: {{region: text}}\n    rows:\n{rows}"
        f"rules:\n{rules}fallback: {{then: {{queue: none}}}}\n"
    )
    found = situation({"contact": contact}, book)
    region = book.catalogue.fields["table.t.region"].get(Scope(found.facts, found.now, book.zone), None)
    queue = judge(found.facts, book, found.now).request.queue
    assert (region or "none") == queue
