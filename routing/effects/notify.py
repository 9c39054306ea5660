"""Who is told besides the assignee."""

from __future__ import annotations

from collections.abc import Sequence

from routing.effects.people import OWNERS, PARTNER, Result, Whom, read_person
from routing.reading import Node
from routing.rules.base import Binder
from routing.types.people import RepId


def read_notify(node: Node | None, binder: Binder) -> tuple[Whom, ...]:
    """Read a rule's ``notify``: a list of people."""
    words = (PARTNER, OWNERS)
    read = [read_person(item, binder, words) for item in (node.items or [] if node is not None else [])]
    return tuple(whom for whom in read if whom is not None)


def told(notify: Sequence[Whom], losers: Sequence[RepId], result: Result) -> tuple[RepId, ...]:
    """Return who is told besides the assignee, each once: who lost a conflict, the partner, who is named."""
    people = [*losers, result.partner, *(rep for whom in notify for rep in whom.reps(result))]
    return tuple(rep for rep in dict.fromkeys(people) if rep is not None and rep != result.assignee)
