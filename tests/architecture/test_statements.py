"""Statements stand in service/db: everything else asks it for values, and never says SQL."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.architecture.sources import sources

DATABASE = "service/db/"
HANDED_ON = {"Connection", "Row", "Table", "JSON", "LargeBinary"}
"""What others name of SQLAlchemy: the transaction that they are in, what they were given, and of what kind a
column is. Errors and addresses have modules of their own (`sqlalchemy.exc`, `sqlalchemy.engine`)."""


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
    assert "select" in found[f"{DATABASE}inventory.py"], "this would pass for ever if nothing were seen"
    assert {path: taken for path, taken in found.items() if taken and not path.startswith(DATABASE)} == {}
