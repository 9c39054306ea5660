"""The sender logs what fails; here much is meant to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service import log
from tests.service.delivery import sending


@pytest.fixture(autouse=True)
def _quiet() -> None:
    log.configure("error")


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    yield
    while sending.OPEN:
        sending.OPEN.pop().close()
