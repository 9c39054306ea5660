"""Each provider's own way to prove who calls: accepted, altered, replayed, at the edge of the clock."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hubspot.utils.signature import Signature

from service.intake.kinds import Call
from service.intake.signatures import Untimely
from service.intake.sources import KINDS
from tests.service.intake.made import NOW, call, source

SHARED = Path(os.environ.get("MUSTER_SHARED", Path(__file__).parents[4] / "shared")) / "payloads"
SECRET = "a-shared-secret-of-ours"
URL = "https://muster.example.com/v1/webhooks/src"
BODY = b'{"type":"identify","n":1}'


def mac(text: bytes, algorithm: str) -> bytes:
    return hmac.new(SECRET.encode(), text, algorithm).digest()


def calendly(at: int) -> dict[str, str]:
    signed = mac(f"{at}.".encode() + BODY, "sha256").hex()
    return {"calendly-webhook-signature": f"t={at},v1={signed}"}


def hubspot_v3(at: int) -> dict[str, str]:
    text = b"POST" + URL.encode() + BODY + str(at * 1000).encode()
    signature = base64.b64encode(mac(text, "sha256")).decode()
    return {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": str(at * 1000)}


def hubspot_v2(_: int) -> dict[str, str]:
    digest = hashlib.sha256(SECRET.encode() + b"POST" + URL.encode() + BODY).hexdigest()
    return {"x-hubspot-signature": digest, "x-hubspot-signature-version": "v2"}


def hubspot_v1(_: int) -> dict[str, str]:
    return {"x-hubspot-signature": hashlib.sha256(SECRET.encode() + BODY).hexdigest()}


SCHEMES: dict[str, tuple[str, Callable[[int], dict[str, str]]]] = {
    "HubSpot v3": ("hubspot", hubspot_v3),
    "HubSpot v2": ("hubspot-action", hubspot_v2),
    "HubSpot v1": ("hubspot", hubspot_v1),
    "Calendly": ("calendly", calendly),
    "Segment": ("segment", lambda _: {"x-signature": mac(BODY, "sha1").hex()}),
    "Intercom": ("intercom", lambda _: {"x-hub-signature": "sha1=" + mac(BODY, "sha1").hex()}),
    "Typeform": (
        "typeform",
        lambda _: {"typeform-signature": "sha256=" + base64.b64encode(mac(BODY, "sha256")).decode()},
    ),
    "Outreach": ("outreach", lambda _: {"outreach-webhook-signature": mac(BODY, "sha256").hex()}),
    "Salesloft": ("salesloft", lambda _: {"x-salesloft-signature": mac(BODY, "sha1").hex()}),
    "Clearbit": ("clearbit", lambda _: {"x-request-signature": "sha1=" + mac(BODY, "sha1").hex()}),
    "Drift": ("drift", lambda _: {"x-verification-token": SECRET}),
    "Pipedrive": (
        "pipedrive",
        lambda _: {"authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()},
    ),
}
OVER_THE_BODY = frozenset(SCHEMES) - {"Drift", "Pipedrive"}
TIMED = frozenset({"HubSpot v3", "Calendly"})


def accepted(name: str, headers: dict[str, str], body: bytes = BODY, seconds: int = 0) -> bool:
    kind = KINDS[SCHEMES[name][0]]
    made = Call(url=URL, headers=headers, body=body)
    try:
        return kind.verified(made, source(kind.name, SECRET), NOW + timedelta(seconds=seconds))
    except Untimely:
        return False


@pytest.mark.parametrize("name", SCHEMES)
def test_who_signs_as_the_provider_does_is_known(name: str) -> None:
    headers = SCHEMES[name][1](int(NOW.timestamp()))
    assert accepted(name, headers)
    assert not accepted(name, {})
    for header, value in headers.items():
        for altered in ("", "x", value[:-2], value[1:], "x" + value, "é", value + ",v2=1"):
            if header != "x-hubspot-signature-version" and altered != value:
                assert not accepted(name, headers | {header: altered}) or altered.startswith(value), altered
    other = source(SCHEMES[name][0], "another-secret-of-ours")
    assert not KINDS[SCHEMES[name][0]].verified(Call(url=URL, headers=headers, body=BODY), other, NOW)


@pytest.mark.parametrize("name", sorted(OVER_THE_BODY))
def test_no_byte_of_the_body_can_be_changed(name: str) -> None:
    headers = SCHEMES[name][1](int(NOW.timestamp()))
    for place in range(len(BODY)):
        assert not accepted(name, headers, BODY[:place] + bytes([BODY[place] ^ 1]) + BODY[place + 1 :])
    assert not accepted(name, headers, BODY + b"\n")


@pytest.mark.parametrize(
    ("seconds", "fits"), [(-301, False), (-300, True), (0, True), (300, True), (301, False), (10**7, False)]
)
@pytest.mark.parametrize("name", SCHEMES)
def test_the_edges_of_the_clock(name: str, seconds: int, fits: bool) -> None:
    """A scheme with a time refuses what is five minutes off; the others rest on the dedupe key."""
    headers = SCHEMES[name][1](int(NOW.timestamp()))
    assert accepted(name, headers, seconds=seconds) is (fits or name not in TIMED)


@pytest.mark.parametrize("name", sorted(TIMED))
def test_how_far_the_clock_is_off_is_told_of_what_is_signed_alone(name: str) -> None:
    kind = KINDS[SCHEMES[name][0]]
    late = NOW + timedelta(seconds=312)
    headers = SCHEMES[name][1](int(NOW.timestamp()))
    with pytest.raises(Untimely, match="312 s old"):
        kind.verified(Call(url=URL, headers=headers, body=BODY), source(kind.name, SECRET), late)
    assert not kind.verified(
        Call(url=URL, headers=headers, body=BODY + b" "), source(kind.name, SECRET), late
    )
    assert not kind.verified(Call(url=URL, headers=headers, body=BODY), source(kind.name, SECRET[::-1]), late)


def test_a_weaker_signature_does_not_save_a_wrong_one() -> None:
    at = int(NOW.timestamp())
    wrong = hubspot_v3(at) | {"x-hubspot-signature-v3": "AAAA"}
    assert not accepted("HubSpot v3", {**hubspot_v1(at), **wrong})


def test_of_a_batch_segment_signs_the_first_event_as_it_stands() -> None:
    first = b'{"type":"identify","n":1.0}'
    batch = b"[" + first + b',{"type":"page"}]'
    made = Call(url=URL, headers={"x-signature": mac(first, "sha1").hex()}, body=batch)
    assert KINDS["segment"].verified(made, source("segment", SECRET), NOW)
    other = Call(url=URL, headers=made.headers, body=batch.replace(b"1.0", b"1"))
    assert not KINDS["segment"].verified(other, source("segment", SECRET), NOW)


@pytest.mark.parametrize("kind", ["salesforce-outbound", "dataverse", "marketo", "salesforce-flow"])
def test_who_cannot_sign_sends_the_secret(kind: str) -> None:
    verified = KINDS[kind].verified
    assert verified(call(b"x", f"{URL}?token={SECRET}"), source(kind, SECRET), NOW)
    assert verified(call(b"x", f"{URL}?a=1&code={SECRET}"), source(kind, SECRET), NOW)
    assert not verified(call(b"x", f"{URL}?token=x{SECRET}"), source(kind, SECRET), NOW)
    assert not verified(call(b"x", URL), source(kind, SECRET), NOW)
    by_header = source(kind, SECRET, token_header="X-Token")
    assert verified(call(b"x", URL, x_token=SECRET), by_header, NOW)
    assert not verified(call(b"x", f"{URL}?token={SECRET}"), by_header, NOW), "not in two ways at once"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared payloads are not on this machine")
@pytest.mark.parametrize("body", ['{"n":1}', '[{"name":"Zoë 株式会社"}]', ""])
@pytest.mark.parametrize("path", ["", "?a=1&b=x%20y"])
@pytest.mark.parametrize("version", ["v1", "v2", "v3"])
def test_what_hubspots_own_library_signs_is_known(version: str, path: str, body: str) -> None:
    at = str(int(NOW.timestamp() * 1000))
    signed = Signature.get_signature(SECRET, body, version, URL + path, "POST", at)
    headers = {"x-hubspot-signature": signed, "x-hubspot-signature-version": version}
    if version == "v3":
        headers = {"x-hubspot-signature-v3": signed, "x-hubspot-request-timestamp": at}
    made = Call(url=URL + path, headers=headers, body=body.encode())
    verified = KINDS["hubspot"].verified
    assert verified(made, source("hubspot", SECRET), NOW)
    assert not verified(made, source("hubspot", SECRET + "x"), NOW)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared payloads are not on this machine")
def test_the_vectors_of_hubspots_own_library() -> None:
    for vector in json.loads((SHARED / "hubspot_signature_vectors.json").read_text())["vectors"]:
        body = (
            (SHARED / vector["body_file"]).read_bytes() if "body_file" in vector else vector["body"].encode()
        )
        version = vector["version"]
        headers = {"x-hubspot-signature": vector["signature"], "x-hubspot-signature-version": version}
        now = NOW
        if version == "v3":
            headers = {
                "x-hubspot-signature-v3": vector["signature"],
                "x-hubspot-request-timestamp": vector["timestamp"],
            }
            now = NOW.fromtimestamp(int(vector["timestamp"]) / 1000, NOW.tzinfo)
        made = Call(
            url=vector.get("uri", ""), headers=headers, body=body, method=vector.get("method", "POST")
        )
        assert KINDS["hubspot"].verified(made, source("hubspot", vector["client_secret"]), now), vector
