"""A large rulebook, a large table and contacts for them, the same on every run."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

_HEAD = """version: 1
timezone: Europe/Berlin
fields: {account.custom.industry: {}}
definitions:
  worked: {activities: {any: {rep.role: SDR, at: {within: 30 days}}}}
rules:
"""
_TABLE = """version: 1
tables:
  territories: {from: territories.csv, results: {rep: rep, region: text}}
rules:
  - {id: territory, because: A territory is its rep's, then: {rep in: table.territories.rep}}
fallback: {then: {queue: none}}
files:
  territories.csv: |
    account.country,account.state,account.employees,rep,region
"""
COUNTRIES = tuple(f"C{number:02d}" for number in range(60))


def rulebook(rules: int) -> str:
    """Return a book of so many rules of five shapes: lists, a definition, bands, an exception, one domain."""
    chance = Random(5)
    return (
        _HEAD + "".join(_rule(number, chance) for number in range(rules)) + "fallback: {then: {pool: p0}}\n"
    )


def _rule(number: int, chance: Random) -> str:
    country, other = chance.choice(COUNTRIES), chance.choice(COUNTRIES)
    low = chance.randrange(5000)
    when, then = (
        (f"contact.country: [{country}, {other}], account.segment: S{number % 8}", f"pool: p{number % 200}"),
        (f"account.tier: T{number % 6}, account.country: {country}, is: worked", "owner of: account"),
        (
            f"account.employees: {{between: [{low}, {low + 50}]}}, contact.source: s{number % 30}",
            f"rep: rep{number % 300}",
        ),
        (
            f"account.custom.industry: ind{number % 100}, unless: {{contact.motion: outbound}}",
            "team role: SDR",
        ),
        (f"contact.email_domain: d{number}.example", f"queue: q{number % 50}"),
    )[number % 5]
    return (
        f"  - id: r{number}\n    because: Rule number {number} of the written rules\n"
        f"    reference: RoE {number}\n    when: {{{when}}}\n    then: {{{then}}}\n"
    )


def table(rows: int) -> str:
    """Return a book with a territory table of so many rows."""
    chance = Random(6)
    lines = []
    for number in range(rows):
        low = number % 40 * 100
        countries = f"{chance.choice(COUNTRIES)}; {chance.choice(COUNTRIES)}"
        lines.append(f"    {countries},S{number % 37}*,{low}..{low + 300},rep{number % 300},R{number}\n")
    return _TABLE + "".join(lines)


def situations(count: int) -> Iterator[dict[str, Any]]:
    """Yield what a test would write under ``given``: contacts of different countries, sizes and domains."""
    for number in range(count):
        yield {
            "contact": {
                "country": COUNTRIES[number % 60],
                "email": f"a@d{number * 7}.example",
                "source": f"s{number % 30}",
            },
            "account": {
                "owner": "ana",
                "tier": f"T{number % 6}",
                "segment": f"S{number % 8}",
                "country": COUNTRIES[number * 7 % 60],
                "state": f"S{number % 37}",
                "employees": number * 40,
                "team": {"SDR": "sue"},
                "custom": {"industry": f"ind{number % 100}"},
            },
            "activities": [{"rep": "sue"}],
            "reps": {"sue": {"role": "SDR"}},
        }
