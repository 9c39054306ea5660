"""What every CRM is written: whose a contact is, which account it belongs to, and why.

A message says it in our words; a CRM's file says it in the CRM's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.types.people import Rep, RepId
from service.db import reps
from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery.http import Answer, Told
from service.delivery.kind import Tools
from service.delivery.outbox import EventType
from service.delivery.tokens import SignInFailed, Token
from service.records.reserved import ACTIVATION

EVENTS = frozenset({EventType.ASSIGNED, EventType.QUEUED})
UNAUTHORIZED = 401
DONE = Answer(status=200, retry_after=None)
NOTHING = Answer(status=204, retry_after=None, detail="there is nothing to write")


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """What one message asks for. ``rep`` is the rep who is to own the contact, None for a queue's.

    ``stands_in``: it is about an account that signals activated, of which no CRM has a contact.
    """

    message: Message
    external_id: str | None
    email: str | None
    rep: Rep | None
    queue: str | None
    account_id: str | None  # of a match that is sure; one that waits for review is not written
    stands_in: bool = False


def writes(tools: Tools, messages: Sequence[Message]) -> list[Write]:
    """The messages as what is to be written, in their order."""
    named = {RepId(rep) for each in messages if (rep := each.payload["data"]["routing"]["assignee"])}
    with tools.database.read() as connection:
        known = reps.by_id(connection, named)
    return [_write(message, known) for message in messages]


def _write(message: Message, known: Mapping[RepId, Rep]) -> Write:
    data = message.payload["data"]
    contact, match, routing = data["contact"], data["match"], data["routing"]
    return Write(
        message=message,
        external_id=contact.get("external_id"),
        email=contact.get("email"),
        rep=known.get(RepId(routing["assignee"])) if routing["assignee"] else None,
        queue=routing["queue"],
        account_id=match["account_id"] if match["outcome"] == "matched" else None,
        stands_in=(contact.get("external_id") or "").startswith(ACTIVATION),
    )


def field_values(fields: Mapping[str, str], message: Message) -> dict[str, Any]:
    """The CRM's fields that take a value of the message, found by its path such as ``routing.rule``."""
    return {name: _at(message.payload["data"], path.split(".")) for name, path in fields.items()}


def _at(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, (str, int, float, bool)) else None


def refused(detail: str) -> Answer:
    """The CRM will never take this message as it is: a person has to put something right, then replay it."""
    return Answer(status=422, retry_after=None, detail=detail[:500], final=True)


def signed_in(
    tools: Tools,
    destination: Destination,
    now: datetime,
    fetch: Callable[[], Token],
    call: Callable[[str], Told],
) -> Told:
    """Make a call with an access token; once more with a fresh one where it was refused.

    Raises SignInFailed when no token is to be had.
    """

    def kept() -> Token:
        token = fetch()
        if token.refresh is not None:
            credentials = {**destination.credentials, "refresh_token": token.refresh}
            tools.keep_credentials(destination.id, credentials)
        return token

    key = f"{destination.id}:{hash(tuple(sorted(destination.credentials.items())))}"
    for _ in range(2):
        token = tools.tokens.get(key, now, kept)
        heard = call(token)
        if heard.status != UNAUTHORIZED:
            return heard
        tools.tokens.forget(key, token)
    detail = "the CRM refuses the tokens that it gives: check the rights of the app and its user"
    raise SignInFailed(Answer(status=heard.status, retry_after=None, detail=detail))
