"""Imports run one way, and what decides is pure: everything it needs is an argument."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.architecture.sources import ROOT, calls, sources

PURE = ("matching", "routing")
KNOW_HTTP = {"__init__", "__main__", "api", "app", "cli", "commands", "console", "http", "server"}
"""The parts of the service that answer requests or run commands."""
IMPURE_CALLS = (
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.monotonic",
    "time.sleep", "time.perf_counter", "os.getenv", "open", "input", "print", "uuid.uuid4", "uuid4",
)  # fmt: skip
IMPURE_MODULES = frozenset(
    {
        "asyncio",
        "os",
        "random",
        "secrets",
        "socket",
        "sqlite3",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "urllib",
        "uuid",
    }
)


def test_the_contracts_on_imports_hold(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The contracts stand in pyproject.toml."""
    monkeypatch.chdir(ROOT)
    status = lint_imports(cache_dir=None)
    assert status == 0, capsys.readouterr().out


def test_every_part_of_the_service_may_know_http_or_may_not() -> None:
    """A new package is put into the contract in pyproject.toml, or here."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    without = next(each for each in contracts["contracts"] if "service.db" in each.get("source_modules", ()))
    parts = {Path(path).parts[1].removesuffix(".py") for path in sources("service")}
    assert parts - {each.removeprefix("service.") for each in without["source_modules"]} == KNOW_HTTP


def test_matching_and_routing_read_no_clock_and_no_file() -> None:
    """Their own packaged data, read through importlib.resources when a module loads, is the exception."""
    found = [
        f"{path}:{line}: {name}"
        for path, tree in sources(*PURE).items()
        for name, line in calls(tree)
        if name in IMPURE_CALLS
    ]
    assert found == []


def test_matching_and_routing_import_nothing_that_is_not_pure() -> None:
    imported = {
        (path, name.split(".")[0])
        for path, tree in sources(*PURE).items()
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert [(path, name) for path, name in imported if name in IMPURE_MODULES] == []


def test_data_is_read_when_a_module_loads_and_never_later() -> None:
    """A decision must not depend on a file that may change under it."""
    late = [
        f"{path}:{node.lineno}"
        for path, tree in sources(*PURE).items()
        if path != "matching/data/__init__.py"
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
        for name, _ in calls(ast.Module(body=[node], type_ignores=[]))
        if name in ("files", "resources.files", "importlib.resources.files")
    ]
    assert late == []
