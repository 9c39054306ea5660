"""The habits of the code: tests mirror sources, everything says what it is, values are frozen."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, sources

Described = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

SOURCES = sources()
TESTS = sorted(
    path.relative_to(ROOT / "tests")
    for package in PACKAGES
    for path in (ROOT / "tests" / package).rglob("test_*.py")
)
NOT_FROZEN = {
    "routing/reading.py: Node": "built up while a file is read",
    "service/imports/run.py: Tally": "counts while a file is read",
    "routing/rules/base.py: Named": "built up while a rulebook is read",
    "routing/rules/base.py: Request": "made for every rule that applies; frozen it costs three times as much",
}


@pytest.mark.parametrize("test", TESTS, ids=str)
def test_a_test_stands_where_its_source_does(test: Path) -> None:
    """tests/matching/test_names.py is about matching/names.py, tests/routing/rules/ about routing/rules/.

    More words may follow: test_names_of_places.py is about names.py too.
    """
    words = test.stem.removeprefix("test_").split("_")
    stems = [ROOT / test.with_name("_".join(words[:count])) for count in range(1, len(words) + 1)]
    assert any(stem.with_suffix(".py").is_file() or stem.is_dir() for stem in stems), "no source of that name"


@pytest.mark.parametrize("path", SOURCES)
def test_every_module_says_what_it_is(path: str) -> None:
    if SOURCES[path].body:
        assert ast.get_docstring(SOURCES[path])
    else:
        assert path.endswith("__init__.py"), "an empty module"


@pytest.mark.parametrize("path", SOURCES)
def test_every_public_class_and_function_says_what_it_is(path: str) -> None:
    assert [node.name for node in _public(SOURCES[path]) if not ast.get_docstring(node)] == []


@pytest.mark.parametrize("path", SOURCES)
def test_values_are_frozen(path: str) -> None:
    """A dataclass that is not frozen is private to its module, or listed above with the reason."""
    found = [
        f"{path}: {node.name}"
        for node in ast.walk(SOURCES[path])
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for decorator in map(ast.unparse, node.decorator_list)
        if decorator.startswith("dataclass") and "frozen=True" not in decorator
    ]
    assert [name for name in found if name not in NOT_FROZEN] == []


@pytest.mark.parametrize("path", SOURCES)
def test_nothing_is_left_for_later(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert [word for word in ("TODO", "FIXME", "XXX", "HACK") if word in text] == []


def _public(tree: ast.Module) -> list[Described]:
    found: list[Described] = []
    for node in tree.body:
        if isinstance(node, Described) and not node.name.startswith("_"):
            found += [node, *(_methods(node) if isinstance(node, ast.ClassDef) else ())]
    return found


def _methods(node: ast.ClassDef) -> list[Described]:
    """The public ones. Methods of a class with bases are described where they are declared first."""
    if node.bases:
        return []
    return [
        inner
        for inner in node.body
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef) and not inner.name.startswith("_")
    ]
