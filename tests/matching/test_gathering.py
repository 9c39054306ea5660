"""The keys of a whole batch of records: those that each has alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.gathering import MAX_KEYS, Named, hashes_of, hashes_of_one
from matching.names import parse

NAMES = ("Acme Robotics GmbH", "The Bank of Muster", "株式会社ムスター製作所", "MBM", "7",
         "Söhne & Söhne 3rd", "Muster Public Limited Company of the North Atlantic Brewers")  # fmt: skip
HOSTS = ("acme-robotics.io", "gmail.com", "xn--bcher-kva.de", "m.co", "muster-north-atlantic.com")

records = st.tuples(
    st.lists(st.sampled_from(NAMES), max_size=6).map(lambda names: [parse(name)[0] for name in names]),
    st.sets(st.sampled_from(HOSTS)),
)


def alone(record: Named) -> set[int]:
    return set(hashes_of([record])[0].tolist())


@settings(max_examples=60)
@given(records)
def test_one_record_has_the_keys_that_it_has_in_a_batch(record: Named) -> None:
    assert hashes_of_one(record) == alone(record)


@settings(max_examples=40)
@given(st.lists(records, max_size=5))
def test_a_batch_gives_each_record_its_own_keys(some: list[Named]) -> None:
    keys, owners = hashes_of(some)
    assert [set(keys[owners == place].tolist()) for place in range(len(some))] == [
        alone(each) for each in some
    ]


def test_names_behind_the_limit_give_their_whole_name_alone() -> None:
    names = [parse(f"Alpha{at}of Muster{at}work Bravo{at}house")[0] for at in range(8)]
    first, _ = hashes_of([(names, ())])
    assert len(np.unique(first)) < MAX_KEYS + 50
    assert alone((names[-1:], ())) - set(first.tolist())
    assert len(alone((names, ()))) - len(alone((names[:-1], ()))) == 1
