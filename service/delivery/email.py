"""Notices to reps by e-mail, through a mail server (SMTP, RFC 5321; encrypted by RFC 8314 or 3207).

The server's addresses are checked when the connection is made, as those of
every destination. Public servers are reached on ports 465 and 587.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from typing import Any

import httpcore2
from pydantic import Field, SecretStr, field_validator

from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery import guard
from service.delivery.guard import Refused
from service.delivery.http import Answer, BadTarget, Target, Unreachable, check_host, parse_target
from service.delivery.kind import Fields, Kind, Tools
from service.delivery.networks import Allowed
from service.delivery.notice import EVENTS, Notice, notices, plain

SECONDS = 15.0  # for each step of the conversation
_PUBLIC_PORTS = frozenset({465, 587})
_SCHEME = re.compile(r"(smtps?)://(.+)", re.IGNORECASE)
_NOBODY = Answer(status=204, retry_after=None, detail="nobody is to be told")
_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]]+@[^@\s<>\"(),:;\\\[\]]+\.[^@\s<>\"(),:;\\\[\]]+")


class Settings(Fields):
    """Who the mail is from."""

    sender: str = Field(description="The address that the mail comes from.", examples=["muster@example.com"])
    encrypted: bool = Field(
        default=True, description="False: `smtp://` without encryption, for a relay inside and no password."
    )

    @field_validator("sender")
    @classmethod
    def _address(cls, value: str) -> str:
        if not value.isascii() or not _ADDRESS.fullmatch(value):
            raise ValueError("must be an e-mail address")
        return value


class Credentials(Fields):
    """How the server knows us; nothing for one that takes mail from where we are."""

    username: str | None = Field(default=None, description="As the mail server knows us.")
    password: SecretStr | None = Field(default=None, description="The one that goes with it.")


def server(url: str) -> Target:
    """The mail server: `smtps://host` (encrypted, port 465) or `smtp://host` (STARTTLS, port 587).

    Raises BadTarget.
    """
    found = _SCHEME.fullmatch(url)
    if not found:
        raise BadTarget("the URL must be smtps://host or smtp://host, with a port or without")
    target = parse_target("https://" + found[2])
    if target.path != "/":
        raise BadTarget("the URL of a mail server ends with its host or port")
    scheme = found[1].lower()
    said = re.search(r":[0-9]+/?$", found[2])
    port = target.port if said else 465 if scheme == "smtps" else 587
    return Target(scheme=scheme, host=target.host, port=port, path="/")


def check_url(url: str, allowed: Sequence[Allowed]) -> Target:
    """What can be said of the URL before it is resolved. Raises BadTarget."""
    return check_host(server(url), allowed, _PUBLIC_PORTS)


def send(
    tools: Tools, destination: Destination, messages: Sequence[Message], now: datetime
) -> Sequence[Answer]:
    """Send the notices of messages, in one conversation. Raises BadTarget, Refused, Unreachable."""
    told = [notices(tools.database, tools.links, message) for message in messages]
    if not any(told):
        return [_NOBODY] * len(messages)
    settings = Settings.model_validate(destination.settings)
    with _conversation(tools, destination, settings) as talk:
        return [
            _all_of(talk, settings, message, mine, now) for message, mine in zip(messages, told, strict=True)
        ]


def _all_of(
    talk: smtplib.SMTP, settings: Settings, message: Message, told: Sequence[Notice], now: datetime
) -> Answer:
    answer = _NOBODY
    for notice in told:
        if not notice.rep.email:
            missing = f"rep {notice.rep.id} has no e-mail address"
            return Answer(status=422, retry_after=None, detail=missing, final=True)
        answer = _one(talk, letter(notice, message, settings.sender, now))
        if answer.status >= 300:
            return answer
    return answer


def _one(talk: smtplib.SMTP, mail: EmailMessage) -> Answer:
    """Hand over one mail. A receiver that is refused with 5yz (RFC 5321, 4.2.1) is refused for good."""
    try:
        talk.send_message(mail)
    except smtplib.SMTPRecipientsRefused as refused:
        code, _ = next(iter(refused.recipients.values()))
        return Answer(
            status=code,
            retry_after=None,
            detail=f"the server refused the receiver with {code}",
            final=code >= 500,
        )
    except smtplib.SMTPResponseException as refused:
        code = refused.smtp_code
        return Answer(status=code, retry_after=None, detail=f"the server refused the mail with {code}")
    return Answer(status=250, retry_after=None)


def letter(notice: Notice, message: Message, sender: str, now: datetime) -> EmailMessage:
    """The mail. Its Message-ID is the same each time the message is tried."""
    mail = EmailMessage()
    mail["From"] = Address("Muster", addr_spec=sender)
    mail["To"] = notice.rep.email
    mail["Subject"] = re.sub(r"\s+", " ", notice.title)[:200]
    mail["Date"] = format_datetime(now)
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", f"{message.id}.{notice.rep.id}")
    mail["Message-ID"] = f"<{safe}@{sender.partition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence note answers this
    mail.set_content("\n".join(plain(notice)) + "\n")
    return mail


@contextmanager
def _conversation(tools: Tools, destination: Destination, settings: Settings) -> Iterator[smtplib.SMTP]:
    target = server(destination.url)
    name, password = (destination.credentials.get(field) for field in ("username", "password"))
    if not settings.encrypted and (name or target.scheme == "smtps"):
        raise BadTarget("a password is sent over an encrypted connection only")
    talk: smtplib.SMTP | None = None
    try:
        talk = _Checked(target, tools.allowed)
        if target.scheme == "smtp" and settings.encrypted:
            talk.starttls(context=_tls())
        if name and password:
            talk.login(name, password)
        yield talk
        talk.quit()
    except Refused:
        raise
    except smtplib.SMTPAuthenticationError:
        raise Unreachable("the mail server refused the user name or the password") from None
    except smtplib.SMTPNotSupportedError:
        raise Unreachable("the mail server does not offer encryption or signing in") from None
    except (smtplib.SMTPException, httpcore2.ConnectError, OSError):
        raise Unreachable("the mail server could not be reached, or broke off") from None
    finally:
        if talk is not None:
            talk.close()


class _Checked(smtplib.SMTP):
    """A conversation with a checked address; the name stays for the encryption to verify."""

    def __init__(self, target: Target, allowed: Sequence[Allowed]) -> None:
        self._target, self._allowed = target, allowed
        super().__init__(target.host, target.port, timeout=SECONDS)

    def _get_socket(self, host: str, port: int, timeout: Any) -> socket.socket:
        addresses = guard.checked(host, port, self._allowed, guard.resolve, _PUBLIC_PORTS)
        failed: OSError = OSError("the name has no address")
        for address in addresses:
            try:
                plain_socket = socket.create_connection((address, port), timeout)
                break
            except OSError as error:
                failed = error
        else:
            raise failed
        if self._target.scheme == "smtps":
            return _tls().wrap_socket(plain_socket, server_hostname=host)
        return plain_socket


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


KIND = Kind(
    name="email",
    send=send,
    settings=Settings,
    credentials=Credentials,
    events=EVENTS,
    together=20,
    abreast=2,
    check_url=check_url,
)
