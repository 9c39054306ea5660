"""Pools as a YAML file: read with every fault at once, stored together or not at all, and written back."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlalchemy import Connection

from routing.types.pools import PoolSettings, PoolState
from service.db import pools
from service.db.upserts import Outcome, Stored
from service.records.pools import PoolRecord, member_said, settings_said
from service.validation import field_errors


class BadPools(ValueError):
    """A file of pools cannot be stored. ``faults`` are all that is wrong, a line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def read(text: str) -> list[PoolRecord]:
    """The pools of a file: a list, each with a name. Raises BadPools."""
    try:
        entries = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise BadPools([f"The file is no YAML: {error}"]) from None
    if not isinstance(entries, list):
        raise BadPools(["A file of pools is a list; each entry begins with '- name: '"])
    found, faults = [], list[str]()
    for place, entry in enumerate(entries, start=1):
        try:
            found.append(PoolRecord.model_validate(entry))
        except ValidationError as error:
            named = entry.get("name") if isinstance(entry, dict) else None
            called = f"'{named}'" if named else f"number {place}"
            for each in field_errors(error.errors(include_input=False), PoolRecord):
                where = (each.pointer or "#").removeprefix("#").strip("/").replace("/", ".") or "the entry"
                faults.append(f"Pool {called}, {where}: {each.detail}")
    names = [record.name for record in found]
    faults += [
        f"Pool '{name}' stands in the file twice" for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if faults:
        raise BadPools(faults)
    return found


def store(connection: Connection, records: Sequence[PoolRecord], now: datetime) -> list[Stored]:
    """Store all of them; what became of each. Raises BadPools, and then the transaction must not commit."""
    stored = pools.upsert(connection, records, now, reason="from a file")
    faults = [
        f"Pool '{each.external_id}', {each.field}: {each.problem}"
        for each in stored
        if each.outcome is Outcome.REFUSED
    ]
    if faults:
        raise BadPools(faults)
    return stored


def written(states: Iterable[PoolState]) -> str:
    """Pools as a file that `read` takes: what differs from the default, and the members by name."""
    out = io.StringIO()
    writer = YAML()
    writer.default_flow_style = None
    writer.width = 110
    writer.dump([_entry(state) for state in states], out)
    return out.getvalue()


def _entry(state: PoolState) -> dict[str, Any]:
    default = settings_said(PoolSettings())
    said = {
        name: str(value) if isinstance(value, str) else value
        for name, value in settings_said(state.settings).items()
        if value != default[name]
    }
    members = [_plain(member_said(member)) for member in state.members if member.named]
    return {"name": str(state.name), **_plain(said), "members": members}


def _plain(said: Any) -> Any:
    """Enum members and moments as the text that stands for them in a file."""
    if isinstance(said, dict):
        return {str(key): _plain(value) for key, value in said.items()}
    if isinstance(said, list):
        return [_plain(value) for value in said]
    return said.isoformat() if isinstance(said, datetime) else str(said) if isinstance(said, str) else said
