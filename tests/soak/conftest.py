"""The servers of the soaks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.soak.nursery import Nursery


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """What forks the servers of a test. It holds nothing of any test but the ports of one that runs."""
    opened = Nursery()
    yield opened
    opened.close()
