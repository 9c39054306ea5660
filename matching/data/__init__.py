"""Knowledge as data: lists that ship with the package, each with a ``# source:`` header."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources


def lines(name: str) -> Iterator[str]:
    """Yield the lines of a data file without comments and blank lines."""
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield line


def text(name: str) -> str:
    """Return a data file whole."""
    return resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
