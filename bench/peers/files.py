"""The benchmark's rows as every peer gets them: no peer imports anything of Muster."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

Row = dict[str, str]
Answers = dict[str, tuple[str, float]]
"""Contact id to the best account and the score it is given, where there is one."""

Ready = Callable[[], None]
"""What a peer calls when its index stands and its model is trained: from then on contacts are counted."""


def rows(folder: Path, name: str) -> list[Row]:
    """Return the rows of ``name`` of a benchmark folder: "accounts" or "contacts"."""
    with gzip.open(folder / f"{name}.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def host(address: str) -> str:
    """Return the host of a website or of an e-mail address, without www."""
    place = address.partition("://")[2] or address.rpartition("@")[2]
    return place.partition("/")[0].strip().lower().removeprefix("www.")
