"""Who a call is from: every bit counts, time counts both ways, rotation leaves no gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks

from service.delivery.signing import Secret, headers, new_secret, rotated
from service.intake.signatures import Untimely, standard_webhook, token

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
BODY = b'{"event_id":"e1","email":"a@b.example"}'
SECRET = new_secret(NOW)
SIGNED = headers([SECRET], "msg_1", NOW, BODY)


def accepted(sent: dict[str, str], body: bytes = BODY, at: datetime = NOW, *secrets: Secret) -> bool:
    try:
        return standard_webhook(secrets or [SECRET], sent, body, at)
    except Untimely:
        return False


def test_what_the_sender_signed_is_accepted() -> None:
    assert accepted(SIGNED)


def test_what_the_library_of_the_authors_signs_is_accepted() -> None:
    signature = standardwebhooks.Webhook(SECRET.value).sign("msg_9", NOW, BODY.decode())
    sent = {
        "webhook-id": "msg_9",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": signature,
    }
    assert accepted(sent)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_no_bit_of_a_header_can_be_flipped(header: str) -> None:
    for place in range(len(SIGNED[header])):
        for bit in range(7):
            value = SIGNED[header]
            flipped = value[:place] + chr(ord(value[place]) ^ (1 << bit)) + value[place + 1 :]
            assert not accepted(SIGNED | {header: flipped}), (place, bit)


def test_no_bit_of_the_body_can_be_flipped() -> None:
    for place in range(len(BODY)):
        for bit in range(8):
            flipped = BODY[:place] + bytes([BODY[place] ^ (1 << bit)]) + BODY[place + 1 :]
            assert not accepted(SIGNED, flipped), (place, bit)


def test_the_same_json_written_otherwise_is_another_body() -> None:
    assert not accepted(SIGNED, BODY.replace(b":", b": "))
    assert not accepted(SIGNED, BODY + b"\n")


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [(-301, False), (-300, True), (-299, True), (0, True), (299, True), (300, True), (301, False)],
)
def test_a_message_from_the_past_or_the_future_is_refused(seconds: int, fits: bool) -> None:
    at = NOW + timedelta(seconds=seconds)
    assert accepted(headers([SECRET], "msg_1", at, BODY)) is fits


@pytest.mark.parametrize(("seconds", "said"), [(-312, "312 s old"), (86_400, "86400 s ahead")])
def test_how_far_the_clock_is_off_is_told_of_what_is_signed_alone(seconds: int, said: str) -> None:
    signed = headers([SECRET], "msg_1", NOW + timedelta(seconds=seconds), BODY)
    with pytest.raises(Untimely, match=said):
        standard_webhook([SECRET], signed, BODY, NOW)
    assert not standard_webhook([SECRET], signed, BODY + b" ", NOW)
    assert not standard_webhook([new_secret(NOW)], signed, BODY, NOW)
    other = str(int(signed["webhook-timestamp"]) + 1)
    assert not standard_webhook([SECRET], signed | {"webhook-timestamp": other}, BODY, NOW)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "x",
        "v1,",
        "v1",
        ",",
        "v2,AAAA",
        "é",
        "-1",
        "1e3",
        "0x10",
        "１７",
        "9" * 13,
        "a b",
        "\x00",
    ],
)
def test_headers_that_are_none(header: str, value: str | None) -> None:
    sent = {name: text for name, text in SIGNED.items() if name != header}
    if value is not None:
        sent[header] = value
    if header == "webhook-id" and value in ("x", "v1,", "v1", ",", "v2,AAAA", "-1", "1e3", "0x10", "9" * 13):
        sent[header] += "y"  # an id may look like anything; it is just another id
    assert not accepted(sent)


def test_a_signature_among_many_is_found() -> None:
    many = " ".join(["v1,AAAA"] * 2000 + [SIGNED["webhook-signature"]] + ["v1a,xyz"])
    assert accepted(SIGNED | {"webhook-signature": many})


def test_the_other_algorithm_of_the_specification_is_not_taken_for_ours() -> None:
    assert not accepted(SIGNED | {"webhook-signature": SIGNED["webhook-signature"].replace("v1,", "v1a,")})


def test_another_secret_is_refused() -> None:
    assert not accepted(SIGNED, BODY, NOW, new_secret(NOW))
    assert not standard_webhook([], SIGNED, BODY, NOW)


def test_during_a_rotation_both_secrets_are_accepted_and_then_the_old_one_is_not() -> None:
    fresh, until = new_secret(NOW), NOW + timedelta(hours=1)
    both = rotated([SECRET], fresh, until)
    for at in (NOW, until - timedelta(seconds=1), until):
        by_old = headers([SECRET], "msg_1", at, BODY)
        by_new = headers([fresh], "msg_1", at, BODY)
        assert accepted(by_old, BODY, at, *both) is (at < until)
        assert accepted(by_new, BODY, at, *both)


def test_a_token_is_compared_whole() -> None:
    secrets = [Secret(value="token-of-sixteen-and-more", created_at=NOW)]
    assert token(secrets, "token-of-sixteen-and-more", NOW)
    for wrong in (None, "", "token", "token-of-sixteen-and-more ", "Token-of-sixteen-and-more", "tökén"):
        assert not token(secrets, wrong, NOW)


def test_a_token_that_has_ended() -> None:
    ended = Secret(value="token-of-sixteen-and-more", created_at=NOW, until=NOW)
    assert not token([ended], "token-of-sixteen-and-more", NOW)
