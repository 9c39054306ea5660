"""What the worst contacts cost: the longest names, of common words, of many parts, of many names.

    python -m bench.speed hostile [--accounts 100000]

Accounts are made (see `bench.speed.made`), or, in the second part, sixty with
twenty aliases each, all as long as a name may be and of the same words.
Milliseconds of this process's processor, the least of three tries.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator

from bench.speed.made import Maker, account_row
from matching.index import Index
from matching.match import match_contact
from matching.names import parse
from matching.normalize import normalize
from matching.policy import default_policy
from matching.text import MAX_NAME
from matching.types import Account, AccountId, Contact

_TRIES = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--accounts", type=int, default=100_000)


def run(given: argparse.Namespace) -> None:
    """Build, match, print."""
    names = [account_row(number, made)[1] for number, made in enumerate(Maker().accounts(given.accounts))]
    made = Index.build(Account(id=AccountId(f"a{at}"), name=name) for at, name in enumerate(names))
    print(f"{given.accounts:,} made accounts")
    for label, company in _companies(names):
        print(f"  {label:34} {_milliseconds(made, company):6.1f} ms")
    print("60 accounts of 21 long names each")
    long = Index.build(_long_accounts(names))
    for label, company in _companies(names[:40]):
        print(f"  {label:34} {_milliseconds(long, company):6.1f} ms")


def _companies(names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield names of contacts that are the worst in some way."""
    chance = random.Random(3)
    words = [name.split()[0] for name in names[:40]]
    several = [" ".join(chance.sample(words, 8)) for _ in range(5)]
    yield "the commonest words", "Group Systems International"
    yield "256 characters of common words", ("group systems international energy " * 8)[:MAX_NAME]
    yield "256 characters of words of accounts", " ".join(words)[:MAX_NAME]
    yield "256 characters of names", " ".join(names[:20])[:MAX_NAME]
    yield "five names by dba", " dba ".join(several)[:MAX_NAME]
    yield "sections", " - ".join(several)[:MAX_NAME]
    yield "brackets", "".join(f"({name}) " for name in several)[:MAX_NAME]
    yield "one word of 256 letters", "abcdefgh" * 32
    yield "single letters", "a b c d e f g h " * 16
    yield "a script without spaces", "株式会社日立製作所" * 28


def _long_accounts(names: list[str]) -> Iterator[Account]:
    words = [name.split()[0] for name in names[:40]]
    for number in range(60):
        chance = random.Random(number)
        texts = [" ".join(chance.sample(words, len(words)))[:MAX_NAME] for _ in range(21)]
        yield Account(id=AccountId(f"h{number}"), name=texts[0], aliases=tuple(texts[1:]))


def _milliseconds(index: Index, company: str) -> float:
    least = float("inf")
    for _ in range(_TRIES):
        parse.cache_clear()
        began = time.process_time()
        contact = normalize(Contact(company=company, email="x@acme.example"))
        match_contact(contact, index.consider(contact), default_policy())
        least = min(least, time.process_time() - began)
    return least * 1000
