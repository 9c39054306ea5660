"""What the setting that opens private networks may say."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from service.delivery.networks import is_allowed, is_public, parse_allowed


@pytest.mark.parametrize(
    ("setting", "address", "port", "allowed"),
    [
        ("127.0.0.1:9000", "127.0.0.1", 9000, True),
        ("127.0.0.1:9000", "127.0.0.1", 9001, False),
        ("127.0.0.1", "127.0.0.1", 9001, True),
        ("10.0.0.0/8", "10.200.3.4", 443, True),
        ("10.0.0.0/8", "11.0.0.1", 443, False),
        ("10.0.0.0/8:443", "10.0.0.1", 80, False),
        (" 10.0.0.0/8 , 127.0.0.1:9000 ", "127.0.0.1", 9000, True),
        ("fd00::/8", "fd00::5", 80, True),
        ("[fd00::]/8:8080", "fd00::5", 8080, True),
        ("[fd00::]/8:8080", "fd00::5", 80, False),
        ("[::1]:9000", "::1", 9000, True),
        ("127.0.0.0/8", "::ffff:127.0.0.1", 80, False),  # another family, even when it holds the same address
        ("", "127.0.0.1", 80, False),
        ("169.254.0.0/16", "169.254.1.1", 80, True),
        ("169.254.0.0/16", "169.254.169.254", 80, False),  # a metadata service only by its own name
        ("169.254.169.254", "169.254.169.254", 80, True),
        ("fd00::/8", "fd00:ec2::254", 80, False),
    ],
)
def test_what_the_setting_opens(setting: str, address: str, port: int, allowed: bool) -> None:
    assert is_allowed(ip_address(address), port, parse_allowed(setting)) is allowed


@pytest.mark.parametrize(
    "entry",
    [
        "localhost",
        "10.0.0.1/8",
        "10.0.0.0/33",
        "127.0.0.1:0",
        "127.0.0.1:70000",
        "127.0.0.1:",
        "x:1",
        "[::1]:x",
    ],
)
def test_an_entry_that_cannot_be_read_is_named(entry: str) -> None:
    with pytest.raises(ValueError, match="is not an address or network") as refused:
        parse_allowed(f"10.0.0.0/8,{entry}")
    assert entry in str(refused.value)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111", "2a00:1450:4001::1"])
def test_the_public_internet_is_open(address: str) -> None:
    assert is_public(ip_address(address))
