"""Passwords: how they are kept, and which are taken.

scrypt with the parameters that OWASP's Password Storage Cheat Sheet names
(N=2**17, r=8, p=1: 128 MiB and some tenths of a second), one at a time in a
process, so that guessing keeps one core busy at the most. Length is what is
asked of a password, and nothing else (NIST SP 800-63B, 3.1.1.2).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from base64 import b64decode, b64encode

SHORTEST, LONGEST = 12, 200
_N, _R, _P = 2**17, 8, 1
_MEMORY = 256 * 1024 * 1024
_one_at_a_time = threading.Lock()


def problem(password: str, email: str) -> str | None:
    """What is wrong with a password for somebody; None when it may be used."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"A password has {SHORTEST} to {LONGEST} characters"
    if password.casefold() in (email.casefold(), email.partition("@")[0].casefold() * 2):
        return "The password may not be the e-mail address"
    if len(set(password)) < 5:
        return "The password repeats too few different characters"
    return None


def kept(password: str) -> str:
    """What is stored for a password: `scrypt$N$r$p$salt$hash`."""
    salt = secrets.token_bytes(16)
    parts = (b64encode(salt).decode(), b64encode(_scrypt(password, salt, _N, _R, _P)).decode())
    return f"scrypt${_N}${_R}${_P}${parts[0]}${parts[1]}"


def fits(password: str, stored: str | None) -> bool:
    """Whether this is the password. Takes as long for somebody who has none, and for nobody."""
    _, n, r, p, salt, expected = (stored or _NOBODYS).split("$")
    found = _scrypt(password[:LONGEST], b64decode(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found, b64decode(expected)) and stored is not None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    with _one_at_a_time:
        said = password.encode("utf-8", "surrogatepass")
        return hashlib.scrypt(said, salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)


_NOBODYS = f"scrypt${_N}${_R}${_P}${b64encode(bytes(16)).decode()}${b64encode(bytes(32)).decode()}"
