"""One request to an address that somebody typed in, made safe at the moment of connecting.

The parser below is the only one that sees the URL: what it reads is what is
connected to, so there is no second opinion for an attacker to use; the guard
checks the addresses, while Host and SNI keep the name. Redirects are never
followed. A request has one deadline and an answer one size, whatever comes.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

import httpcore2

from service.delivery.guard import PUBLIC_PORTS, REFUSAL, Guarded, Resolve, may_connect, resolve
from service.delivery.guard import Refused as Refused
from service.delivery.lines import Line, Lines
from service.delivery.networks import Address, Allowed

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 20.0
_DRAIN_SECONDS = 1.0
_DRAIN_BYTES = 64 * 1024
_PORTS = {"http": 80, "https": 443}

_URL = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\@\s]+)(?P<target>[/?][!-~]*)?", re.IGNORECASE)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?", re.IGNORECASE)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC_END = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")


class BadTarget(ValueError):
    """A URL that deliveries cannot go to, with what would be right."""


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
    """What the receiver said: its status, and how long it asks us to wait.

    ``detail`` says more for a person. ``final``: the same message will fare no
    better another time, until somebody has changed something.
    """

    status: int
    retry_after: timedelta | None
    detail: str | None = None
    final: bool = False


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
    return check_host(parse_target(url), allowed, PUBLIC_PORTS)


def check_host(target: Target, allowed: Sequence[Allowed], public: Collection[int]) -> Target:
    """The same for one that was read already; ``public`` are the ports that public addresses may have."""
    try:
        address: Address | None = ipaddress.ip_address(target.host)
    except ValueError:
        address = None
    if address is not None and not may_connect(address, target.port, allowed, public):
        raise BadTarget(REFUSAL)
    if address is None and target.port not in public and not allowed:
        raise BadTarget(REFUSAL)
    return target


def post(
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    allowed: Sequence[Allowed],
    resolve: Resolve = resolve,
    total_seconds: float = TOTAL_SECONDS,
    lines: Lines | None = None,
) -> Answer:
    """Send ``body`` to ``url`` and give the receiver's answer, whatever its status; its body is not kept.

    With ``lines`` a connection that was kept is used, and kept again.
    Raises BadTarget, Refused (the address is not allowed) or Unreachable (no
    answer within ``total_seconds``).
    """
    asked = _Asked(url=url, method="POST", headers=_with_length(headers, body), body=body)
    with _answering(asked, allowed, resolve, total_seconds, lines) as (response, kept):
        answer = Answer(status=response.status, retry_after=_retry_after(response.headers))
        kept.drain(response)
    return answer


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
    lines: Lines | None = None,
) -> Told:
    """Call another system's API and give its answer of at most ``most`` bytes, whatever its status.

    With ``lines`` a connection that was kept is used, and kept again.
    Raises BadTarget, Refused, or Unreachable, also for an answer that is longer.
    """
    given = [("User-Agent", "Muster"), ("Accept-Encoding", "identity"), *_with_length(headers, body)]
    asked = _Asked(url=url, method=method, headers=given, body=body)
    with _answering(asked, allowed, resolve, total_seconds, lines) as (response, kept):
        text = _read(response, most)
        kept.whole = True
    return Told(status=response.status, body=text, retry_after=_retry_after(response.headers))


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
    asked = _Asked(url=url, method="GET", headers=headers, body=None)
    with _answering(asked, allowed, resolve, total_seconds, None) as (response, _):
        named = (value.decode("latin-1") for name, value in response.headers if name.lower() == b"etag")
        body = _read(response, most) if response.status == 200 else b""
        return Fetched(status=response.status, etag=next(named, None), body=body)


def _read(response: httpcore2.Response, most: int) -> bytes:
    body = bytearray()
    for part in response.iter_stream():
        body += part
        if len(body) > most:
            raise Unreachable(f"the answer has more than {most:,} bytes")
    return bytes(body)


def _with_length(headers: Mapping[str, str], body: bytes | None) -> list[tuple[str, str]]:
    length = [] if body is None else [("Content-Length", str(len(body)))]
    return [*length, *headers.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """A request as it is to be made."""

    url: str
    method: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None


@dataclass(slots=True, kw_only=True)
class _Connected:
    """The connection of a request. ``whole``: the answer was read to its end, so another may follow."""

    guard: Guarded
    whole: bool = False

    def drain(self, response: httpcore2.Response) -> None:
        """Read what is left of an answer that nobody wants, where it is short and comes at once."""
        self.guard.deadline = min(self.guard.deadline, time.monotonic() + _DRAIN_SECONDS)
        try:
            _read(response, _DRAIN_BYTES)
            self.whole = True
        except (Unreachable, httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError):
            self.whole = False


@contextmanager
def _answering(
    asked: _Asked,
    allowed: Sequence[Allowed],
    resolve: Resolve,
    total_seconds: float,
    lines: Lines | None,
) -> Iterator[tuple[httpcore2.Response, _Connected]]:
    """The answer to one request; its connection ends with the block, or is given back to ``lines``."""
    target = parse_target(asked.url)
    origin = (target.scheme, target.host, target.port)
    deadline = time.monotonic() + total_seconds
    request = _request(asked, target, total_seconds, keep=lines is not None)
    line = lines.take(origin) if lines else None
    connection: httpcore2.HTTPConnection | None = None
    kept = None
    try:
        if line is not None:
            connection, guard = line.connection, line.guard
            guard.deadline = deadline
            response = _on_a_kept_line(line, request)
        else:
            response = None
        if response is None:
            guard = Guarded(allowed, resolve, deadline)
            connection = _connection(target, guard)
            response = connection.handle_request(request)
        kept = _Connected(guard=guard)
        yield response, kept
        response.close()
    except (httpcore2.TimeoutException, TimeoutError):
        raise Unreachable(f"no answer within {total_seconds:g} seconds") from None
    except (httpcore2.ConnectError, OSError):
        raise Unreachable("the connection could not be made") from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise Unreachable("the connection broke, or what came back was not HTTP") from None
    finally:
        if connection is not None:
            if lines is not None and kept is not None and kept.whole:
                lines.give_back(origin, connection, kept.guard)
            else:
                connection.close()


def _on_a_kept_line(line: Line, request: httpcore2.Request) -> httpcore2.Response | None:
    """The answer over a connection that was kept; None where the other side has let go of it meanwhile.

    The request may then have arrived all the same: what is sent here has an id
    and may be sent twice, as after any lost answer.
    """
    try:
        return line.connection.handle_request(request)
    except (httpcore2.NetworkError, httpcore2.RemoteProtocolError, httpcore2.ConnectionNotAvailable):
        line.connection.close()
        return None


def _connection(target: Target, guard: Guarded) -> httpcore2.HTTPConnection:
    return httpcore2.HTTPConnection(
        origin=httpcore2.Origin(target.scheme.encode(), target.host.encode(), target.port),
        ssl_context=_tls() if target.scheme == "https" else None,
        network_backend=guard,
    )


def _request(asked: _Asked, target: Target, total_seconds: float, *, keep: bool) -> httpcore2.Request:
    host = f"[{target.host}]" if ":" in target.host else target.host
    shown = host if target.port == _PORTS[target.scheme] else f"{host}:{target.port}"
    ending = [] if keep else [("Connection", "close")]
    return httpcore2.Request(
        asked.method,
        httpcore2.URL(
            scheme=target.scheme.encode(),
            host=target.host.encode(),
            port=target.port,
            target=target.path.encode(),
        ),
        headers=[("Host", shown), *ending, *asked.headers],
        content=asked.body,
        extensions={"timeout": {"connect": CONNECT_SECONDS, "read": total_seconds, "write": total_seconds}},
    )


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
