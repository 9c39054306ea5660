"""What every part of the program works with, and the answers they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.db.engine import Database
from service.db.program import placements
from service.problems import FieldError, Invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The database, the clock that all processes agree on, and what makes ids."""

    database: Database
    clock: Callable[[], datetime]
    new_id: Callable[[], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: as recorded, by which key or person, and which rep that is, if any.

    ``edits`` may change the program's data for anybody, ``decides`` may review and set the rules of it.
    """

    name: str
    id: str
    rep: str | None = None
    edits: bool = True
    decides: bool = True


def wrong(what: str, field: str, detail: str) -> Invalid:
    """A problem with one field of a body."""
    return Invalid(what, errors=[FieldError(pointer=f"#/{field}", detail=detail)])


def known_account(connection: Connection, account: str) -> None:
    """Raise Invalid unless there is such an account."""
    if account not in placements.about(connection, [account]):
        raise wrong("The account is not known", "account", "names no account; see /v1/accounts")
