"""A file that is kept until a worker has stored it, with what its sender said of it.

How its dates are written stands in the media type that is kept with it. Which columns were mapped by hand
stands before the file, in a line of JSON, and the media type says that it does.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from service.imports.dates import Dates, orders
from service.imports.headers import UNSAID, Kind
from service.imports.reading import Format, Source, format_of, open_bytes

MEDIA_TYPES = {
    "text/csv": Format.CSV,
    "application/x-ndjson": Format.NDJSON,
    "application/json": Format.JSON,
}
"""What a file over HTTP may be."""

_DATES, _BY_HAND = "dates=", "columns"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A file as it was sent, and what was said of it. ``by_hand``: header to field, "" to leave it aside."""

    kind: Kind
    media_type: str
    body: bytes
    dates: Dates | None = None
    by_hand: Mapping[str, str] = field(default_factory=lambda: UNSAID)

    def source(self) -> Source:
        """Its rows, from the first. Raises Unreadable."""
        packed = self.body.startswith(b"\x1f\x8b")
        return open_bytes(io.BytesIO(self.body), MEDIA_TYPES[self.media_type], compressed=packed)

    def month_first(self) -> Mapping[str, bool]:
        """How its dates with slashes are meant, by column. Raises Unreadable."""
        return orders(self.kind, self.source(), self.dates, self.by_hand)

    def packed(self) -> tuple[str, bytes]:
        """The media type and the body under which it is kept."""
        said = [self.media_type]
        if self.dates is not None:
            said.append(_DATES + self.dates.value)
        if not self.by_hand:
            return "; ".join(said), self.body
        first = json.dumps(dict(self.by_hand)).encode() + b"\n"
        return "; ".join([*said, _BY_HAND]), first + self.body


def media_type_of(name: str) -> str:
    """The media type of a file by its name. Raises Unreadable."""
    form = format_of(name)
    return next(media_type for media_type, each in MEDIA_TYPES.items() if each is form)


def unpacked(kind: str, media_type: str, body: bytes) -> Kept:
    """The file that is kept under a media type and a body."""
    plain, *said = media_type.split("; ")
    dates = next((Dates(each.removeprefix(_DATES)) for each in said if each.startswith(_DATES)), None)
    by_hand: Mapping[str, str] = UNSAID
    if _BY_HAND in said:
        first, _, body = body.partition(b"\n")
        by_hand = json.loads(first)
    return Kept(kind=Kind(kind), media_type=plain, body=body, dates=dates, by_hand=by_hand)
