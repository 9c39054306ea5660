"""A rulebook on disk, with the CSV files that its tables come from."""

from __future__ import annotations

from pathlib import Path

from routing.attached import attach
from service.commands.common import INVALID, fail


def read_text(path: Path) -> str:
    """A file's text; ends the program when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        fail(f"{path} is not UTF-8: see byte {error.start}", INVALID)


def read_rulebook(path: Path) -> str:
    """A rulebook's text, its tables' files carried in it; ends the program when one cannot be read.

    Files lie in the rulebook's own folder: names with folders in them are left
    to the reader, which refuses them.
    """
    return attach(read_text(path), lambda name: read_text(path.parent / name))
