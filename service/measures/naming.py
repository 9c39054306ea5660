"""What the values of a dimension are called, where they are ids."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sqlalchemy import Connection

from service.db import console
from service.db.program import campaigns, plays
from service.measures.asking import Answer

Called = Mapping[str, Mapping[str, str]]
"""By dimension, what its values are called where they are ids; dimensions of words are left out."""


def names(connection: Connection, dimension: str, values: Iterable[str | None]) -> Mapping[str, str]:
    """The names by value; of a dimension whose values are words already, none."""
    read = _READ.get(dimension)
    wanted = {each for each in values if each}
    found = read(connection, wanted) if read is not None else {}
    return {value: found[value] for value in wanted if value in found}


def called(connection: Connection, answer: Answer) -> Called:
    """What the values of an answer's groups are called."""
    return {
        name: names(connection, name, [line.group[name] for line in answer.lines])
        for name in answer.group_by
        if name in _READ
    }


def _plays(connection: Connection, wanted: set[str]) -> Mapping[str, str]:
    return {key: play.title for key, play in plays.every(connection).items()}


def _reps(connection: Connection, wanted: set[str]) -> Mapping[str, str]:
    return console.rep_names(connection)


_READ: Mapping[str, Callable[[Connection, set[str]], Mapping[str, str]]] = {
    "account": console.account_names,
    "rep": _reps,
    "campaign": campaigns.names,
    "play": _plays,
}
