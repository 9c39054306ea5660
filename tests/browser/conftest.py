"""The demo served by the real program, and a real browser to look at it with."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser import webdriver
from tests.browser.webdriver import Browser

WAIT = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The running demo: where it is, and the key it printed."""

    address: str
    key: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """`muster demo`, as somebody would start it."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    program = subprocess.Popen(
        [sys.executable, "-m", "service", "demo", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path_factory.mktemp("demo"),
    )
    try:
        yield _announced(program)
    finally:
        program.terminate()
        program.wait(timeout=WAIT)
        assert program.stdout is not None
        program.stdout.close()


def _announced(program: subprocess.Popen[str]) -> Demo:
    said = ""
    assert program.stdout is not None
    for line in program.stdout:
        said += line
        if line.startswith("curl"):
            address = re.search(r"Console\s+(\S+)/console/", said)
            key = re.search(r"API key\s+(\S+)", said)
            assert address and key, said
            return Demo(address=address[1], key=key[1])
    raise AssertionError(f"the demo ended: {said}")


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    """A fresh browser; the test is skipped where there is none."""
    missing = webdriver.missing()
    if missing:
        pytest.skip(missing)
    with webdriver.browser(tmp_path / "profile") as opened:
        yield opened
