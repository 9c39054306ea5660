"""The sender logs what fails; here much is meant to."""

from __future__ import annotations

import pytest

from service import log


@pytest.fixture(autouse=True)
def _quiet() -> None:
    log.configure("error")
