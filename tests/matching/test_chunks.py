"""Accounts packed and unpacked."""

from __future__ import annotations

from dataclasses import replace

from matching.chunks import Chunk, names_in, unpack
from matching.features.sides import MOST_NAMES, account_names
from matching.types import AccountDomain, AliasKind, DomainSource
from tests.matching.cases import account


def test_an_account_is_unpacked_as_it_was_with_its_names_read() -> None:
    learned = AccountDomain(domain="acme.de", source=DomainSource.CONTACT, support=2, quarantined=True)
    accounts = [
        account("1", "Acme Robotics, Inc.", "acme.com", country="US", tier="gold"),
        account("2", "  ГАЗПРОМ ПАО (d/b/a Gazprom)\n", aliases=("日立製作所", "Acme &amp; Söhne, U.S.A.")),
        account("3", "!?", aliases=tuple(f"Werk{at} GmbH" for at in range(20))),
        replace(account("4", "Quarantined"), domains=(learned,)),
        account("5", "Acme", aliases=("Acme II",), alias_kinds=(AliasKind.FORMER,)),
    ]
    chunk = Chunk.of(accounts)
    starts = [0, *chunk.ends[:-1]]
    for each, start, called, end in zip(accounts, starts, chunk.called, chunk.ends, strict=True):
        assert names_in(chunk.data[start:called]) == (each.name, *each.aliases)
        unpacked = unpack(chunk.data[start:called], chunk.data[called:end])
        assert unpacked.account == each
        assert unpacked.names == account_names(each)
        assert len(unpacked.names) <= MOST_NAMES
