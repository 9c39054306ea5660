"""The kinds of sources there are: the only list of them."""

from __future__ import annotations

from service.intake import generic
from service.intake.kinds import Kind

KINDS: dict[str, Kind] = {kind.name: kind for kind in (generic.KIND,)}
