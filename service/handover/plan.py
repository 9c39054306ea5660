"""The values of a hand-over: its state, and one item for each thing that passes or stays by rule."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pydantic_core

from routing.types.people import RepId
from service.handover.request import HandoverRequest


class State(StrEnum):
    """The life of a hand-over."""

    PLANNED = "planned"  # a preview: nothing has changed
    APPLYING = "applying"  # item by item; whoever finds it stopped goes on
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    RETURNING = "returning"  # the leave has ended: what nobody touched goes back
    RETURNED = "returned"


class ItemKind(StrEnum):
    """What passes on."""

    REP = "rep"  # the rep: active, away
    ACCOUNT = "account"  # a role on an account
    OPPORTUNITY = "opportunity"
    POOL = "pool"  # a membership
    COVER = "cover"  # standing in for somebody who is away
    TEAM = "team"  # being somebody's manager
    MATTER = "matter"  # a question asked of the rep, a contact that waits for the rep
    ASSIGNMENT = "assignment"


class Action(StrEnum):
    """What becomes of a thing."""

    GIVE = "give"  # another rep has it
    LEND = "lend"  # another rep has it until a time, and then the first again, by itself
    HOLDOVER = "holdover"  # the first rep has it until a time, and then another, by itself
    RULES = "rules"  # the live rulebook decides
    KEEP = "keep"  # it stays
    LEAVE = "leave"  # the rep leaves the pool
    JOIN = "join"  # the rep joins the pool
    DEACTIVATE = "deactivate"  # the rep gets nothing more
    ABSENCE = "absence"  # the rep is away


class ItemState(StrEnum):
    """What has become of an item so far."""

    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"  # somebody changed it meanwhile: it was left alone, the note says why
    UNDONE = "undone"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A thing, what is to become of it, and what it was when it was looked at (``seen``: a digest).

    ``ref`` names the thing, ``label`` is for people, ``status`` groups things in the preview. ``to`` is
    who has it then; of a membership, whose it is.
    """

    kind: ItemKind
    ref: str
    label: str | None = None
    role: str | None = None
    status: str
    action: Action
    to: RepId | None = None
    until: datetime | None = None
    seen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A draft in its place in a stored hand-over, with what it was and what it became, once it is done."""

    row: int
    place: int
    draft: Draft
    state: ItemState
    before: Any
    after: Any
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A stored hand-over. ``digest`` is of everything that its plan saw."""

    id: str
    state: State
    request: HandoverRequest
    digest: str
    made_by: str
    made_at: datetime
    applied_by: str | None = None
    applied_at: datetime | None = None
    ended_at: datetime | None = None
    returns_at: datetime | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many items are alike: the preview's table."""

    kind: ItemKind
    status: str
    action: Action
    to: RepId | None
    state: ItemState
    count: int


class Skipped(Exception):
    """An item cannot be done: the message says why, for the person who planned it."""


def digest_of(value: Any) -> str:
    """A short digest of a JSON value, for telling whether it has changed."""
    return hashlib.sha256(pydantic_core.to_json(value)).hexdigest()[:32]


def digest(drafts: Iterable[Draft]) -> str:
    """The digest of a plan: of every thing, what it was, and what is to become of it.

    ``until`` is left out: it moves with the clock, not with the world.
    """
    return digest_of([(d.kind, d.ref, d.role, d.status, d.action, d.to, d.seen) for d in drafts])


def changes(old: Iterable[Draft], new: Iterable[Draft]) -> list[str]:
    """What differs between two plans, a line for each thing."""
    before = {(d.kind, d.ref, d.role): d for d in old}
    after = {(d.kind, d.ref, d.role): d for d in new}
    lines = [f"{_named(d)} is no longer {d.status}" for key, d in before.items() if key not in after]
    lines += [f"{_named(d)} has come: {d.status}" for key, d in after.items() if key not in before]
    for key, d in before.items():
        other = after.get(key)
        if other is not None and digest([d]) != digest([other]):
            lines.append(
                f"{_named(d)} has changed" if d.to == other.to else f"{_named(d)} would go elsewhere"
            )
    return lines


def _named(draft: Draft) -> str:
    return f"{draft.kind} {draft.ref}" + (f" ({draft.role})" if draft.role else "")
