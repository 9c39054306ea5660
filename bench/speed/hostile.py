"""What the worst contacts cost: the longest names, of common words, of many parts, of many names.

    python -m bench.speed hostile [--accounts 100000] [--database URL]

Accounts are made (see `bench.speed.made`), or, in the second part, sixty with
twenty aliases each, all as long as a name may be and of the same words.
Milliseconds of this process's processor, the least of three tries. With a database
(see `bench.speed.single`) the made accounts are in it, and it is by the clock.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.speed.filled import fill
from bench.speed.made import Maker, account_row
from bench.speed.single import opened
from matching.index import Index
from matching.match import match_contact
from matching.names import parse
from matching.normalize import normalize
from matching.policy import default_policy
from matching.text import MAX_NAME
from matching.types import Account, AccountId, Considered, Contact, NormalizedContact
from service.db import candidates

Consider = Callable[[NormalizedContact], Considered]

_TRIES = 3


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--database")
    parser.add_argument("--folder", type=Path, default=Path(".muster/speed"))


def run(given: argparse.Namespace) -> None:
    """Build, match, print."""
    names = [account_row(number, made)[1] for number, made in enumerate(Maker().accounts(given.accounts))]
    print(f"{given.accounts:,} made accounts")
    if given.database:
        _in_database(given, names)
        return
    made = Index.build(Account(id=AccountId(f"a{at}"), name=name) for at, name in enumerate(names))
    _print(names, made.consider)
    print("60 accounts of 21 long names each")
    _print(names[:40], Index.build(_long_accounts(names)).consider)


def _in_database(given: argparse.Namespace, names: list[str]) -> None:
    with opened(given.database, given.folder / f"postgresql-{given.accounts}") as database:
        fill(database, given.accounts)
        now = datetime.now(UTC)
        with database.read() as connection:
            _print(names, lambda asked: candidates.consider(connection, [asked], now)[0], time.perf_counter)


def _print(names: list[str], consider: Consider, clock: Callable[[], float] = time.process_time) -> None:
    for label, company in _companies(names):
        print(f"  {label:34} {_milliseconds(consider, company, clock):6.1f} ms")


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


def _milliseconds(consider: Consider, company: str, clock: Callable[[], float]) -> float:
    least = float("inf")
    for _ in range(_TRIES):
        parse.cache_clear()
        began = clock()
        contact = normalize(Contact(company=company, email="x@acme.example"))
        match_contact(contact, consider(contact), default_policy())
        least = min(least, clock() - began)
    return least * 1000
