"""Keys to the accounts that carry them: what is found behind a key, however many accounts there are."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from matching.hashing import KEY_BITS
from matching.postings import Piece, Postings

LIMIT = 20


@pytest.mark.parametrize("accounts", [1, 900, 70_000])  # one part, one part, several
def test_every_key_finds_its_accounts_and_no_other(accounts: int) -> None:
    chance = np.random.default_rng(accounts)
    several = chance.integers(0, 1 << KEY_BITS, 3000)
    pieces, bases, expected = [], list(range(0, accounts, 30_000)), defaultdict(set)
    moved = chance.permutation(accounts).astype(np.int32)
    moved[:: max(2, accounts // 10)] = -1
    for base in bases:
        size = min(30_000, accounts - base)
        owners = chance.integers(0, size, 5000).astype(np.int32)
        keys = several[np.minimum(chance.geometric(0.002, 5000) - 1, 2999)]
        pieces.append(Piece.of(keys, owners))
        for key, owner in zip(keys.tolist(), owners.tolist(), strict=True):
            if moved[base + owner] >= 0:
                expected[key].add(int(moved[base + owner]))
    postings = Postings.build(pieces, bases, moved, LIMIT)
    asked = np.concatenate((several, several[:1], [0, (1 << KEY_BITS) - 1]))
    found = postings.find(asked)
    rows = np.split(found.places, np.searchsorted(found.which, np.arange(1, len(asked))))
    for key, count, places in zip(asked.tolist(), found.counts.tolist(), rows, strict=True):
        assert count == len(expected[key])
        assert places.tolist() == (sorted(expected[key]) if count <= LIMIT else [])


def test_nothing_is_found_where_nothing_is() -> None:
    postings = Postings.build([], [], np.empty(0, dtype=np.int32), LIMIT)
    assert postings.find(np.array([5, 7])).counts.tolist() == [0, 0]
