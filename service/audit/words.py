"""What the actions of the audit log are called where people read it. The words are data."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ruamel.yaml import YAML

from service.db.changes import CHANGED

MADE, ALTERED, REMOVED = "made", "changed", "removed"
"""What a change did to the thing that its subject names."""


def said(action: str, detail: Mapping[str, Any]) -> str:
    """What an entry tells, as what follows who did it: "stored a pool". One that has no words is as it is."""
    if action == CHANGED:
        before, after = detail.get("before"), detail.get("after")
        return REMOVED if after is None else MADE if before is None else ALTERED
    return words().get(action, action)


def called(text: str) -> tuple[str, ...]:
    """The actions whose words have a text in them, in any case, and the action that is this very text."""
    wanted = text.casefold()
    changes = [(CHANGED, told) for told in (MADE, ALTERED, REMOVED)]
    found = [action for action, told in (*changes, *words().items()) if wanted in told.casefold()]
    return (text, *dict.fromkeys(found))


@lru_cache(maxsize=1)
def words() -> Mapping[str, str]:
    """The words of each action, changes of values aside, in the order of the table."""
    text = files("service.audit").joinpath("words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, list[str]] = YAML(typ="safe", pure=True).load(text)
    return MappingProxyType({action: told for told, actions in found.items() for action in actions})
