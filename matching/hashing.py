"""Stable 64-bit hashes of short texts, many at a time.

The same text gives the same hash on every machine and version of Python, one
by one (`hashed`) and in bulk (`hashes`). The text's UTF-8 is taken eight bytes
at a time through the finaliser of SplitMix64 (Steele, Lea, Flood 2014). Not
for secrets: who wants two texts of one hash can find them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

KEY_BITS = 48
"""Bits of a key: few enough to pack well; among eight million keys, one time in ten two are one by chance."""

_MASK = (1 << 64) - 1
_LENGTHS = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_FIRST_64, _SECOND_64, _LENGTHS_64 = np.uint64(_FIRST), np.uint64(_SECOND), np.uint64(_LENGTHS)
_THIRTY, _TWENTY_SEVEN, _THIRTY_ONE = np.uint64(30), np.uint64(27), np.uint64(31)


def mixed(value: int) -> int:
    """Return 64 bits of which every bit depends on every bit of ``value``."""
    value = ((value ^ (value >> 30)) * _FIRST) & _MASK
    value = ((value ^ (value >> 27)) * _SECOND) & _MASK
    return value ^ (value >> 31)


def hashed(text: str) -> int:
    """Return the hash of one text, 0 <= hash < 2**64."""
    data = text.encode("utf-8", "surrogatepass")
    value = (len(data) * _LENGTHS) & _MASK
    for start in range(0, len(data), 8):
        value = mixed(value ^ int.from_bytes(data[start : start + 8].ljust(8, b"\0"), "big"))
    return value


def mix(values: Hashes) -> Hashes:
    """Return `mixed` of every value."""
    values = (values ^ (values >> _THIRTY)) * _FIRST_64
    values = (values ^ (values >> _TWENTY_SEVEN)) * _SECOND_64
    return values ^ (values >> _THIRTY_ONE)


class Packed:
    """Texts as UTF-8 one behind another, read eight bytes at a time. ``lengths`` are in bytes."""

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "".join(texts)
        if joined.isascii():
            data, lengths = joined.encode(), map(len, texts)
        else:
            each = [text.encode("utf-8", "surrogatepass") for text in texts]
            data, lengths = b"".join(each), map(len, each)
        self.lengths = np.fromiter(lengths, np.int64, len(texts))
        self._starts = np.cumsum(self.lengths) - self.lengths
        # Eight bytes from every byte on, first byte highest.
        self._eights = np.ndarray(len(data) + 1, dtype=">u8", buffer=data + bytes(8), strides=(1,))

    def eight(self, which: NDArray[np.intp], at: int) -> Hashes:
        """Return eight bytes from ``at`` on of some texts that are longer than that; NUL behind the end."""
        left = np.minimum(self.lengths[which] - at, 8)
        spare = (8 * (8 - left)).astype(np.uint64)
        found: Hashes = self._eights[self._starts[which] + at].astype(np.uint64) >> spare << spare
        return found


def hashes(texts: Sequence[str]) -> Hashes:
    """Return `hashed` of every text, in order."""
    packed = Packed(texts)
    found = packed.lengths.astype(np.uint64) * _LENGTHS_64
    rest, at = np.flatnonzero(packed.lengths), 0
    while len(rest):
        found[rest] = mix(found[rest] ^ packed.eight(rest, at))
        at += 8
        rest = rest[packed.lengths[rest] > at]
    return found


def beginnings(texts: Sequence[str]) -> Hashes:
    """Return the first eight bytes of every text as a number, first byte highest, NUL behind the end."""
    packed = Packed(texts)
    found = np.zeros(len(texts), dtype=np.uint64)
    some = np.flatnonzero(packed.lengths)
    found[some] = packed.eight(some, 0)
    return found
