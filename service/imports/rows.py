"""A row of a file -> a record, or what is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from service.engagement.records import SignalRecord
from service.imports import cells
from service.imports.headers import CUSTOM, UNTOLD, Columns, Kind, recognise
from service.records.accounts import AccountRecord
from service.records.activities import ActivityRecord
from service.records.contacts import ContactIn
from service.records.opportunities import OpportunityRecord
from service.records.reps import RepRecord
from service.validation import field_errors

MODELS: Mapping[Kind, type[BaseModel]] = {
    Kind.ACCOUNTS: AccountRecord,
    Kind.REPS: RepRecord,
    Kind.OPPORTUNITIES: OpportunityRecord,
    Kind.ACTIVITIES: ActivityRecord,
    Kind.CONTACTS: ContactIn,
    Kind.SIGNALS: SignalRecord,
}

_OPTIONAL = {
    Kind.ACCOUNTS: ("country", "domains", "website", "phone", "employees"),
    Kind.CONTACTS: ("email", "website", "phone"),
    Kind.REPS: ("holidays",),
}
"""Fields that a row can do without: when one is unusable, the rest goes in and a note says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a cell, and what would be right. ``column`` is None when it is the whole row."""

    line: int
    column: str | None
    problem: str
    left_out: bool = False  # the row went in without this


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A row's record, or None; and what is wrong."""

    line: int
    record: BaseModel | None
    faults: tuple[Fault, ...]


def from_cells(kind: Kind, columns: Columns, line: int, row: Sequence[str]) -> Read:
    """The record of a CSV row. An empty cell says nothing: what is stored stays."""
    said: dict[str, Any] = dict(columns.usual)
    faults: list[Fault] = []
    for place, field in columns.fields.items():
        cell = cells.said(row[place]) if place < len(row) else ""
        if not cell:
            continue
        try:
            if field in columns.month_first:
                said[field] = cells.moment(cell, columns.month_first[field])
            else:
                said[field] = cells.PARSERS.get(field, cells.text)(cell)
        except ValueError as error:
            faults.append(Fault(line=line, column=columns.headers[place], problem=str(error)))
    headers = {field: columns.headers[place] for place, field in columns.fields.items()}
    if any(fault.column not in (headers.get(field) for field in _OPTIONAL.get(kind, ())) for fault in faults):
        return Read(line=line, record=None, faults=tuple(faults))
    read = validated(kind, line, shaped(kind, said), headers)
    spared = [replace(fault, left_out=read.record is not None) for fault in faults]
    return replace(read, faults=(*spared, *read.faults))


def from_object(line: int, value: Any, month_first: Mapping[str, bool] = UNTOLD) -> Read:
    """The signal of a JSON object: its names, and those of inner objects, mean what the same headers do."""
    if not isinstance(value, dict):
        return validated(Kind.SIGNALS, line, value, {})
    columns, row = laid_out(value)
    return from_cells(Kind.SIGNALS, replace(columns, month_first=month_first), line, row)


def laid_out(value: Mapping[str, Any]) -> tuple[Columns, list[str]]:
    """The signal of a JSON object as a row of a file has it: its columns, and their cells."""
    flat = {
        name: each
        for outer, inner in value.items()
        for name, each in (inner.items() if isinstance(inner, dict) else ((outer, inner),))
    }
    return recognise(Kind.SIGNALS, list(flat)), [_cell(each) for each in flat.values()]


def _cell(value: Any) -> str:
    """A JSON value as the cell of a file: nothing for what is missing, and the first of a list."""
    if isinstance(value, list):
        return _cell(value[0]) if value else ""
    return "" if value is None or isinstance(value, dict) else str(value)


def validated(kind: Kind, line: int, said: dict[str, Any], headers: Mapping[str, str]) -> Read:
    """The record that the values make; ``headers`` name the columns they came from."""
    try:
        return Read(line=line, record=MODELS[kind].model_validate(said), faults=())
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
    often = Counter(each["loc"][:1] for each in wrong)
    faults = [_fault(kind, line, each, headers, one_of=often[each["loc"][:1]] > 1) for each in wrong]
    spared = _without(kind, said, [each["loc"] for each in wrong])
    if spared is not None:
        try:
            record = MODELS[kind].model_validate(spared)
        except ValidationError:
            return Read(line=line, record=None, faults=tuple(faults))
        left_out = [Fault(line=f.line, column=f.column, problem=f.problem, left_out=True) for f in faults]
        return Read(line=line, record=record, faults=tuple(left_out))
    return Read(line=line, record=None, faults=tuple(faults))


def _fault(
    kind: Kind, line: int, error: Mapping[str, Any], headers: Mapping[str, str], *, one_of: bool
) -> Fault:
    """``one_of``: several values of the cell are wrong, so it is said which of them this is."""
    where = [str(step) for step in error["loc"]]
    field = where[0] if where else ""
    column = headers.get(field, field or None)
    which = f"value {int(where[1]) + 1} " if one_of and len(where) > 1 and where[1].isdecimal() else ""
    meant = recognise(kind, where).fields.get(0) if error["type"] == "extra_forbidden" else None
    problem = f"is not a field here; did you mean {meant}?" if meant else field_errors([error])[0].detail
    return Fault(line=line, column=column, problem=which + problem)


def _without(
    kind: Kind, said: Mapping[str, Any], places: Iterable[tuple[int | str, ...]]
) -> dict[str, Any] | None:
    """The values without the wrong ones; None when the row cannot do without those."""
    spared = dict(said)
    wrong: dict[str, set[int]] = {}
    for place in places:
        if not place or place[0] not in _OPTIONAL.get(kind, ()):
            return None
        wrong.setdefault(str(place[0]), set()).update(step for step in place[1:] if isinstance(step, int))
    for field, items in wrong.items():
        value = spared.pop(field)
        if items and isinstance(value, list):
            spared[field] = [each for number, each in enumerate(value) if number not in items]
    return spared


def shaped(kind: Kind, said: Mapping[str, Any]) -> dict[str, Any]:
    """Flat fields in the shape of the record: owner and tier with their times, team, custom."""
    record = {field: value for field, value in said.items() if "." not in field}
    custom = {field[len(CUSTOM) :]: value for field, value in said.items() if field.startswith(CUSTOM)}
    if custom:
        record["custom"] = custom
    if kind is Kind.ACCOUNTS:
        team = {field[len("team.") :]: value for field, value in said.items() if field.startswith("team.")}
        if team:
            record["team"] = team
        _with_term(record, "owner", "rep")
        _with_term(record, "tier", "tier")
    if kind is Kind.OPPORTUNITIES:
        _price(record)
        _close(record)
    if kind is Kind.CONTACTS and "occurred_at" in record:
        record["occurred_at"] = record["occurred_at"].isoformat()
    return record


def _with_term(record: dict[str, Any], field: str, name: str) -> None:
    starts, until = record.pop(f"{field}_from", None), record.pop(f"{field}_until", None)
    if field in record:
        record[field] = {name: record[field], "from": starts, "until": until}


def _price(record: dict[str, Any]) -> None:
    """An amount that the CRM has converted itself is in the home currency, whatever the deal's own is."""
    converted = record.pop("home_amount", None)
    if converted is not None and "amount" not in record:
        record["amount"] = converted
        record.pop("currency", None)


def _close(record: dict[str, Any]) -> None:
    """Tell when a deal was closed: CRMs give open deals a close date too, the one that is hoped for."""
    date, closed = record.pop("close_date", None), record.pop("is_closed", None)
    stage = str(record.get("stage", "")).casefold()
    if closed is None:
        closed = "closed_at" in record or record.get("won") is True or stage.startswith("closed")
    if not closed:
        record.pop("won", None)
        if date is not None:
            record.setdefault("expected_close_at", date)
        return
    if date is not None:
        record.setdefault("closed_at", date)
    if stage in ("closed won", "closedwon", "closed lost", "closedlost"):
        record.setdefault("won", stage.endswith("won"))
