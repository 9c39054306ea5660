"""Rulebooks of any size that look like those people write: territories, segments, owners, exceptions."""

from __future__ import annotations

import random

COUNTRIES = [a + b for a in "ABCDEFGHIJKLMNOPQRST" for b in "ABCDEFGHIJ"]
SEGMENTS = ("SMB", "MM", "Ent")
SOURCES = ("web", "event", "trial", "referral", "webinar", "chat")

HEAD = """\
version: 1
timezone: Europe/Berlin
fields:
  account.segment: {values: [SMB, MM, Ent]}
  contact.source: {values: [web, event, trial, referral, webinar, chat]}
definitions:
  customer: {account.lifecycle: customer}
  active deal: {opportunities: {any: {open: true}}}
rules:
"""


def book(rules: int, seed: int = 7) -> str:
    """Return the text of a rulebook of so many rules. The same number and seed give the same text."""
    chance = random.Random(seed)
    lines = [_rule(number, chance) for number in range(rules - 1)]
    return HEAD + "".join(lines) + "fallback: {then: {queue: rest}}\n"


def _rule(number: int, chance: random.Random) -> str:
    country = chance.choice(COUNTRIES)
    segment, source = chance.choice(SEGMENTS), chance.choice(SOURCES)
    low = chance.choice((0, 50, 250, 1000, 4000))
    pool = f"p{number % 40}"
    forms = (
        (f"{{contact.country: {country}, account.segment: {segment}}}", f"{{pool: {pool}}}"),
        (f"{{contact.country: {country}, contact.source: {source}}}", f"{{pool: {pool}}}"),
        (f"{{account.country: {country}, account.employees: {{at least: {low}}}}}", "{owner of: account}"),
        (f"{{account.country: {country}, is: customer}}", "{team role: AM}"),
        (f"{{contact.city: city {number}, contact.source: {source}}}", f"{{queue: q{number % 9}}}"),
        (
            f"{{account.segment: {segment}, account.country: {country}, is: active deal}}",
            "{owner of: open opportunity, if several: latest}",
        ),
        (
            f"{{contact.email: {{ends with: .{country.lower()}}}, unless: {{contact.source: {source}}}}}",
            f"{{pool: {pool}}}",
        ),
    )
    when, then = forms[number % len(forms)]
    return f"  - {{id: r{number}, because: b, when: {when}, then: {then}}}\n"
