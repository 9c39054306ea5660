"""Made-up accounts and contacts for tests of persistence: enough alike to be mistaken for each other."""

from __future__ import annotations

import random

from matching.types import AccountId, Contact
from service.records.accounts import AccountRecord

_FIRST = (
    "Acme",
    "Nord",
    "Blue",
    "Müller",
    "Sakura",
    "Delta",
    "Global",
    "Pacific",
    "Zenith",
    "Ångström",
    "Orion",
)
_SECOND = (
    "Robotics",
    "Foods",
    "Logistics",
    "Bank",
    "Energy",
    "Systems",
    "Pharma",
    "Works",
    "Media",
    "Textil",
)
_FORMS = ("GmbH", "Inc.", "Ltd", "S.A.", "", "AB", "株式会社")
_COUNTRIES = ("DE", "US", "GB", "FR", "SE", "JP", None)


def account_records(count: int, seed: int = 7) -> list[AccountRecord]:
    """``count`` accounts, the same for a seed; many share words, some share domains."""
    chance = random.Random(seed)
    return [_account(chance, number) for number in range(count)]


def _account(chance: random.Random, number: int) -> AccountRecord:
    first, second = chance.choice(_FIRST), chance.choice(_SECOND)
    name = " ".join(part for part in (first, second, chance.choice(_FORMS)) if part)
    if chance.random() < 0.3:
        name = f"{name} {number}"
    host = f"{first}{second}".lower().encode("ascii", "ignore").decode()
    known = {"external_id": f"a{number}", "name": name, "country": chance.choice(_COUNTRIES)}
    if chance.random() < 0.7:
        known["website"] = f"https://www.{host}{chance.choice(('', number))}.com/about"
    if chance.random() < 0.2:
        known["domains"] = [f"{host}.{ending}" for ending in chance.sample(("de", "net", "co.uk", "io"), 2)]
    if chance.random() < 0.1:
        known["aliases"] = [f"{first}{second[:3]}", f"{second} {first}"]
    if chance.random() < 0.3:
        known["tier"] = chance.choice(("strategic", "growth"))
    if number and chance.random() < 0.1:
        known["parent_id"] = f"a{chance.randrange(number)}"
    return AccountRecord.model_validate(known)


def contacts(count: int, seed: int = 11) -> list[Contact]:
    """``count`` contacts that may belong to such accounts."""
    chance = random.Random(seed)
    return [_contact(chance, number) for number in range(count)]


def _contact(chance: random.Random, number: int) -> Contact:
    first, second = chance.choice(_FIRST), chance.choice(_SECOND)
    host = f"{first}{second}".lower().encode("ascii", "ignore").decode()
    typo = second[:2] + second[3:] if chance.random() < 0.2 else second
    return Contact(
        email=chance.choice((f"p{number}@{host}.com", f"p{number}@gmail.com", f"p{number}@{host}.de", None)),
        company=chance.choice(
            (f"{first} {typo}", f"{first}{typo}", f"{first} {typo} GmbH", None, "株式会社サクラ")
        ),
        website=f"{host}.io" if chance.random() < 0.1 else None,
        country=chance.choice(_COUNTRIES),
        account_id=AccountId(f"a{chance.randrange(400)}") if chance.random() < 0.1 else None,
    )
