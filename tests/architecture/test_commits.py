"""One place commits: a transaction is opened and ended by service/db/engine.py alone."""

from __future__ import annotations

import re

from tests.architecture.sources import calls, sources

ENGINE = "service/db/engine.py"
ENDS = re.compile(r".*\.commit|.*(connection|engine)\.begin(_nested|_twophase)?|(.*\.)?create_engine")


def test_nobody_else_commits_or_makes_an_engine() -> None:
    ends = {
        path: [f"{line}: {name}" for name, line in calls(tree) if ENDS.fullmatch(name)]
        for path, tree in sources().items()
    }
    assert len(ends.pop(ENGINE)) >= 3, "this would pass for ever if the engine were renamed"
    assert {path: found for path, found in ends.items() if found} == {}
