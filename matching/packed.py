"""The accounts of an index: bytes until they are looked at."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matching.chunks import Chunk, Unpacked, names_in, unpack
from matching.types import Account, AccountId


class Packed:
    """Accounts in the order of their ids; ``order`` tells where each stands among all of the chunks."""

    def __init__(self, chunks: Sequence[Chunk], order: NDArray[np.int64]) -> None:
        sizes = [len(chunk.ids) for chunk in chunks]
        self._data = [chunk.data for chunk in chunks]
        self._chunk = np.repeat(np.arange(len(chunks), dtype=np.int32), sizes)[order]
        self._starts = _joined([np.append(np.uint32(0), chunk.ends[:-1]) for chunk in chunks])[order]
        self._called = _joined([chunk.called for chunk in chunks])[order]
        self._ends = _joined([chunk.ends for chunk in chunks])[order]
        self._recent: Mapping[int, Unpacked] = {}

    def __len__(self) -> int:
        return len(self._ends)

    def names(self, places: Sequence[int]) -> list[tuple[str, ...]]:
        """Return what the account of each place is called: its name, then its aliases."""
        data = self._data
        return [names_in(data[chunk][start:called]) for chunk, start, called, _ in self._where(places)]

    def accounts(self, places: set[int]) -> Mapping[int, Unpacked]:
        """Return the accounts of places; those of the call before are still there."""
        data, recent = self._data, self._recent
        new = [place for place in places if place not in recent]
        made = [
            unpack(data[chunk][start:called], data[chunk][called:end])
            for chunk, start, called, end in self._where(new)
        ]
        kept = {place: recent[place] for place in places & recent.keys()}
        self._recent = kept | dict(zip(new, made, strict=True))
        return self._recent

    def account(self, place: int) -> Account:
        """Return the account of a place."""
        ((chunk, start, called, end),) = self._where([place])
        return unpack(self._data[chunk][start:called], self._data[chunk][called:end]).account

    def place(self, account_id: AccountId) -> int | None:
        """Return the place of an account, None when it is not there."""
        place = bisect_left(range(len(self)), account_id, key=lambda at: self.account(at).id)
        return place if place < len(self) and self.account(place).id == account_id else None

    def _where(self, places: Sequence[int]) -> Iterable[tuple[int, int, int, int]]:
        """Yield the chunk of each account, where it begins, where what it is called ends, where it ends."""
        at = np.array(places, dtype=np.int64)
        held = (self._chunk, self._starts, self._called, self._ends)
        return zip(*[each[at].tolist() for each in held], strict=True)


def _joined(parts: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint32)
