"""One place commits: a transaction is opened and ended by service/db/engine.py alone."""

from __future__ import annotations

import re

import pytest

from tests.architecture.sources import calls, sources

ENGINE = "service/db/engine.py"
ENDS = re.compile(r".*\.commit|.*(connection|engine)\.begin(_nested|_twophase)?")
SOURCES = {path: tree for path, tree in sources().items() if path != ENGINE}


@pytest.mark.parametrize("path", SOURCES)
def test_nobody_else_commits(path: str) -> None:
    found = [f"{path}:{line}: {name}" for name, line in calls(SOURCES[path]) if ENDS.fullmatch(name)]
    assert found == []


@pytest.mark.parametrize("path", SOURCES)
def test_nobody_else_makes_an_engine(path: str) -> None:
    found = [
        f"{path}:{line}" for name, line in calls(SOURCES[path]) if name.split(".")[-1] == "create_engine"
    ]
    assert found == []


def test_the_engine_does() -> None:
    """The tests above would pass for ever if the engine were renamed."""
    assert any(name.endswith(".commit") for name, _ in calls(sources("service")[ENGINE]))
