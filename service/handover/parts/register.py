"""The kinds of things that pass on, in the order in which they do.

The rep comes first, so that the rules give the rep nothing more; work comes
last, when accounts have their new owners and the pools their members.
"""

from __future__ import annotations

from collections.abc import Mapping

from service.handover.parts.accounts import AccountPart
from service.handover.parts.assignments import AssignmentPart
from service.handover.parts.covers import CoverPart
from service.handover.parts.matters import MatterPart
from service.handover.parts.opportunities import OpportunityPart
from service.handover.parts.part import Part
from service.handover.parts.pools import PoolPart
from service.handover.parts.rep import RepPart
from service.handover.parts.team import TeamPart
from service.handover.plan import ItemKind

_IN_ORDER: tuple[Part, ...] = (
    RepPart(),
    AccountPart(),
    OpportunityPart(),
    PoolPart(),
    CoverPart(),
    TeamPart(),
    MatterPart(),
    AssignmentPart(),
)

PARTS: Mapping[ItemKind, Part] = {part.kind: part for part in _IN_ORDER}
"""By kind."""
