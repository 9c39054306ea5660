"""Open matters - questions, uncertain matches - and the one answer that closes each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from service.db import waiting
from service.db.memory import Answer
from service.db.waiting import Kind
from service.problems import Conflict


def close(
    connection: Connection, decision_id: str, kind: Kind, by: str, answer: object, now: datetime
) -> None:
    """Close an open matter with a person's answer. Raises Conflict when it is not open."""
    if not waiting.answer(connection, decision_id, kind, by, answer, now):
        raise Conflict("The matter is settled; a newer decision stands in its place")


def demand_same(connection: Connection, decision_id: str, kind: Kind, answer: object) -> None:
    """Raise Conflict when a matter was settled with another answer than this, and say who was first."""
    first = waiting.settled(connection, decision_id, kind)
    if first is not None and first.answer != answer:
        said = in_words(first.answer)
        raise Conflict(f"{first.by} settled the matter first, at {first.at:%Y-%m-%d %H:%M} UTC: {said}")


def in_words(answer: object) -> str:
    """An answer that was kept, as part of a sentence."""
    if not isinstance(answer, dict):
        return f"“{answer}”"
    named = answer.get("account_id")
    words = {
        Answer.ACCOUNT: f"the account {named}",
        Answer.NEVER: f"never the account {named}",
        Answer.NONE: "none of the accounts",
        Answer.NEW_ACCOUNT: f"the new account {named}" if named else "a new account",
    }
    return words[Answer(answer["answer"])]
