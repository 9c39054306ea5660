"""Notices by e-mail, over a real conversation with a server on loopback."""

from __future__ import annotations

import email
import email.policy
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from service.db.engine import Database
from service.db.outbox import Message
from service.delivery import email as mail
from service.delivery import guard
from service.delivery.guard import Refused
from service.delivery.http import Answer, BadTarget, Unreachable
from tests.service.deciding import NOW
from tests.service.delivery.sending import BASE, destination, message, tools

PLAIN = {"sender": "muster@example.com", "encrypted": False}


class Server(socketserver.ThreadingTCPServer):
    """A mail server that answers some commands otherwise than 250, and keeps what it gets."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, says: dict[str, bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.says = says
        self.got: list[EmailMessage] = []
        self.commands: list[str] = []
        self.conversations = 0
        self.tls: ssl.SSLContext | None = None  # what STARTTLS leads to


class _Unbuffered:
    """Writes to a socket at once."""

    def __init__(self, to: socket.socket) -> None:
        self._to = to

    def write(self, said: bytes) -> None:
        self._to.sendall(said)

    def flush(self) -> None:
        """There is nothing to flush."""

    def close(self) -> None:
        """The socket is closed by whoever made it."""

    closed = False


class _Talk(socketserver.StreamRequestHandler):
    server: Server
    timeout = 5

    def handle(self) -> None:
        self.server.conversations += 1
        self.wfile.write(b"220 mail.example.com ESMTP\r\n")
        self._talk()

    def _talk(self) -> None:
        for line in self.rfile:
            command = line.decode().split()[0].upper()
            self.server.commands.append(command)
            if command == "STARTTLS" and self.server.tls is not None:
                self._encrypted(self.server.tls)
                return
            self.wfile.write(self.server.says.get(command, b"250 fine") + b"\r\n")
            if command == "DATA":
                self._data()
            if command == "QUIT":
                return

    def _encrypted(self, tls: ssl.SSLContext) -> None:
        self.wfile.write(b"220 go on\r\n")
        with tls.wrap_socket(self.connection, server_side=True) as inner:
            self.rfile, self.wfile = inner.makefile("rb"), _Unbuffered(inner)  # type: ignore[assignment]
            self._talk()

    def _data(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        got = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        assert isinstance(got, EmailMessage)
        self.server.got.append(got)
        self.wfile.write(b"250 queued\r\n")


@contextmanager
def serving(**says: bytes) -> Iterator[Server]:
    server = Server({"DATA": b"354 go on", "QUIT": b"221 bye"} | says)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def send(people: Database, server: Server, told: Sequence[Message], **said: object) -> list[Answer]:
    to = destination("email", f"smtp://127.0.0.1:{server.server_address[1]}", **{"settings": PLAIN} | said)
    return list(mail.send(tools(people), to, told, NOW))


def test_a_rep_is_written_to(people: Database) -> None:
    with serving() as server:
        found = send(people, server, [message({}, 1), message({"routing": {"kept": True}}, 2)])
    assert [answer.status for answer in found] == [250, 204]
    assert server.conversations == 1
    (got,) = server.got
    assert (got["To"], got["Subject"]) == ("rosa@example.com", "Dana Fox of Acme is yours")
    assert got["From"] == "Muster <muster@example.com>"
    assert got["Message-ID"] == "<msg_d-1_assigned.rosa@example.com>"
    assert got["Auto-Submitted"] == "auto-generated"
    text = got.get_content().replace("\r\n", "\n")
    assert text.startswith("By the rule 'named': Rosa owns Acme.\nPlease act by Mon 02 Mar 2026 12:00 CET.")
    assert text.count(f"{BASE}/links/") == 2


def test_a_name_cannot_write_headers(people: Database) -> None:
    with serving() as server:
        send(people, server, [message({"contact": {"last_name": "Fox\r\nBcc: all@example.com"}})])
    assert server.got[0]["Subject"] == "Dana Fox Bcc: all@example.com of Acme is yours"
    assert server.got[0]["Bcc"] is None


@pytest.mark.parametrize(("code", "final"), [(b"450 busy", False), (b"550 unknown user", True)])
def test_a_receiver_that_is_refused(people: Database, code: bytes, final: bool) -> None:
    with serving(RCPT=code) as server:
        (answer,) = send(people, server, [message({})])
    assert (answer.status, answer.final) == (int(code[:3]), final)


def test_a_rep_without_an_address(people: Database) -> None:
    with serving() as server:
        (answer,) = send(people, server, [message({"assignment": {"rep": "noone"}})])
    assert answer.final and answer.detail == "rep noone has no e-mail address"


def test_encryption_is_not_done_without(people: Database) -> None:
    with serving() as server:
        with pytest.raises(Unreachable, match="does not offer encryption"):
            send(people, server, [message({})], settings={"sender": "muster@example.com"})
        with pytest.raises(BadTarget, match="encrypted connection"):
            send(people, server, [message({})], credentials={"username": "a", "password": "b"})
    assert server.got == []


@contextmanager
def encrypted(
    certificate: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool = True
) -> Iterator[tuple[Server, str]]:
    """A server that signs people in once the conversation is encrypted, and its name and port."""
    trusting = ssl.create_default_context(cafile=certificate if trusted else None)
    monkeypatch.setattr(mail, "_tls", lambda: trusting)
    monkeypatch.setattr(guard, "resolve", lambda *_: ["127.0.0.1"])
    offered = b"250-mail.example.com\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN"
    with serving(EHLO=offered, AUTH=b"235 welcome") as server:
        server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.tls.load_cert_chain(certificate)
        yield server, f"receiver.internal:{server.server_address[1]}"


SIGNED_IN = {"credentials": {"username": "a", "password": "b"}, "settings": {"sender": "muster@example.com"}}


def test_a_password_goes_over_an_encrypted_conversation(
    people: Database, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted(certificate, monkeypatch) as (server, name):
        to = destination("email", f"smtp://{name}", **SIGNED_IN)
        (answer,) = mail.send(tools(people), to, [message({})], NOW)
    assert answer.status == 250 and len(server.got) == 1
    assert server.commands[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


@pytest.mark.parametrize(("name", "trusted"), [("another.internal", True), ("receiver.internal", False)])
def test_a_server_that_is_not_who_it_says_hears_nothing(
    people: Database, certificate: Path, monkeypatch: pytest.MonkeyPatch, name: str, trusted: bool
) -> None:
    with encrypted(certificate, monkeypatch, trusted) as (server, there):
        to = destination("email", f"smtp://{there.replace('receiver.internal', name)}", **SIGNED_IN)
        with pytest.raises(Unreachable):
            mail.send(tools(people), to, [message({})], NOW)
    assert server.commands == ["EHLO", "STARTTLS"] and server.got == []


def test_smtps_is_encrypted_from_the_first_byte(
    people: Database, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted(certificate, monkeypatch) as (server, name):
        assert server.tls is not None
        server.socket = server.tls.wrap_socket(server.socket, server_side=True)
        (answer,) = mail.send(
            tools(people), destination("email", f"smtps://{name}", **SIGNED_IN), [message({})], NOW
        )
    assert answer.status == 250 and len(server.got) == 1
    assert server.commands[:2] == ["EHLO", "AUTH"]


def test_nobody_listens(people: Database) -> None:
    with serving() as server:
        port = server.server_address[1]
    with pytest.raises(Unreachable, match="could not be reached"):
        mail.send(
            tools(people),
            destination("email", f"smtp://127.0.0.1:{port}", settings=PLAIN),
            [message({})],
            NOW,
        )


@pytest.mark.parametrize("address", ["10.0.0.5", "169.254.169.254", "::1", "224.0.0.1"])
def test_a_server_inside_is_refused_when_its_name_is_resolved(
    people: Database, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(guard, "resolve", lambda *_: ["93.184.215.14", address])
    monkeypatch.setattr(socket, "create_connection", lambda *given: asked.append(given))
    with pytest.raises(Refused):
        mail.send(
            tools(people),
            destination("email", "smtps://mail.example.com", settings=PLAIN | {"encrypted": True}),
            [message({})],
            NOW,
        )
    assert asked == []


@pytest.mark.parametrize(
    ("url", "port"),
    [
        ("smtp://mail.example.com", 587),
        ("smtps://mail.example.com", 465),
        ("smtp://mail.example.com:587/", 587),
    ],
)
def test_where_a_server_is(url: str, port: int) -> None:
    assert mail.check_url(url, ()).port == port


@pytest.mark.parametrize(
    "url",
    [
        "https://mail.example.com",
        "smtp://mail.example.com:25",
        "smtp://mail.example.com/path",
        "smtp://127.0.0.1",
        "smtp://user@mail.example.com",
        "smtp://",
    ],
)
def test_where_no_server_can_be(url: str) -> None:
    with pytest.raises(BadTarget):
        mail.check_url(url, ())
