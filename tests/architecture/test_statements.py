"""Statements stand in service/db: everything else asks it for values, and never says SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.sources import sources

DATABASE = "service/db/"
HANDED_ON = {"Connection", "Row"}
"""What others name of SQLAlchemy: the transaction that they are in, and no more. Errors, and the parts of an
address, are of modules of their own (`sqlalchemy.exc`, `sqlalchemy.engine`)."""
STILL_OUTSIDE = {
    "service/privacy/erase.py",
    "service/privacy/inventory.py",
}
"""What has statements of its own. The list may only become shorter."""


def _taken(tree: ast.Module) -> Iterator[str]:
    """What a module takes from SQLAlchemy to make statements of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "sqlalchemy":
            if node.module not in ("sqlalchemy.exc", "sqlalchemy.engine"):
                yield from (each.name for each in node.names if each.name not in HANDED_ON)
        elif isinstance(node, ast.Import):
            yield from (each.name for each in node.names if each.name.partition(".")[0] == "sqlalchemy")


def test_statements_stand_in_the_database_package() -> None:
    found = {path: sorted(_taken(tree)) for path, tree in sources("service").items()}
    outside = {path for path, taken in found.items() if taken and not path.startswith(DATABASE)}
    assert outside == STILL_OUTSIDE
