"""One POST: where it may go, and what a hostile receiver can do to it.

Nothing here leaves the machine: where a public address is needed, the
connection itself is replaced, and every attempt to connect is counted.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpcore2
import pytest
from ruamel.yaml import YAML

from service.delivery import http
from service.delivery.http import BadTarget, Refused, Unreachable, check_target, parse_target, post
from service.delivery.networks import parse_allowed
from tests.service.delivery.receiver import receiving

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "delivery" / "targets.yaml")
LOOPBACK = parse_allowed("127.0.0.0/8")


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Every address that a connection was asked for; none is made."""
    asked: list[tuple[str, int]] = []

    def connect(_: Any, host: str, port: int, *rest: Any, **named: Any) -> Any:
        asked.append((host, port))
        raise httpcore2.ConnectError

    monkeypatch.setattr(httpcore2.SyncBackend, "connect_tcp", connect)
    return asked


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["url"] or "empty")
def test_where_a_message_may_go(case: dict[str, Any], connections: list[tuple[str, int]]) -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        found: Sequence[str] = case.get("resolves", [host])
        return found

    with pytest.raises((BadTarget, Refused, Unreachable)) as raised:
        post(case["url"], headers={}, body=b"{}", allowed=(), resolve=resolve)
    expected = {"refused": BadTarget, "blocked": Refused, "sent": Unreachable}[case["verdict"]]
    assert raised.type is expected
    wanted = [(address, 443) for address in case["resolves"]] if case["verdict"] == "sent" else []
    assert connections == wanted


def test_there_are_many_targets() -> None:
    assert sum(case["verdict"] != "sent" for case in CASES) >= 60


def test_a_url_that_can_never_be_reached_is_refused_when_it_is_typed_in() -> None:
    for case in CASES:
        literal = "resolves" not in case
        if case["verdict"] == "refused" or (case["verdict"] == "blocked" and literal):
            with pytest.raises(BadTarget):
                check_target(case["url"], ())


def test_a_port_that_only_an_allowed_network_has_is_taken_when_there_is_one() -> None:
    assert check_target("http://receiver.internal:8080/x", LOOPBACK).port == 8080
    with pytest.raises(BadTarget, match="MUSTER_DELIVERY_ALLOW"):
        check_target("http://receiver.internal:8080/x", ())


def test_a_name_that_changes_its_address_is_checked_at_every_connection(
    connections: list[tuple[str, int]],
) -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])

    def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    with pytest.raises(Unreachable):
        post("https://hooks.example.com/", headers={}, body=b"", allowed=(), resolve=resolve)
    with pytest.raises(Refused):
        post("https://hooks.example.com/", headers={}, body=b"", allowed=(), resolve=resolve)
    assert connections == [("93.184.215.14", 443)]


def test_each_name_is_resolved_once(connections: list[tuple[str, int]]) -> None:
    asked: list[str] = []

    def resolve(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ["93.184.215.14", "93.184.215.15"]

    with pytest.raises(Unreachable):
        post("https://hooks.example.com/", headers={}, body=b"", allowed=(), resolve=resolve)
    assert asked == ["hooks.example.com"]
    assert connections == [("93.184.215.14", 443), ("93.184.215.15", 443)]


def test_a_name_that_does_not_resolve() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror

    with pytest.raises(Unreachable, match="could not be made"):
        post("https://hooks.example.com/", headers={}, body=b"", allowed=(), resolve=resolve)


def test_the_answer_of_a_real_receiver() -> None:
    with receiving() as receiver:
        receiver.reply = lambda _: (503, {"Retry-After": "120"})
        answer = post(
            receiver.url + "?a=b", headers={"webhook-id": "msg_1"}, body=b'{"a":1}', allowed=LOOPBACK
        )
    assert (answer.status, answer.retry_after) == (503, timedelta(minutes=2))
    (got,) = receiver.got
    assert (got.path, got.body, got.headers["webhook-id"]) == ("/hook?a=b", b'{"a":1}', "msg_1")
    assert got.headers["host"] == receiver.url.split("/")[2]


def test_the_name_is_kept_for_the_receiver() -> None:
    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        url = f"http://receiver.internal:{port}/hook"
        post(url, headers={}, body=b"", allowed=LOOPBACK, resolve=lambda *_: ["127.0.0.1"])
    assert receiver.got[0].headers["host"] == f"receiver.internal:{port}"


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiving() as receiver, receiving() as other:
        receiver.reply = lambda _: (302, {"Location": other.url})
        assert post(receiver.url, headers={}, body=b"", allowed=LOOPBACK).status == 302
    assert other.got == []


def test_nobody_listens() -> None:
    with receiving() as receiver:
        url = receiver.url
    with pytest.raises(Unreachable, match="could not be made"):
        post(url, headers={}, body=b"", allowed=LOOPBACK)


@contextmanager
def serving(behave: Callable[[socket.socket], None]) -> Iterator[str]:
    """A receiver that does with its one connection what it likes."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            behave(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        thread.join(5)
        listening.close()


def test_a_receiver_that_says_nothing_is_left_in_time() -> None:
    left = threading.Event()
    with serving(lambda _: bool(left.wait(5)) and None) as url:
        with pytest.raises(Unreachable, match=r"within 0\.3 seconds"):
            post(url, headers={}, body=b"", allowed=LOOPBACK, total_seconds=0.3)
        left.set()


def test_a_receiver_that_drips_is_left_in_time() -> None:
    left = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.recv(1000)
        for byte in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000:
            connection.send(bytes([byte]))
            if left.wait(0.02):
                return

    with serving(drip) as url:
        with pytest.raises(Unreachable, match=r"within 0\.3 seconds"):
            post(url, headers={}, body=b"", allowed=LOOPBACK, total_seconds=0.3)
        left.set()


def test_a_body_without_end_is_not_read() -> None:
    sent = 0

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.recv(1000)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 200000000\r\n\r\n")
        while sent < 200_000_000:
            sent += connection.send(b"x" * 65536)

    with serving(flood) as url:
        assert post(url, headers={}, body=b"", allowed=LOOPBACK).status == 200
    assert sent < 50_000_000


@pytest.mark.parametrize(
    "said",
    [b"", b"220 smtp.example.com ESMTP\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01\x00", b"A" * 200_000],
)
def test_what_is_not_http_is_a_failure(said: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(said)

    with serving(talk) as url, pytest.raises(Unreachable):
        post(url, headers={}, body=b"", allowed=LOOPBACK, total_seconds=2)


@contextmanager
def encrypted(certificate: Path, names: list[str]) -> Iterator[int]:
    """A receiver that speaks TLS; the names it is asked for, and its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _, name, __: names.append(str(name))

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inner:
            received = b""
            while not received.endswith(b"\r\n\r\n{}"):
                received += inner.recv(1000)
            inner.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with serving(talk) as url:
        yield int(url.split(":")[2].strip("/"))


def test_the_name_is_what_encryption_asks_for_and_checks(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(http, "_tls", lambda: trusting)
    names: list[str] = []
    here = {"headers": {}, "body": b"{}", "allowed": LOOPBACK, "resolve": lambda *_: ["127.0.0.1"]}
    with encrypted(certificate, names) as port:
        assert post(f"https://receiver.internal:{port}/", **here).status == 204
    with encrypted(certificate, names) as port, pytest.raises(Unreachable, match="could not be made"):
        post(f"https://another.internal:{port}/", **here)
    assert names == ["receiver.internal", "another.internal"]


def test_a_certificate_that_nobody_vouches_for_is_a_failure(certificate: Path) -> None:
    with encrypted(certificate, []) as port, pytest.raises(Unreachable, match="could not be made"):
        post(
            f"https://receiver.internal:{port}/",
            headers={},
            body=b"personal",
            allowed=LOOPBACK,
            resolve=lambda *_: ["127.0.0.1"],
        )


@pytest.mark.parametrize(
    ("header", "asks"),
    [
        ("120", timedelta(minutes=2)),
        ("0", timedelta(0)),
        ("-5", None),
        ("soon", None),
        ("99999999999999999999", timedelta(seconds=10**8)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", timedelta(0)),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(header: str, asks: timedelta | None) -> None:
    with receiving() as receiver:
        receiver.reply = lambda _: (429, {"Retry-After": header})
        assert post(receiver.url, headers={}, body=b"", allowed=LOOPBACK).retry_after == asks


def test_retry_after_as_a_date_ahead() -> None:
    ahead = datetime.now(UTC) + timedelta(hours=1)
    with receiving() as receiver:
        receiver.reply = lambda _: (503, {"Retry-After": ahead.strftime("%a, %d %b %Y %H:%M:%S GMT")})
        found = post(receiver.url, headers={}, body=b"", allowed=LOOPBACK).retry_after
    assert found is not None
    assert timedelta(minutes=59) < found <= timedelta(hours=1)


def test_headers_cannot_be_smuggled_by_a_path() -> None:
    assert parse_target("https://h.example/a%0d%0aX:1").path == "/a%0d%0aX:1"
    with pytest.raises(BadTarget):
        parse_target("https://h.example/a\r\nX: 1")


def test_encryption_verifies_names() -> None:
    context = http._tls()
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED
