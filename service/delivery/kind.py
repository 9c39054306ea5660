"""What a kind of destination is: a file of this folder with one value named KIND."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from service.db.destinations import Destination
from service.db.engine import Database
from service.db.outbox import Message
from service.delivery.http import Answer, check_target
from service.delivery.lines import Lines
from service.delivery.links import Links
from service.delivery.networks import Allowed
from service.delivery.outbox import EventType
from service.delivery.tokens import Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What sending may use: the network as far as it is allowed, connections kept open, and what is known."""

    database: Database
    allowed: Sequence[Allowed]
    lines: Lines
    tokens: Tokens
    links: Links
    base_url: str  # under which people and systems reach this service
    keep_credentials: Callable[[str, Mapping[str, str]], None]  # of a destination, by its id


class Fields(BaseModel):
    """What can be set about a destination of a kind, or what it signs in with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)


class NoCredentials(Fields):
    """The kind signs in with nothing."""


CheckUrl = Callable[[str, Sequence[Allowed]], object]
"""Looks at a URL when it is typed in. Raises BadTarget."""

Send = Callable[[Tools, Destination, Sequence[Message], datetime], Sequence[Answer]]
"""Sends messages now, each about another contact: one answer for each, in their order.

Raises BadTarget, Refused or Unreachable when none of them came through.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of destination. ``events`` are those it can tell of, None for all.

    Up to ``together`` messages go in one call, and up to ``abreast`` calls at
    once. ``lease`` is well above what one call can take. ``url_is_secret``:
    whoever knows the URL may post to it, so it is not shown.
    """

    name: str
    send: Send
    settings: type[Fields] = Fields
    credentials: type[Fields] = NoCredentials
    events: frozenset[EventType] | None = None
    together: int = 1
    abreast: int = 8
    lease: timedelta = timedelta(seconds=60)
    check_url: CheckUrl = check_target
    default_url: str | None = None
    url_is_secret: bool = False
    signed: bool = False  # with the destination's own secrets, by Standard Webhooks
