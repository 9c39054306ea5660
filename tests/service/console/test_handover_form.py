"""service/console/handover_form.py: what the form says is what the API would be sent."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from service.console.handover_form import request
from service.handover.request import Kind

BASE = {"rep": "ana", "kind": "moves", "reason": "New region"}


@pytest.mark.parametrize(
    ("said", "accounts"),
    [
        ({}, "manager"),
        ({"accounts": "keep"}, "keep"),
        ({"accounts": "rep:ben"}, {"rep": "ben"}),
        ({"accounts": "members_of:Inbound: EMEA"}, {"members_of": "Inbound: EMEA"}),
        ({"accounts": "rep:ben", "split": "ben, cho"}, {"split": ["ben", "cho"]}),
        (
            {"territory": "DE, AT / mid: ben\n/ enterprise: cho\n\notherwise: dora"},
            {
                "territory": [
                    {"country": ["DE", "AT"], "segment": ["mid"], "to": "ben"},
                    {"segment": ["enterprise"], "to": "cho"},
                ],
                "otherwise": "dora",
            },
        ),
    ],
)
def test_to_whom_accounts_pass(said: dict[str, str], accounts: object) -> None:
    made = request(BASE | said, ZoneInfo("UTC"))
    assert made.model_dump(mode="json", exclude_none=True)["accounts"] == accounts


def test_times_are_the_readers_and_what_is_empty_is_not_said() -> None:
    made = request(
        {
            "rep": "ana",
            "kind": "leave",
            "reason": "x",
            "until": "2026-08-01T09:00",
            "in_work": "",
            "roles": "sdr",
        },
        ZoneInfo("Europe/Berlin"),
    )
    assert made.kind is Kind.LEAVE and made.until is not None and made.until.hour == 7
    assert made.model_fields_set == {"rep", "kind", "reason", "until", "accounts", "roles"}
    assert made.roles == ["SDR"]
