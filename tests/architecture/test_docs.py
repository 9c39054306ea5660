"""Documentation cannot drift: what the program knows is written by it, and checked here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException
from typer.main import get_command

from service.cli import app
from service.commands.openapi import description
from service.problems import kinds
from service.settings import Settings
from tests.architecture.generated import PARTS, written
from tests.architecture.sources import ROOT

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("file", PARTS)
def test_what_the_program_writes_is_fresh(file: str) -> None:
    assert (ROOT / file).read_text(encoding="utf-8") == written(file), "run `make docs`"


def test_openapi_yaml_is_fresh_and_names_no_schema_by_its_whole_path() -> None:
    said = description()
    assert (ROOT / "openapi.yaml").read_text(encoding="utf-8") == said, "run `make openapi`"
    assert "#/components/schemas/service__" not in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_in_the_documentation_exist(page: Path) -> None:
    root = get_command(app)
    text = page.read_text(encoding="utf-8")
    said = re.findall(r"(?:^    |`)muster ([a-z]+(?: [a-z-]+)?)", text, flags=re.MULTILINE)
    assert [words for words in said if not _is_command(root, words.split())] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_command_lines_in_the_documentation_are_taken_as_they_stand(page: Path) -> None:
    root = get_command(app)
    lines = re.findall(r"^    (?:[A-Z_]+=\S+ )*muster (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    refused = {line: _refusal(root, line) for line in lines}
    assert {line: why for line, why in refused.items() if why} == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_settings_in_the_documentation_exist(page: Path) -> None:
    known = {f"MUSTER_{name.upper()}" for name in Settings.model_fields}
    said = set(re.findall(r"MUSTER_[A-Z_]*[A-Z]", page.read_text(encoding="utf-8")))
    tests_only = {name for name in said if name.startswith(("MUSTER_TEST_", "MUSTER_SHARED"))}
    assert {name for name in said - tests_only if name.removesuffix("_FILE") not in known} == set()


def test_every_problem_is_documented() -> None:
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert [kind.slug() for kind in kinds() if f"`{kind.slug()}`" not in page] == []


def test_every_command_and_option_says_what_it_does() -> None:
    silent = []
    for name, command in _commands("muster", get_command(app)):
        if not command.help:
            silent.append(name)
        silent += [
            f"{name} {p.name}" for p in command.params if p.name != "help" and not getattr(p, "help", "")
        ]
    assert silent == []


def test_the_changelog_has_typed_lines() -> None:
    """Keep a Changelog: versions, newest first, and what kind of change each line is."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    kinds_said = re.findall(r"^### (.+)$", text, flags=re.MULTILINE)
    assert set(kinds_said) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Decisions"}
    assert re.search(r"^## \[Unreleased\]$", text, flags=re.MULTILINE)


def _is_command(command: typer.core.TyperGroup | object, words: list[str]) -> bool:
    """Whether the words begin with a command; after one that is no group come its arguments."""
    found = getattr(command, "commands", {}).get(words[0])
    if found is None:
        return False
    return not getattr(found, "commands", None) or (len(words) > 1 and _is_command(found, words[1:]))


def _refusal(command: Any, line: str) -> str | None:
    """What a command says of its arguments; it is not run. Behind them two blanks and prose may follow."""
    said = re.sub(r"(\w+)(\|\w+)+", r"\1", re.split(r"\s{2,}| [&>]", line)[0])
    words = shlex.split(said)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    try:
        command.make_context("muster", words)
    except TyperException as error:
        return str(error)
    return None


def _commands(name: str, command: Any) -> list[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        return [(name, command)]
    return [each for word, below in inner.items() for each in _commands(f"{name} {word}", below)]
