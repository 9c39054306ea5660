"""Files that belong to a rulebook: the CSV files of its tables, carried in its own text.

A table says ``from: territories.csv``. Beside the rulebook that is a file; in what
is published, stored and replayed it is an entry of the section ``files``, put at
the end of the text, so that every line above keeps its number and one text is
the whole rulebook.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from routing.reading import CannotGoOn, Faults, Node, read_tree

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}\.csv")
"""A file is named without any folder, so it lies beside the rulebook and nowhere else."""


def wanted(text: str) -> tuple[str, ...]:
    """Return the names of the files a rulebook's tables come from and that its text does not carry yet.

    A text that cannot be read names none: reading it says what is wrong. Names that
    are no plain file names are left out for the same reason.
    """
    faults, root = Faults("rulebook.yaml"), None
    with suppress(CannotGoOn):
        root = read_tree(text, faults)
    sections = (root.mapping or {}) if root is not None else {}
    carried = _entries(sections, "files")
    names = [
        str(source.value)
        for table in _entries(sections, "tables").values()
        if (source := (table.mapping or {}).get("from")) is not None
    ]
    return tuple(dict.fromkeys(name for name in names if NAME.fullmatch(name) and name not in carried))


def attach(text: str, load: Callable[[str], str]) -> str:
    """Return the rulebook with the files that its tables come from, each fetched with ``load``.

    ``load`` takes a plain file name and returns the file's text; what it raises passes through.
    """
    missing = {name: load(name) for name in wanted(text)}
    if not missing:
        return text
    body = text if text.endswith("\n") else text + "\n"
    head = "" if _has_files(text) else "files:\n"
    return body + head + "".join(_entry(name, content) for name, content in missing.items())


def _entry(name: str, content: str) -> str:
    lines = content.removeprefix("\ufeff").splitlines()
    return f"  {name}: |\n" + "".join(f"    {line}\n" if line.strip() else "\n" for line in lines)


def _has_files(text: str) -> bool:
    """Whether the section is there and the last one, so that an entry can follow it."""
    starts = [line for line in text.splitlines() if line and line[0] not in " #\t-"]
    return bool(starts) and starts[-1].startswith("files:")


def _entries(sections: Mapping[str, Node], name: str) -> Mapping[str, Node]:
    node = sections.get(name)
    return (node.mapping or {}) if node is not None else {}
