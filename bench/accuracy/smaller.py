"""Take parts of a benchmark's accounts: does a score keep its promise in a short list, too?

    python -m bench.accuracy.smaller [--folder DIR] [--country US]

Of each part, drawn at random, those contacts are asked about whose account is in it, and as many others.
With ``--country`` all accounts are of that country (ISO 3166-1 alpha-2), and the contacts say they are, or
nothing: that the two are in one country then tells nothing.
"""  # fmt: skip

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from bench.accuracy.data import SHARED, Query, accounts, queries
from bench.accuracy.report import BANDS, Answer, answer
from bench.accuracy.scorer import is_headline
from matching.bulk import judge_all
from matching.index import Index
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Account, MatchOutcome

PARTS = {100: 40, 500: 12, 2000: 4}
"""How many accounts a part has, and how many parts are drawn."""

LEAST = 20
"""Contacts without account that a part is asked about at least."""


def answers(
    part: Sequence[Account], asked: Sequence[Query], chance: random.Random
) -> list[tuple[Answer, bool]]:
    """Return the answers to the contacts of a part and to as many others, and which are right."""
    held = {account.id for account in part}
    mine = [query for query in asked if query.expected in held]
    others = chance.sample([query for query in asked if query.expected not in held], max(len(mine), LEAST))
    contacts = [normalize(query.contact) for query in (*mine, *others)]
    judged = map(answer, judge_all(contacts, Index.build(part), default_policy()))
    return [
        (found, found.account_id == query.expected)
        for query, found in zip((*mine, *others), judged, strict=True)
        if found is not None
    ]


def report(size: int, found: Sequence[tuple[Answer, bool]]) -> list[str]:
    """Return what is matched and right of lists of a size, and of each band what it promises and keeps."""
    matched = [right for each, right in found if each.outcome is MatchOutcome.MATCHED]
    lines = [f"{size} accounts: {len(matched)} matched, {sum(matched) / len(matched):.4f} of them right"]
    for low, high in pairwise(BANDS):
        band = [(each.score, right) for each, right in found if low <= each.score < high]
        if band:
            promised, kept = (sum(column) / len(band) for column in zip(*band, strict=True))
            lines.append(f"  {low:.2f} to {min(high, 1):.2f}  {len(band):5}  {promised:.3f}  {kept:.3f}")
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the report of each size."""
    parser = argparse.ArgumentParser(prog="bench.accuracy.smaller", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=SHARED / "bench" / "dev")
    parser.add_argument("--country")
    given = parser.parse_args(arguments)
    here = given.country
    every = [account for account in accounts(given.folder) if here in (None, account.country)]
    asked = [query for query in queries(given.folder) if is_headline(query.row)]
    asked = [query for query in asked if not here or query.contact.country in (None, here)]
    for most, parts in PARTS.items():
        size = min(most, len(every))
        found: list[tuple[Answer, bool]] = []
        for number in range(parts):
            chance = random.Random(number)
            found += answers(chance.sample(every, size), asked, chance)
        print("\n".join(report(size, found)))


if __name__ == "__main__":
    main()
