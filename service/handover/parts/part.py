"""What every kind of thing in a hand-over can do: be found, be looked at, pass on, come back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from routing.types.people import Rep, RepId
from service.desk.desk import Desk
from service.flow.flow import Flow
from service.handover.plan import Draft, Item, ItemKind, Skipped
from service.handover.receivers import Choice, Nobody, Thing
from service.handover.request import ForWork, HandoverRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """What a plan is made with. ``start`` is when things pass: now, or the beginning of a leave."""

    request: HandoverRequest
    rep: Rep
    choice: Choice
    now: datetime
    start: datetime

    def passing(self, rows: Sequence[Any]) -> Sequence[Any]:
        """Of rows with an ``account`` those that it is about: of a move those whose account passes."""
        if self.request.where is None:
            return rows
        return [row for row in rows if row.account in self.choice.account_to]

    def instead(self, receiver: ForWork | None, otherwise: ForWork, kind: ItemKind, of: str) -> RepId | None:
        """Who takes the rep's place beside ``of``, whom it would be no use to name; None for nobody.

        Raises Nobody only where the request itself asks for a receiver.
        """
        try:
            to = self.choice.of(receiver or otherwise, Thing(), kind)
        except Nobody:
            if receiver is not None:
                raise
            return None
        return None if to == of else to


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What items are carried out with."""

    handover_id: str
    request: HandoverRequest
    flow: Flow
    desk: Desk
    by: str
    now: datetime

    @property
    def reason(self) -> str:
        """What others are told as the reason."""
        return f"hand-over: {self.request.reason}"[:500]


class Part(Protocol):
    """One kind of thing.

    ``look`` gives its state as a JSON value, None when it is gone, and keeps
    everyone else from changing it until the transaction ends. ``do`` gives
    what is to be kept for undoing. Both raise `Skipped` for what cannot be
    done. ``touched`` says whether anybody has changed the thing since.
    """

    @property
    def kind(self) -> ItemKind:
        """The kind of its items."""

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """Every thing of this kind that the hand-over is about, and what is to become of it."""

    def look(self, connection: Connection, draft: Draft) -> Any:
        """The thing as it is now, for telling whether it is as the plan saw it."""

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Let the thing pass on."""

    def touched(self, connection: Connection, item: Item) -> bool:
        """Whether somebody has changed it since it passed on."""

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """Put the thing back."""


class Plain(ABC):
    """What is the same for things whose state is one value: touched is when it is another value."""

    @abstractmethod
    def look(self, connection: Connection, draft: Draft) -> Any:
        """Given by each kind."""

    def touched(self, connection: Connection, item: Item) -> bool:
        """Whether it is no longer what it became."""
        return bool(self.look(connection, item.draft) != item.after)


def demand(condition: bool, otherwise: str) -> None:
    """Raise Skipped unless the condition holds."""
    if not condition:
        raise Skipped(otherwise)
