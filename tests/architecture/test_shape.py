"""The habits of the code: tests mirror sources, everything says what it is, values are frozen."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.architecture.sources import PACKAGES, ROOT, sources

Described = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

NOT_FROZEN = {
    "routing/reading.py: Node": "built up while a file is read",
    "service/imports/run.py: Tally": "counts while a file is read",
    "routing/rules/base.py: Named": "built up while a rulebook is read",
    "routing/rules/base.py: Request": "made for every rule that applies; frozen it costs three times as much",
}


def test_a_test_stands_where_its_source_does() -> None:
    """tests/matching/test_names.py is about matching/names.py, tests/routing/rules/ about routing/rules/.

    More words may follow: test_names_of_places.py is about names.py too.
    """
    tests = [
        path.relative_to(ROOT / "tests")
        for package in PACKAGES
        for path in (ROOT / "tests" / package).rglob("test_*.py")
    ]
    assert [str(test) for test in tests if not any(map(_is_source, _stems(test)))] == []


def test_every_module_says_what_it_is() -> None:
    silent = [path for path, tree in sources().items() if tree.body and not ast.get_docstring(tree)]
    empty = [path for path, tree in sources().items() if not tree.body and not path.endswith("__init__.py")]
    assert (silent, empty) == ([], [])


def test_every_public_class_and_function_says_what_it_is() -> None:
    silent = [
        f"{path}: {node.name}"
        for path, tree in sources().items()
        for node in _public(tree)
        if not ast.get_docstring(node)
    ]
    assert silent == []


def test_values_are_frozen() -> None:
    """A dataclass that is not frozen is private to its module, or listed above with the reason."""
    found = {
        f"{path}: {node.name}"
        for path, tree in sources().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
        for decorator in map(ast.unparse, node.decorator_list)
        if decorator.startswith("dataclass") and "frozen=True" not in decorator
    }
    assert found == NOT_FROZEN.keys()


def test_nothing_is_left_for_later() -> None:
    words = ("TODO", "FIXME", "XXX", "HACK")
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in sources()}
    assert [(path, word) for path, text in texts.items() for word in words if word in text] == []


def _stems(test: Path) -> list[Path]:
    words = test.stem.removeprefix("test_").split("_")
    return [ROOT / test.with_name("_".join(words[:count])) for count in range(1, len(words) + 1)]


def _is_source(stem: Path) -> bool:
    return stem.with_suffix(".py").is_file() or stem.is_dir()


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
