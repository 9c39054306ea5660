"""One request to an address that somebody typed in, made safe at the moment of connecting.

The parser below is the only one that sees the URL: what it reads is what is
connected to, so there is no second opinion for an attacker to use. A host is
resolved once, every address of the answer is checked, and the connection goes
to a checked address while Host and SNI keep the name; an answer that mixes
public and private addresses is refused whole. Redirects are never followed and
the body of an answer to a message is never read. One connection serves one request,
under one deadline.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Any

import httpcore2

from service.delivery.networks import Address, Allowed, is_allowed, is_public

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
_PUBLIC_PORT = 443
_PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\@\s]+)(?P<target>[/?][!-~]*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_END = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to addresses, as text. Raises OSError when there is none."""


class BadTarget(ValueError):
    """A URL that deliveries cannot go to, with what would be right."""


class Refused(Exception):
    """The address behind the URL is not one that deliveries may reach."""


class Unreachable(Exception):
    """No answer: the name, the connection, the encryption or the time gave out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a POST goes. ``host`` is lower-case ASCII, an IPv6 literal without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with the query, begins with a slash


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the receiver said: its status, and how long it asks us to wait."""

    status: int
    retry_after: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What was got: the status, the text's ETag, and the text itself where the status is 200."""

    status: int
    etag: str | None
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What another system's API answered: the status, the whole text, how long it asks us to wait."""

    status: int
    body: bytes
    retry_after: timedelta | None


def parse_target(url: str) -> Target:
    """Read a URL strictly. Raises BadTarget for anything that two readers could understand differently."""
    found = _URL.fullmatch(url)
    if not found or "#" in url or "\\" in url:
        raise BadTarget("the URL must be https://host/path in ASCII, without user name, fragment or spaces")
    authority = _AUTHORITY.fullmatch(found["authority"])
    if not authority:
        raise BadTarget("the host must be an address, or a name in ASCII (xn-- for an international one)")
    scheme = found["scheme"].lower()
    port = int(authority["port"]) if authority["port"] else _PORTS[scheme]
    if not 1 <= port <= 65535:
        raise BadTarget("the port must be from 1 to 65535")
    target = found["target"] or "/"
    path = target if target.startswith("/") else "/" + target
    return Target(scheme=scheme, host=_host(authority["host"].lower()), port=port, path=path)


def _host(text: str) -> str:
    if text.startswith("["):
        try:
            return str(ipaddress.IPv6Address(text[1:-1]))
        except ValueError:
            raise BadTarget("what stands in brackets is not an IPv6 address") from None
    name = text.removesuffix(".")
    if _NUMERIC_END.fullmatch(name):  # 127.1, 0x7f000001, 0177.0.0.1: each reader has its own idea
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError:
            raise BadTarget("an address must be four decimal numbers without leading zeros") from None
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in name.split(".")):
        raise BadTarget("the host is not a valid name")
    return name


def check_target(url: str, allowed: Sequence[Allowed]) -> Target:
    """What can be said of a URL before it is resolved, for the moment it is typed in.

    Raises BadTarget. The check that counts is made again at every connection.
    """
    target = parse_target(url)
    try:
        address: Address | None = ipaddress.ip_address(target.host)
    except ValueError:
        address = None
    if address is not None and not _may_connect(address, target.port, allowed):
        raise BadTarget(_REFUSAL)
    if address is None and target.port != _PUBLIC_PORT and not allowed:
        raise BadTarget(_REFUSAL)
    return target


_REFUSAL = (
    "deliveries go to public addresses on port 443 (https); "
    "others must be listed in MUSTER_DELIVERY_ALLOW by whoever runs this deployment"
)


def _may_connect(address: Address, port: int, allowed: Sequence[Allowed]) -> bool:
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    return is_allowed(address, port, allowed) or (port == _PUBLIC_PORT and is_public(address))


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the order the system prefers."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    allowed: Sequence[Allowed],
    resolve: Resolve = resolve,
    total_seconds: float = TOTAL_SECONDS,
) -> Answer:
    """Send ``body`` to ``url`` and give the receiver's answer, whatever its status.

    Raises BadTarget, Refused (the address is not allowed) or Unreachable (no
    answer within ``total_seconds``).
    """
    length = [("Content-Length", str(len(body)))]
    with _answering(
        "POST", url, [*length, *headers.items()], body, allowed, resolve, total_seconds
    ) as response:
        return Answer(status=response.status, retry_after=_retry_after(response.headers))


def get(
    url: str,
    *,
    allowed: Sequence[Allowed],
    etag: str | None = None,
    most: int,
    resolve: Resolve = resolve,
    total_seconds: float = TOTAL_SECONDS,
) -> Fetched:
    """Get a text of at most ``most`` bytes; with ``etag`` only if it has changed since (else status 304).

    Raises BadTarget, Refused, or Unreachable, also for one that is longer.
    """
    headers = [("User-Agent", "Muster"), ("Accept-Encoding", "identity")]
    if etag is not None:
        headers.append(("If-None-Match", etag))
    with _answering("GET", url, headers, None, allowed, resolve, total_seconds) as response:
        named = (value.decode("latin-1") for name, value in response.headers if name.lower() == b"etag")
        body = _at_most(response, most) if response.status == 200 else b""
        return Fetched(status=response.status, etag=next(named, None), body=body)


def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    allowed: Sequence[Allowed],
    most: int,
    resolve: Resolve = resolve,
    total_seconds: float = TOTAL_SECONDS,
) -> Told:
    """Call another system's API and give its answer of at most ``most`` bytes, whatever its status.

    Raises BadTarget, Refused, or Unreachable, also for an answer that is longer.
    """
    length = [] if body is None else [("Content-Length", str(len(body)))]
    given = [("User-Agent", "Muster"), ("Accept-Encoding", "identity"), *length, *headers.items()]
    with _answering(method, url, given, body, allowed, resolve, total_seconds) as response:
        text = _at_most(response, most)
        return Told(status=response.status, body=text, retry_after=_retry_after(response.headers))


def _at_most(response: httpcore2.Response, most: int) -> bytes:
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > most:
            raise Unreachable(f"the answer has more than {most:,} bytes")
    return bytes(body)


@contextmanager
def _answering(
    method: str,
    url: str,
    headers: Sequence[tuple[str, str]],
    body: bytes | None,
    allowed: Sequence[Allowed],
    resolve: Resolve,
    total_seconds: float,
) -> Iterator[httpcore2.Response]:
    """The answer to one request over a connection of its own, which ends with the block."""
    target = parse_target(url)
    deadline = time.monotonic() + total_seconds
    host = f"[{target.host}]" if ":" in target.host else target.host
    shown = host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"
    connection = httpcore2.HTTPConnection(
        origin=httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port),
        ssl_context=_tls() if target.scheme == "https" else None,
        network_backend=_Guarded(allowed, resolve, deadline),
    )
    request = httpcore2.Request(
        method,
        httpcore2.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        ),
        headers=[("Host", shown), ("Connection", "close"), *headers],
        content=body,
        extensions={"timeout": {"connect": CONNECT_SECONDS, "read": total_seconds, "write": total_seconds}},
    )
    try:
        yield connection.handle_request(request)
    except (httpcore2.TimeoutException, TimeoutError):
        raise Unreachable(f"no answer within {total_seconds:g} seconds") from None
    except (httpcore2.ConnectError, OSError):
        raise Unreachable("the connection could not be made") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise Unreachable("the connection broke, or what came back was not HTTP") from None
    finally:
        connection.close()


@cache
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> timedelta | None:
    """The wait a receiver asks for, in seconds or as a date (RFC 9110, 10.2.3); None when unreadable."""
    text = next(
        (value.decode("latin-1").strip() for name, value in headers if name.lower() == b"retry-after"), ""
    )
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**8))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    aware = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(aware - datetime.now(UTC), timedelta(0))


class _Guarded(httpcore2.NetworkBackend):
    """Connects to checked addresses only, and lets nothing outlive the deadline."""

    def __init__(self, allowed: Sequence[Allowed], resolve: Resolve, deadline: float) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = self._checked(host, port)
        for place, address in enumerate(addresses):
            try:
                left = _left(self._deadline, timeout)
                return _Timed(self._plain.connect_tcp(address, port, left), self._deadline)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if place == len(addresses) - 1:
                    raise
        raise httpcore2.ConnectError("the name has no address")

    def _checked(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = self._resolve(host, port)
        except (OSError, UnicodeError):
            raise httpcore2.ConnectError("the name could not be resolved") from None
        if not all(_may_connect(ipaddress.ip_address(address), port, self._allowed) for address in addresses):
            raise Refused(_REFUSAL)
        return addresses


class _Timed(httpcore2.NetworkStream):
    """A stream whose every operation ends at the deadline: a byte a second does not hold it open."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline, timeout))
        return _Timed(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout
    return left if timeout is None else min(left, timeout)
