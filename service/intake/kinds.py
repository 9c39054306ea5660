"""What a kind of source is: how its calls are verified, read and mapped.

Adding one: a file in this folder with a `Kind`, its name in `KINDS` of
`service.intake.sources`, its real bodies as test cases.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.db.sources import Source
from service.intake.mapping import FieldMapping, Mapped


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A webhook call as it came. Header names are lower-case; ``url`` is the public one, with the query."""

    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of source.

    ``verified``: whether the call is from the source, by its own scheme.
    ``items``: the items of a body; raises a Problem when the whole cannot be read.
    ``event_id``: the source's own id of an item, None when it has none.
    ``contact``: an item as a contact; raises BadItem.
    """

    name: str
    verified: Callable[[Call, Source, datetime], bool]
    items: Callable[[bytes], list[Any]]
    event_id: Callable[[Any, FieldMapping], str | None]
    contact: Callable[[Any, FieldMapping, datetime], Mapped]
