"""What is summed: whole numbers that can be added up in any order, of which every measure is made.

Money is in cents of the home currency, each row rounded by itself: so the groups of a
figure add up to the whole, to the cent, however it is grouped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import StrEnum
from fractions import Fraction


class Component(StrEnum):
    """A sum. In the comments: what a row adds."""

    CONTACTS = "contacts"  # 1 for a contact
    ACCEPTED = "accepted"  # 1 for a contact that was accepted
    MEETINGS = "meetings"  # 1 for a meeting
    OPENED = "opened"  # 1 for an opportunity that was opened
    PIPELINE = "pipeline"  # its amount in cents
    INFLUENCED = "influenced"  # the amount in cents, or the campaign's share of it
    CLOSED = "closed"  # 1 for an opportunity that was won or lost
    WON = "won"  # 1 for one that was won
    REVENUE = "revenue"  # its amount in cents
    PRICED = "priced"  # 1 where that is known
    CYCLE = "cycle"  # seconds from opening to winning
    TIMED = "timed"  # 1 where both are known
    IARR = "iarr"  # the increase of one that was won, in cents
    ROLES = "roles"  # 1 for a role of a buying group
    COVERED = "covered"  # 1 where somebody is named for it
    ENGAGED = "engaged"  # 1 where she engaged
    NO_RATE = "no_rate"  # 1 for an opportunity whose currency has no rate on that date
    NO_AMOUNT = "no_amount"  # 1 for one without an amount


class Source(StrEnum):
    """Where rows come from: one kind of thing that happens on an account at a moment."""

    CONTACTS = "contacts"
    ACCEPTED = "accepted"
    MEETINGS = "meetings"
    OPENED = "opened"
    INFLUENCED = "influenced"
    CLOSED = "closed"
    ROLES = "roles"


GIVES: Mapping[Source, tuple[Component, ...]] = {
    Source.CONTACTS: (Component.CONTACTS,),
    Source.ACCEPTED: (Component.ACCEPTED,),
    Source.MEETINGS: (Component.MEETINGS,),
    Source.OPENED: (Component.OPENED, Component.PIPELINE, Component.NO_RATE, Component.NO_AMOUNT),
    Source.INFLUENCED: (Component.INFLUENCED, Component.NO_RATE, Component.NO_AMOUNT),
    Source.CLOSED: (
        *(Component.CLOSED, Component.WON, Component.REVENUE, Component.PRICED, Component.CYCLE),
        *(Component.TIMED, Component.IARR, Component.NO_RATE, Component.NO_AMOUNT),
    ),
    Source.ROLES: (Component.ROLES, Component.COVERED, Component.ENGAGED),
}
"""What each source adds to."""

Sums = Mapping[Component, int | Fraction]
"""What was added up; what is missing is 0."""

NOTHING: Sums = {}


def added(parts: Collection[Sums]) -> Sums:
    """The sum of sums."""
    first, *others = parts or (NOTHING,)
    if not others:
        return first
    total = dict(first)
    for each in others:
        for component, value in each.items():
            total[component] = total.get(component, 0) + value
    return total


def scaled(sums: Sums, factor: Fraction) -> Sums:
    """Sums times a factor."""
    return {component: value * factor for component, value in sums.items()}
