"""What is seen of a contact and an account: one test a kind of evidence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from matching.features import observer, view
from matching.features.sides import account_side
from matching.features.spelling import label_fit
from matching.index import Index
from matching.name_side import name_side
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Account, AccountId, Contact, EvidenceKind
from tests.matching.cases import account, name


def seen(contact: Contact, *accounts: Account) -> dict[EvidenceKind, list[str]]:
    """Return the levels observed of the first account, by kind; none where it is not looked at."""
    normal = normalize(contact)
    considered = Index.build(accounts).consider(normal)
    scene = view(normal, map(account_side, accounts), considered, default_policy())
    found: dict[EvidenceKind, list[str]] = {}
    for item in observer(scene)(scene.pairs[0]) if scene.pairs else ():
        found.setdefault(item.kind, []).append(item.level)
    return found


ACME = account(
    "acme",
    "Acme Robotics, Inc.",
    "acme.com",
    country="US",
    city="Boston",
    state="MA",
    phone="+1 617 555 0100",
)
ACME_PERU = account("peru", "Acme Peru", "acme.com", country="PE")
OTHER = account("other", "Zenith Paper", "zenith.com")
SISTER = account("sister", "Acme Foundation", "acme.com")
ULM_US = account("1", "Ulm City", country="US")
FAR_TWINS = (account("1", "Acme", country="FR"), account("2", "Acme", country="PL"))


@pytest.mark.parametrize(
    ("contact", "accounts", "kind", "level"),
    [
        ({"email": "a@acme.com"}, (ACME, OTHER), "domain", "sole"),
        ({"email": "a@acme.com"}, (ACME, SISTER), "domain", "few"),
        ({"email": "a@acme.com"}, (replace(ACME, site="us.acme.com"),), "domain_part", "above"),
        ({"email": "a@de.acme.com"}, (replace(ACME, site="us.acme.com"),), "domain_part", "beside"),
        ({"email": "a@us.acme.com"}, (replace(ACME, site="us.acme.com"),), "domain", "sole"),
        ({"email": "a@acme.com"}, (replace(ACME, site="us.acme.com"),), "name_absent", "shared"),
        ({"email": "a@acme.com", "country": "FR"}, (ACME_PERU,), "country", "local"),
        ({"email": "a@acme.com", "country": "PE"}, (ACME_PERU,), "country", "same.anchored"),
        ({"email": "a@acme.de"}, (ACME, OTHER), "domain_sibling", "short"),
        ({"email": "a@unheard.com"}, (ACME, OTHER), "domain_other", "unlike"),
        ({"email": "a@zenith.com"}, (ACME, OTHER), "domain_owner", "stranger"),
        ({"email": "a@acmerobotics.io"}, (ACME, OTHER), "domain_name", "other"),
        ({"company": "Acme", "email": "a@gmail.com"}, (ACME, OTHER), "account_domain_name", "any"),
        ({"company": "Acme Robotics"}, (ACME, OTHER), "name_same", "core.alone"),
        ({"company": "Acme Robotics", "email": "a@acme.com"}, (ACME, OTHER), "name_same", "core.anchored"),
        ({"company": "Zenith Paper", "email": "a@acme.com"}, (ACME, OTHER), "name_taken", "exactly.disputed"),
        ({"company": "ex-Acme Robotics"}, (ACME, OTHER), "name_near", "alone"),
        ({"company": "Ulm Pizza"}, (account("1", "Ulm Machines", city="Ulm"),), "name_place", "alone"),
        ({"company": "Stadt Ulmenau"}, (account("1", "Stadt Ulmen"),), "name_place", "begins"),
        ({"company": "City of Ulm"}, (account("1", "Ulm City Schools"),), "name_kind", "within.alone"),
        ({"company": "Ulm City", "state": "TX"}, (account("1", "Ulm City", state="RI"),), "state", "local"),
        ({"state": "TX", "email": "a@acme.com"}, (ACME, OTHER), "state", "different.anchored"),
        ({"company": "ex-Acme Robotics", "email": "a@acme.com"}, (ACME, OTHER), "name_near", "anchored"),
        ({"company": "ex-Zenith Paper", "email": "a@acme.com"}, (ACME, OTHER), "name_absent", "anchored"),
        ({"email": "a@acme.com"}, (ACME, OTHER), "name_absent", "anchored"),
        ({"email": "a@acme.com"}, (ACME, SISTER), "name_absent", "shared"),
        ({"company": "Acme Robotics Inc"}, (ACME, OTHER), "legal_form", "same"),
        ({"company": "Acme Robotics GmbH"}, (ACME, OTHER), "legal_form", "differ"),
        ({"country": "US", "company": "Acme"}, (ACME, OTHER), "country", "same.alone"),
        ({"country": "FR", "company": "Acme"}, (ACME, OTHER), "country", "different.alone"),
        ({"country": "FR", "company": "Acme", "city": "Boston"}, (ACME,), "country", "contradicted.alone"),
        ({"city": "Boston", "company": "Acme"}, (ACME, OTHER), "city", "same.alone"),
        ({"city": "Lyon", "company": "Acme"}, (ACME, OTHER), "city", "different.alone"),
        ({"state": "MA", "company": "Acme"}, (ACME, OTHER), "state", "same.alone"),
        ({"country": "GB", "company": "Ulm City"}, (ULM_US,), "country", "different.local"),
        ({"state": "Mass.", "company": "Acme"}, (ACME, OTHER), "state", "same.alone"),
        ({"state": "Iowa", "company": "Ulm City"}, (account("1", "Ulm City", state="WI"),), "state", "local"),
        ({"company": "Ulm", "city": "Praha"}, (account("1", "Ulm", city="Prague"),), "city", "same.alone"),
        ({"phone": "+1 617 555 0100"}, (ACME, OTHER), "phone", "same"),
        ({"phone": "+1 617 555 0199"}, (ACME, OTHER), "phone", "switchboard"),
        ({"account_id": AccountId("acme")}, (ACME, OTHER), "crm_id", "same"),
        ({"company": "N/A"}, (account("na", "N/A"),), "name_placeholder", "alone"),
        ({"company": "Acme Fund 2"}, (account("1", "Acme Fund 3"),), "name_numbers", "differ"),
        ({"company": "MBM"}, (account("1", "Muster Brick Makers"),), "name_initials", "3.alone"),
        ({"company": "Acme Werke"}, (account("1", "Acme Werke Pension"),), "name_kind", "one_sided.alone"),
        ({"company": "Acme Portugal"}, (account("1", "Acme", country="FR"),), "name_nation", "abroad"),
        ({"company": "Muster Pharmac"}, (account("1", "Muster Pharmacies"),), "name_start", "cut.alone"),
        ({"company": "Acme"}, (account("1", "Acme"), account("2", "Acme")), "name_twin", "alone"),
        ({"company": "Acme", "country": "FR"}, FAR_TWINS, "name_twin", "told.alone"),
        ({"company": "Acme", "city": "Lyon"}, FAR_TWINS, "name_twin", "alone"),
        ({"company": "Acme"}, (account("1", "Acme"), account("2", "Acme AG")), "name_crowd", "alone"),
    ],
)  # fmt: skip
def test_what_is_seen(contact: dict[str, Any], accounts: tuple[Account, ...], kind: str, level: str) -> None:
    assert level in seen(Contact(**contact), *accounts)[EvidenceKind(kind)]


def test_a_domain_on_very_many_unlike_names_is_no_evidence() -> None:
    crowd = tuple(account(f"{i:03}", f"Company number{i} of many", "crowd.com") for i in range(120))
    assert EvidenceKind.DOMAIN not in seen(Contact(email="a@crowd.com"), *crowd)


@pytest.mark.parametrize(
    ("label", "company", "least", "most"),
    [
        ("acme-robotics", "Acme Robotics", 1.0, 1.0),
        ("chatham", "Chatham University", 0.94, 0.96),
        ("upenn", "University of Pennsylvania", 0.8, 0.9),
        ("mbma", "Muster Brick Makers Association", 0.85, 0.95),
        ("zenith", "Acme Robotics", 0.0, 0.4),
        ("ibm", "IBM", 0.8, 0.8),
    ],
)
def test_how_a_domain_spells_a_name(label: str, company: str, least: float, most: float) -> None:
    assert least <= label_fit(label, name_side(name(company))) <= most
