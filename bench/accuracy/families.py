"""Name families: contacts that share an organisation, a name's beginning or a company domain.

Cross-validation keeps a family on one side, so that no fold is asked about
a name that another fold's fit has seen in another spelling.
"""

from __future__ import annotations

import hashlib
import re

from bench.accuracy.data import Query
from matching.types import DomainKind, NormalizedContact

FOLDS = 5


def folds(queries: list[Query], contacts: list[NormalizedContact]) -> list[int]:
    """Return the fold of each contact, 0 to `FOLDS` - 1; the same on every run."""
    parent: dict[str, str] = {}

    def find(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for query, contact in zip(queries, contacts, strict=True):
        for trait in _traits(query, contact):
            parent[find(f"q {query.qid}")] = find(trait)
    families = [find(f"q {query.qid}") for query in queries]
    return [int(hashlib.sha256(family.encode()).hexdigest(), 16) % FOLDS for family in families]


def _traits(query: Query, contact: NormalizedContact) -> list[str]:
    found = [
        f"a {account}"
        for account in (query.expected, query.row.get("near_id"))
        if account and ";" not in account
    ]
    found += [f"d {item.registrable}" for item in contact.domains if item.kind is DomainKind.COMPANY]
    words = re.findall(r"\w+", (query.contact.company or "").lower())[:2]
    return [*found, f"n {' '.join(words)}"] if words else found
