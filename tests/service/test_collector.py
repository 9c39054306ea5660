"""service/collector.py: what was loaded is looked through no more."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from service import collector


@pytest.fixture
def as_it_was() -> Iterator[None]:
    """The collector's thresholds afterwards as they were."""
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("as_it_was")
def test_what_was_loaded_is_out_of_sight() -> None:
    held = [["a list of lists"]]
    collector.settle()
    assert gc.get_freeze_count() > 0
    assert not any(each is held for each in gc.get_objects())
    assert gc.isenabled()
