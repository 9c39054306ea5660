"""Roles on accounts: they pass at once, for a time, or after a time, and end and begin by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from service.db import account_rows, possessions
from service.db.account_rows import Change
from service.db.account_state import AccountState
from service.db.timeline import Span, Timeline, in_force, put
from service.handover.parts.part import Doing, Plain, Planning, demand
from service.handover.plan import Action, Draft, Item, ItemKind, digest_of
from service.handover.receivers import Thing, fits
from service.handover.request import Kind, Where

_TIMELINE: TypeAdapter[Timeline] = TypeAdapter(Timeline)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    state: AccountState
    role: str
    worked: bool
    deal: bool


class AccountPart(Plain):
    """A role of the rep on an account."""

    kind = ItemKind.ACCOUNT

    def plan(self, connection: Connection, planning: Planning) -> Sequence[Draft]:
        """The roles that the rep has at the start, on the accounts that the hand-over is about."""
        return [self._draft(held, planning) for held in _held(connection, planning)]

    def _draft(self, held: _Held, planning: Planning) -> Draft:
        request, state = planning.request, held.state
        status = "open opportunity" if held.deal else "worked lately" if held.worked else "quiet"
        thing = Thing(
            account=state.external_id, country=state.country, state=state.state, segment=state.segment
        )
        to = planning.choice.of(request.accounts, thing, self.kind)
        action, until = Action.GIVE, None
        if to is None:
            action = Action.KEEP
        elif request.kind is Kind.LEAVE:
            action, until = Action.LEND, request.until
        elif request.holdover is not None and (
            held.worked or (held.deal and request.holdover.open_opportunity)
        ):
            action, until = Action.HOLDOVER, planning.now + timedelta(days=request.holdover.days)
        if to is not None:
            planning.choice.account_to.setdefault(state.external_id, to)
        return Draft(
            kind=self.kind,
            ref=state.external_id,
            label=state.name,
            role=held.role,
            status=status,
            action=action,
            to=to,
            until=until,
            seen=digest_of(_plain(state.roles.get(held.role, ()))),
        )

    def look(self, connection: Connection, draft: Draft) -> Any:
        """Who has the role from when until when."""
        state = possessions.locked_account(connection, draft.ref)
        return None if state is None else _plain(state.roles.get(draft.role or "", ()))

    def do(self, connection: Connection, draft: Draft, doing: Doing) -> Any:
        """Write the change into the role's time line: what ends and begins later does so by itself."""
        state, role = possessions.locked_account(connection, draft.ref), draft.role or ""
        assert state is not None and draft.to is not None, "it was looked at just now, and is not kept"
        start = doing.now
        if draft.action is Action.LEND:
            start = max(doing.request.starts or doing.now, doing.now)
        elif draft.action is Action.HOLDOVER and draft.until is not None:
            start = draft.until
        span = in_force(state.roles.get(role, ()), start)
        demand(span is not None and span.value == doing.request.rep, "the rep no longer has the role then")
        assert span is not None
        until = span.until
        if draft.action is Action.LEND and draft.until is not None:
            until = min(draft.until, span.until or draft.until)
        after = put(state.roles[role], Span(value=draft.to, starts=start, until=until), start)
        _save(connection, state, role, after, doing.now)
        return _plain(after)

    def undo(self, connection: Connection, item: Item, doing: Doing) -> None:
        """The time line as it was."""
        state = possessions.locked_account(connection, item.draft.ref)
        assert state is not None, "it was found to be untouched just now"
        before = _TIMELINE.validate_python(item.before)
        _save(connection, state, item.draft.role or "", before, doing.now)


def _held(connection: Connection, planning: Planning) -> list[_Held]:
    request, start = planning.request, planning.start
    days = request.holdover.worked_within_days if request.holdover is not None else 30
    worked_since = planning.now - timedelta(days=days)
    found = [
        _Held(state=state, role=row.role, worked=bool(row.worked), deal=bool(row.deal))
        for state, row in possessions.roles(connection, request.rep, start, worked_since, request.roles)
        if _is_in(request.where, state)
    ]
    return [
        each
        for each in sorted(found, key=lambda held: (held.state.external_id, held.role))
        if (span := in_force(each.state.roles[each.role], start)) is not None and span.value == request.rep
    ]


def _is_in(where: Where | None, state: AccountState) -> bool:
    return where is None or (
        (where.account_ids is None or state.external_id in where.account_ids)
        and fits(where.country, state.country)
        and fits(where.state, state.state)
        and fits(where.segment, state.segment)
    )


def _save(connection: Connection, state: AccountState, role: str, spans: Timeline, now: datetime) -> None:
    after = replace(state, roles={**state.roles, role: spans})
    account_rows.save(connection, [Change(before=state, after=after)], now)


def _plain(spans: Timeline) -> Any:
    return _TIMELINE.dump_python(spans, mode="json")
