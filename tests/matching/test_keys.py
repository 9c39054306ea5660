"""Blocking keys: one function for saving and for looking up."""

from __future__ import annotations

from hashlib import sha256

import pytest

from matching.gathering import MAX_KEYS
from matching.keys import account_keys, contact_keys, key, scheme
from matching.normalize import normalize
from matching.types import Contact
from tests.matching.cases import account


def test_a_key_is_the_same_on_every_machine() -> None:
    assert key("t", "acme") == 139673750280224
    assert -(2**63) <= key("n", "x") < 2**63


def test_the_kind_is_part_of_the_key() -> None:
    assert key("t", "acme") != key("n", "acme")


@pytest.mark.parametrize(
    ("company", "name"),
    [
        ("Acme Robotics", "ACME ROBOTICS LTD"),
        ("AcmeRobotics", "Acme Robotics"),
        ("Acme Robitics", "Acme Robotics"),
        ("Universidad de Muster", "University of Muster"),
        ("MBM", "Muster Brick Makers"),
        ("Газмустербанк", "Gazmusterbank"),
        ("Robotics Acme", "Acme Robotics"),
    ],
)
def test_spellings_of_one_name_share_a_key(company: str, name: str) -> None:
    asked, held = contact_keys(normalize(Contact(company=company))), account_keys(account("1", name))
    assert asked.names & held.names


def test_a_domain_finds_a_name_and_a_name_a_domain() -> None:
    by_domain = contact_keys(normalize(Contact(email="a@acmerobotics.io")))
    assert by_domain.names & account_keys(account("1", "Acme Robotics")).names
    by_name = contact_keys(normalize(Contact(company="Acme Robotics")))
    assert by_name.names & account_keys(account("2", "Roboholding", "acmerobotics.io")).names


def test_an_alias_is_a_name() -> None:
    held = account_keys(account("1", "Newname", aliases=("Oldname Telephone",)))
    assert contact_keys(normalize(Contact(company="Oldname Telephone"))).names & held.names


def test_consumer_mail_looks_up_no_names() -> None:
    keys = contact_keys(normalize(Contact(email="a@gmail.com")))
    assert (keys.domains, keys.names) == ({"gmail.com"}, frozenset())


def test_suspect_domains_look_up_nothing() -> None:
    assert contact_keys(normalize(Contact(email="a@аррӏе.com"))).domains == frozenset()


def test_the_number_of_keys_is_bounded() -> None:
    keys = account_keys(
        account(
            "1",
            " ".join(f"word{i}of" for i in range(60)),
            aliases=tuple(f"Alias {i} Muster" for i in range(20)),
        )
    )
    assert len(keys.names) <= MAX_KEYS


def test_names_give_the_keys_of_the_scheme() -> None:
    """When this fails, names give other keys: raise `_SCHEME` in `matching.keys`, then change the sum."""
    names = (
        "Acme Robotics GmbH & Co. KG",
        "The A.B.C. Company of Texas, Inc. (formerly Zett Works)",
        "株式会社ムスター製作所",
        "ООО Газмустербанк",
        "L'Étoile d'Azur S.A.S.",
        "Wolfgang-Muster-Universität zu Ulm",
        "3rd Street Brewing II",
        "Larkspur MÃ¼nchen AG",
    )
    accounts = [account(str(at), name, "acme-robotics.co.uk") for at, name in enumerate(names)]
    keys = sorted(set().union(*(account_keys(each).names for each in accounts)))
    assert (scheme()[:2], sha256(str(keys).encode()).hexdigest()[:16]) == ("4-", "f28dfeb6c34cf352")
