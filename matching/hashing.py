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


def hashes(texts: Sequence[str]) -> Hashes:
    """Return `hashed` of every text, in order."""
    data = [text.encode("utf-8", "surrogatepass") for text in texts]
    lengths = np.fromiter(map(len, data), dtype=np.uint64, count=len(data))
    found = lengths * _LENGTHS_64
    words = packed(data, max(map(len, data), default=0))
    for column in range(words.shape[1]):
        longer = lengths > 8 * column
        found[longer] = mix(found[longer] ^ words[longer, column])
    return found


def packed(data: Sequence[bytes], longest: int) -> Hashes:
    """Return bytes as rows of 64-bit numbers, first byte highest, cut or filled with NUL to ``longest``."""
    width = -(-longest // 8) * 8
    if not data or not width:
        return np.empty((len(data), 0), dtype=np.uint64)
    return np.array(data, dtype=f"S{width}").view(">u8").reshape(len(data), -1).astype(np.uint64)
