"""Signatures are those of the Standard Webhooks specification; the library of its authors is the oracle."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import standardwebhooks
import time_machine

from service.delivery.signing import Secret, headers, in_force, key_of, new_secret, rotated, shown, sign

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
KEY = "whsec_" + "bXVzdGVyLXRlc3Qta2V5LTAwMDAwMDAwMDAwMDAwMDA="  # 32 bytes, of the tests only

MESSAGES = [
    ("msg_1", "1772443800", b'{"a":1}'),
    ("msg_1", "1772443800", b""),
    ("msg_2", "0", "Café 株式会社".encode()),
]


@pytest.mark.parametrize(("message_id", "timestamp", "body"), MESSAGES)
def test_the_library_makes_the_same_signature(message_id: str, timestamp: str, body: bytes) -> None:
    theirs = standardwebhooks.Webhook(KEY).sign(
        message_id, datetime.fromtimestamp(int(timestamp), UTC), body.decode()
    )
    assert sign(KEY, message_id, timestamp, body) == theirs


def test_a_message_is_accepted_by_the_library() -> None:
    secret = new_secret(NOW)
    body = b'{"type":"contact.assigned"}'
    with time_machine.travel(NOW, tick=False):
        found = standardwebhooks.Webhook(secret.value).verify(body, headers([secret], "msg_1", NOW, body))
    assert found == {"type": "contact.assigned"}


def test_during_a_rotation_old_and_new_receivers_accept_a_message() -> None:
    old, fresh = new_secret(NOW), new_secret(NOW + timedelta(hours=1))
    secrets = rotated([old], fresh, NOW + timedelta(hours=25))
    at = NOW + timedelta(hours=2)
    sent = headers(in_force(secrets, at), "msg_1", at, b"{}")
    with time_machine.travel(at, tick=False):
        for each in (old, fresh):
            standardwebhooks.Webhook(each.value).verify(b"{}", sent)


def test_an_old_secret_ends_when_it_was_said_to() -> None:
    old, fresh = new_secret(NOW), new_secret(NOW)
    until = NOW + timedelta(hours=24)
    secrets = rotated([old], fresh, until)
    assert [each.value for each in in_force(secrets, until - timedelta(seconds=1))] == [
        fresh.value,
        old.value,
    ]
    assert [each.value for each in in_force(secrets, until)] == [fresh.value]


def test_a_second_rotation_does_not_prolong_an_old_secret() -> None:
    first, second, third = (new_secret(NOW) for _ in range(3))
    secrets = rotated([first], second, NOW + timedelta(hours=1))
    secrets = rotated(secrets, third, NOW + timedelta(hours=24))
    assert [each.until for each in secrets] == [None, NOW + timedelta(hours=24), NOW + timedelta(hours=1)]


def test_a_secret_does_not_show_itself() -> None:
    secret = new_secret(NOW)
    assert secret.value not in repr(secret)
    assert shown([secret], NOW)[0].ends_with == secret.value[-4:]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("whsec_not base64!", "not whsec_ followed by base64"),
        ("whsec_AAAA", "holds 3 bytes"),
        ("whsec_" + "A" * 88, "holds 66 bytes"),
        ("geheim", "not whsec_ followed by base64"),
    ],
)
def test_a_secret_that_cannot_sign_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        key_of(text)
    assert text not in str(refused.value)


def test_the_published_vector() -> None:
    shared = Path(os.environ.get("MUSTER_SHARED", Path(__file__).parents[4] / "shared"))
    file = shared / "payloads" / "standard_webhooks_vector.json"
    if not file.exists():
        pytest.skip(f"there is no {file.name}; set MUSTER_SHARED to the folder that holds payloads/")
    vector = json.loads(file.read_text())
    made = sign(vector["secret"], vector["msg_id"], str(vector["timestamp"]), vector["payload"].encode())
    assert made == vector["signature"]


def test_secrets_are_random_and_long() -> None:
    made = {new_secret(NOW).value for _ in range(50)}
    assert len(made) == 50
    assert all(len(key_of(value)) == 32 for value in made)
    assert isinstance(new_secret(NOW), Secret)
