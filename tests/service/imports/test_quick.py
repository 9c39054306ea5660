"""service/imports/quick.py: the short way of reading a row says what the long way says."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.normalize import normalize
from matching.types import Account, NormalizedContact
from service.db.account_state import apply, as_matching
from service.imports import quick, rows
from service.imports.headers import Kind, recognise
from service.imports.quick import Reader
from service.imports.reading import Format, Source, open_bytes
from service.records.accounts import AccountRecord
from service.records.contacts import ContactIn

ACCOUNTS = "account_id,name,website,domains,country,state,city,phone,parent_id,aliases,lifecycle,tier"
CONTACTS = "contact_id,company,email,website,country,state,city,phone,account_id"

CELL = st.one_of(
    st.sampled_from(
        ["", " ", "A1", "Acme Robotics GmbH", "https://www.acme.de/x?y", "https://ng.acme.com/x",
         "acme.de; acme.com, b.gov.uk",
         "#N/A", '="0042"', "=A1", "#hash", "gmail.com", "Germany", "DE", "Narnia", "'=1+1",
         "'s-Hertogenbosch", "Zürich", "a\tb", "two\nlines",
         "x" * 300, "\u200b", "http://u@acme.de", "acme.de\\x", "dana@acme.de", "not an address", "n/a",
         "+49 30 1234567", "Old; New", "Globex (former); GX (Acronym) ;Globex; (brand)"]
    ),
    st.text(max_size=12),
)  # fmt: skip


def source(headers: str) -> Source:
    return open_bytes(io.BytesIO(f"{headers}\nx".encode()), Format.CSV)


def slow_account(headers: str, row: list[str]) -> Account | None:
    record = rows.from_cells(Kind.ACCOUNTS, recognise(Kind.ACCOUNTS, headers.split(",")), 2, row).record
    if not isinstance(record, AccountRecord) or record.name is None:
        return None
    return as_matching(apply(None, record, quick.WHENEVER), quick.WHENEVER)


def slow_contact(headers: str, row: list[str]) -> NormalizedContact | None:
    record = rows.from_cells(Kind.CONTACTS, recognise(Kind.CONTACTS, headers.split(",")), 2, row).record
    return normalize(record.contact()) if isinstance(record, ContactIn) else None


@settings(max_examples=150, deadline=None)
@given(row=st.lists(CELL, min_size=1, max_size=12))
def test_an_account(row: list[str]) -> None:
    assert Reader(Kind.ACCOUNTS, source(ACCOUNTS)).account(2, row) == slow_account(ACCOUNTS, row)


@settings(max_examples=150, deadline=None)
@given(row=st.lists(CELL, min_size=1, max_size=9))
def test_a_contact(row: list[str]) -> None:
    assert Reader(Kind.CONTACTS, source(CONTACTS)).contact(2, row) == slow_contact(CONTACTS, row)


@pytest.mark.parametrize(
    ("headers", "row"),
    [
        (ACCOUNTS, ["A1", "Acme", "https://www.acme.de", "acme.com;acme.de;nonsense", "Germany", "", "Ulm"]),
        (ACCOUNTS, ["A1", "Acme", "", "", "", "", "", "", "A0", "Zett; Alpha; Zett", "customer", "gold"]),
        (ACCOUNTS, ["A1", "Acme", "", "gmail.com", "Narnia"]),
        (ACCOUNTS, ["A1", "www.acme.com", "", "zett.com; acme.io"]),
        (ACCOUNTS, ["A1", "Acme", "", "nord.acme.de; mail.acme.io; x.b.acme.eu; y.b.acme.eu"]),
        (ACCOUNTS, ["A1", "Acme", "sud.acme.de", "nord.acme.de; lab.acme.io; acme.io"]),
        (ACCOUNTS, ["A1", "LinkedIn", "https://linkedin.com", "linkedin.com; facebook.com"]),
        (
            ACCOUNTS,
            ["A1", "Meta", "facebook.com", "facebook.com", "", "", "", "", "", "Facebook (brand)"],
        ),
    ],
)
def test_accounts_that_people_have(headers: str, row: list[str]) -> None:
    found = Reader(Kind.ACCOUNTS, source(headers)).account(2, row)
    assert found is not None and found == slow_account(headers, row)


def test_what_is_wrong_in_a_column_that_matching_does_not_use_leaves_no_account_out() -> None:
    headers = "account_id,name,employees"
    found = Reader(Kind.ACCOUNTS, source(headers)).account(2, ["A1", "Acme", "many"])
    assert found is not None and found.name == "Acme"


@pytest.mark.parametrize(("kind", "read"), [(Kind.ACCOUNTS, Reader.account), (Kind.CONTACTS, Reader.contact)])
def test_records_of_json_go_the_long_way(kind: Kind, read: Callable[[Reader, int, object], object]) -> None:
    lines = open_bytes(io.BytesIO(b"{}"), Format.NDJSON)
    reader = Reader(kind, lines)
    said = {"external_id": "A1", "name": "Acme"} if kind is Kind.ACCOUNTS else {"company": "Acme"}
    assert read(reader, 1, said) is not None
    assert read(reader, 1, {"nonsense": 1}) is None
    assert read(reader, 1, None) is None
