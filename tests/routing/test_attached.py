"""The CSV files of a rulebook's tables travel in its text."""

from __future__ import annotations

import pytest

from routing.attached import attach, wanted
from routing.rulebook import check, parse

BOOK = """version: 1
tables:
  territories: {from: territories.csv, results: {rep: rep}}
rules:
  - {id: a, because: x, then: {rep in: table.territories.rep}}
fallback: {then: {queue: nobody}}
"""
CSV = '\ufeffaccount.country,rep\r\n"DE; AT",ana\r\n\r\nUS,"bo"\r\n'


def test_the_file_is_put_at_the_end_and_every_line_above_keeps_its_number() -> None:
    text = attach(BOOK, {"territories.csv": CSV}.__getitem__)
    assert text.startswith(BOOK)
    rulebook = parse(text)
    assert [row.place for row in rulebook.tables[0].rows] == [
        "line 2 of territories.csv",
        "line 4 of territories.csv",
    ]
    assert rulebook.reps_of_tables == {"ana", "bo"}
    assert attach(text, dict[str, str]().__getitem__) == text, "nothing is fetched twice"


def test_a_second_file_joins_the_first() -> None:
    two = BOOK.replace("rules:", "  regions: {from: regions.csv, results: {region: text}}\nrules:")
    one = attach(BOOK, lambda name: CSV).removeprefix(BOOK)
    text = attach(two + one, lambda name: "contact.country,region\nDE,EMEA\n")
    assert [table.name for table in parse(text).tables] == ["territories", "regions"]


@pytest.mark.parametrize(
    "name", ["../t.csv", "/etc/t.csv", "a/t.csv", "a\\t.csv", "t.txt", ".csv", "..csv", "t.csv.exe"]
)
def test_a_name_that_leads_elsewhere_is_never_fetched(name: str) -> None:
    text = BOOK.replace("territories.csv", f"'{name}'")
    assert wanted(text) == ()
    [problem] = check(attach(text, lambda name: pytest.fail(f"{name} was fetched")))
    assert problem.code == "bad_file_name"


def test_a_text_that_cannot_be_read_names_no_files() -> None:
    assert wanted("a: [") == ()
