"""Which addresses a delivery may connect to.

Deliveries go to addresses that people type in, from a machine that stands
inside somebody's network. So every address is checked against the registries
of special-purpose addresses before it is connected to, and what reaches into
private networks must be allowed by whoever runs the deployment.

The table is our own because ``ipaddress.is_global`` lets multicast, NAT64,
6to4 and site-local addresses pass.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# IANA IPv4 Special-Purpose Address Registry (RFC 6890 and later), with multicast and the reserved block.
_SPECIAL_4 = tuple(
    ipaddress.IPv4Network(block)
    for block in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relay, deprecated
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)

# IPv6: only 2000::/3 is global unicast (IANA IPv6 address space); of it, these are not.
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    ipaddress.IPv6Network(block)
    for block in (
        "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarking
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: an IPv4 address inside
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)

# Cloud metadata services on addresses that an internal network may well have been allowed.
_METADATA = frozenset(
    ipaddress.ip_address(address) for address in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """Addresses inside that may be delivered to. ``port`` None allows every port."""

    network: Network
    port: int | None


def parse_allowed(text: str) -> tuple[Allowed, ...]:
    """Read the setting: addresses or networks, each with a port or without, separated by commas.

    ``127.0.0.1:9000, 10.0.0.0/8, [fd00::]/8, [fd00::5]:443``. Raises ValueError naming the entry.
    """
    return tuple(_allowed(entry.strip()) for entry in text.split(",") if entry.strip())


def _allowed(entry: str) -> Allowed:
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        size, colon, port = rest.partition(":")
        block = host + size
    elif entry.count(":") > 1:
        block, colon, port = entry, "", ""
    else:
        block, colon, port = entry.partition(":")
    try:
        network = ipaddress.ip_network(block)
        if colon and not (port.isascii() and port.isdigit() and 1 <= int(port) <= 65535):
            raise ValueError
    except ValueError:
        raise ValueError(
            f"{entry!r} is not an address or network, with a port or without: 10.1.2.3:9000, 10.0.0.0/8"
        ) from None
    return Allowed(network=network, port=int(port) if colon else None)


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public internet, for unicast."""
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in block for block in _SPECIAL_4)
    return address in _GLOBAL_6 and not any(address in block for block in _SPECIAL_6)


def is_allowed(address: Address, port: int, allowed: Sequence[Allowed]) -> bool:
    """Whether the deployment's own list lets this address and port through.

    A metadata service is let through only by an entry that is that very address.
    """
    for entry in allowed:
        if entry.network.version != address.version or address not in entry.network:
            continue
        if address in _METADATA and entry.network.num_addresses > 1:
            continue
        if entry.port in (None, port):
            return True
    return False
