"""What a change of the configuration was: the values before and after, on record under who makes it.

Written where the values are stored, so that the API, the console and the command
line have it alike, and in the same transaction; the worker's, when it stores a file
or follows a schedule, under the service's own name. A demo that is loaded is nobody's change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import Connection

from service.db import audit
from service.db.audit import Written

CHANGED = "changed"
"""The action of such an entry; its subject is the kind and the name of what was changed."""
SET, SET_ANEW = "set", "set anew"
"""What is on record of a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who makes the changes of this task or thread."""

    name: str
    id: str
    now: Callable[[], datetime]


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def made_by(actor: Actor) -> Iterator[None]:
    """Have what is changed in this block, on this task or thread, go on record under the actor's name."""
    token = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(token)


def note(
    connection: Connection,
    kind: str,
    name: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> None:
    """Put on record what differs; no entry where nothing does. ``before`` None: it is new; ``after``: gone.

    Neither holds a secret: see `hidden`.
    """
    actor = _acting.get()
    if actor is None:
        return
    old, new = to_jsonable_python(dict(before or {})), to_jsonable_python(dict(after or {}))
    differing = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
    if not differing:
        return
    detail = {
        "before": None if before is None else {key: old.get(key) for key in differing},
        "after": None if after is None else {key: new.get(key) for key in differing},
    }
    subject = f"{kind} {name}"[:400]
    entry = Written(
        at=actor.now(), actor=actor.name, actor_id=actor.id, action=CHANGED, subject=subject, detail=detail
    )
    audit.write(connection, [entry])


def hidden(before: Any, after: Any) -> tuple[str | None, str | None]:
    """What may be on record of a secret before and after: whether there is one, and that it is another."""
    if before and after and before != after:
        return SET, SET_ANEW
    return SET if before else None, SET if after else None
