"""The benchmark's files as values: accounts, contacts, and what is expected."""

from __future__ import annotations

import csv
import gzip
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from matching.sites import site_of
from matching.types import Account, AccountId, Contact
from service.imports.quick import domains_of

SHARED = Path(os.environ.get("MUSTER_SHARED", Path(__file__).resolve().parents[2].parent / "shared"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One labelled contact: what came in, the right account (None: no account), and its whole row."""

    qid: str
    contact: Contact
    expected: str | None
    row: dict[str, str]


def rows(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV, gzipped or not."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def accounts(folder: Path) -> list[Account]:
    """Read ``accounts.csv.gz`` of a benchmark folder."""
    return [to_account(row) for row in rows(folder / "accounts.csv.gz")]


def to_account(row: dict[str, str]) -> Account:
    """Make an account of a row with account_id, name, website, domains, country, city, phone, parent_id."""
    return Account(
        id=AccountId(row["account_id"]),
        name=row["name"],
        domains=domains_of(row["name"], row.get("website"), row.get("domains")),
        site=site_of(row.get("website") or ""),
        country=row.get("country") or None,
        city=row.get("city") or None,
        phone=row.get("phone") or None,
        parent_id=AccountId(row["parent_id"]) if row.get("parent_id") else None,
    )


def queries(folder: Path) -> list[Query]:
    """Read ``contacts.csv.gz`` of a benchmark folder."""
    return [to_query(row) for row in rows(folder / "contacts.csv.gz")]


def to_query(row: dict[str, str]) -> Query:
    """Make a labelled contact of a row."""
    fields = ("company", "email", "website", "country", "city", "phone")
    contact = Contact(external_id=row["qid"], **{name: row.get(name) or None for name in fields})  # type: ignore[arg-type]
    return Query(qid=row["qid"], contact=contact, expected=row.get("expected") or None, row=row)
