"""service/console/destination_form.py: lines of names and values as settings and credentials."""

from __future__ import annotations

import pytest

from service.console.destination_form import FIELDS, read
from service.problems import Invalid

PEM = "-----BEGIN PRIVATE KEY-----\nMIIE+a/b=\n-----END PRIVATE KEY-----"


def test_lines_are_read_by_their_names() -> None:
    form = {
        "name": " crm ",
        "kind": "salesforce",
        "url": "",
        "event_contact.assigned": "contact.assigned",
        "every_handover": "on",
        "settings": 'write_account: false\r\nqueues: {"east": "00G"}',
        "credentials": f"client_id: 3MVG: x\nusername: a@b.example\nprivate_key: {PEM}",
    }
    assert read(form) == {
        "name": "crm",
        "kind": "salesforce",
        "events": ["contact.assigned", "handover.applied", "handover.undone", "handover.returned"],
        "settings": {"write_account": "false", "queues": {"east": "00G"}},
        "credentials": {"client_id": "3MVG: x", "username": "a@b.example", "private_key": PEM},
    }


@pytest.mark.parametrize(
    ("field", "text", "pointer"),
    [
        ("settings", "mode binary", "#/settings"),
        ("settings", "mode: binary\nmode: structured", "#/settings"),
        ("settings", "fields: {", "#/settings/fields"),
        ("settings", "fields: " + '{"a":' * 5000, "#/settings/fields"),
        ("credentials", "no name", "#/credentials"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_repeated(field: str, text: str, pointer: str) -> None:
    with pytest.raises(Invalid) as wrong:
        read({field: text})
    [error] = wrong.value.errors
    assert error.pointer == pointer and text not in error.detail


def test_every_kind_says_what_it_takes() -> None:
    assert FIELDS["cloudevents"].settings == "mode" and FIELDS["webhook"].credentials == ""
    assert "access_token" in FIELDS["hubspot"].credentials
