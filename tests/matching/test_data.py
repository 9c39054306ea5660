"""Knowledge as data: every list says where it is from and is tidy."""

from __future__ import annotations

from importlib import resources

import pytest

from matching.data import lines

FILES = sorted(
    item.name for item in resources.files("matching.data").iterdir() if item.name.endswith((".txt", ".yaml"))
)
LISTS = ["disposable.txt", "freemail.txt", "freemail_major.txt", "shared_hosts.txt"]


@pytest.mark.parametrize("file", FILES)
def test_every_file_names_its_source_first(file: str) -> None:
    first = resources.files("matching.data").joinpath(file).read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# source: ")


@pytest.mark.parametrize("file", LISTS)
def test_lists_are_sorted_and_without_doubles(file: str) -> None:
    found = list(lines(file))
    assert found == sorted(set(found))


def test_a_spelling_stands_for_one_word_only() -> None:
    spellings = [spelling for line in lines("words.txt") for spelling in line.split("\t")[2].split()]
    assert len(spellings) == len(set(spellings))
