"""What a kind of source is: how its calls are verified, read, mapped and answered.

Adding one: a file in `service.intake.providers` with a `Kind` and, beside it, its
preset as YAML; its name in `KINDS` of `service.intake.sources`; its real bodies as
test cases; its page in docs/sources.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from service.db.sources import Source
from service.intake.preset import Preset

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A webhook call as it came. Header names are lower-case; ``url`` is the public one, with the query."""

    url: str
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"


class Reply(StrEnum):
    """What the caller wants for an answer."""

    RESULTS = "results"  # 202 and what became of each item
    ACK = "ack"  # the SOAP envelope that Salesforce takes for yes
    FLAT = "flat"  # the decision in scalars, at once
    OUTPUT_FIELDS = "output_fields"  # the same, as a HubSpot workflow takes it


def as_it_is(item: Any) -> Any:
    """The item itself."""
    return item


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of source.

    ``verified``: whether the call is from the source, by its own scheme; Untimely: it is, but not of now.
    ``items``: the items of a call; raises a Problem when the whole cannot be read.
    ``preset``: what its events mean; None where the source's mapping says all.
    ``view``: an item as the preset's paths see it.
    ``sample``: what a secret must look like where we do not make it ourselves.
    """

    name: str
    title: str
    verified: Callable[[Call, Source, datetime], bool]
    items: Callable[[Call], list[Any]]
    preset: Preset | None = None
    view: Callable[[Any], Any] = as_it_is
    reply: Reply = Reply.RESULTS
    media_types: frozenset[str] = field(default=frozenset({JSON}))
    own_secret: bool = True  # the secret is the provider's or a password: any text, not only whsec_
