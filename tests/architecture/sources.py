"""The program's own source files, for the tests of its shape."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("matching", "routing", "service")


def sources(*packages: str) -> dict[str, ast.Module]:
    """Every module of the packages (default: all of ours) by its path below the root."""
    wanted = packages or PACKAGES
    return {path: tree for path, tree in _every().items() if path.partition("/")[0] in wanted}


@cache
def _every() -> dict[str, ast.Module]:
    files = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text(encoding="utf-8")) for path in files}


def calls(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """Every call as it is written, e.g. `datetime.now`, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield _written(node.func), node.lineno


def _written(node: ast.expr) -> str:
    """As `ast.unparse`, which takes most of the time of these tests where it is asked for a plain name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_written(node.value)}.{node.attr}"
    return ast.unparse(node)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
