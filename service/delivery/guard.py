"""What stands between us and every connection: only checked addresses, and no longer than agreed.

A host is resolved once for a connection, every address of the answer is
checked, and the connection goes to a checked address; an answer that mixes
public and private addresses is refused whole.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import httpcore2

from service.delivery.networks import Address, Allowed, is_allowed, is_public

PUBLIC_PORTS = frozenset({443})
REFUSAL = (
    "deliveries go to public addresses on port 443 (https); "
    "others must be listed in MUSTER_DELIVERY_ALLOW by whoever runs this deployment"
)

Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to addresses, as text. Raises OSError when there is none."""


class Refused(Exception):
    """The address behind the URL is not one that deliveries may reach."""


def resolve(host: str, port: int) -> list[str]:
    """Every address of a host, in the order the system prefers."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def may_connect(
    address: Address, port: int, allowed: Sequence[Allowed], public: Collection[int] = PUBLIC_PORTS
) -> bool:
    """Whether an address may be reached: a public one on a port in ``public``, or one that is listed."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    return is_allowed(address, port, allowed) or (port in public and is_public(address))


def checked(
    host: str,
    port: int,
    allowed: Sequence[Allowed],
    resolve: Resolve,
    public: Collection[int] = PUBLIC_PORTS,
) -> Sequence[str]:
    """The addresses of a host, all of which may be reached. Raises Refused, and httpcore2.ConnectError."""
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError):
        raise httpcore2.ConnectError("the name could not be resolved") from None
    if not all(may_connect(ipaddress.ip_address(each), port, allowed, public) for each in addresses):
        raise Refused(REFUSAL)
    return addresses


class Guarded(httpcore2.NetworkBackend):
    """Connects to checked addresses only, and lets nothing outlive ``deadline``.

    A connection that is kept gets a new deadline for each request.
    """

    def __init__(self, allowed: Sequence[Allowed], resolve: Resolve, deadline: float) -> None:
        self.deadline = deadline
        self.made_at = time.monotonic()
        self._allowed = allowed
        self._resolve = resolve
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        addresses = checked(host, port, self._allowed, self._resolve)
        for place, address in enumerate(addresses):
            try:
                left = _left(self.deadline, timeout)
                return _Timed(self._plain.connect_tcp(address, port, left), self)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if place == len(addresses) - 1:
                    raise
        raise httpcore2.ConnectError("the name has no address")


class _Timed(httpcore2.NetworkStream):
    """A stream whose every operation ends at the deadline: a byte a second does not hold it open."""

    def __init__(self, stream: httpcore2.NetworkStream, guard: Guarded) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._guard.deadline, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._guard.deadline, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, _left(self._guard.deadline, timeout))
        return _Timed(inner, self._guard)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, timeout: float | None) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout
    return left if timeout is None else min(left, timeout)
