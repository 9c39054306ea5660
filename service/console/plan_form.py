"""The form of a strategic account's plan: lists as text, one thing a line, its parts between ``|``."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from service.console import forms
from service.program.core.plans import Plan
from service.rulebook.times import local_time

WHAT = "The plan is not valid"
_BAR = re.compile(r"(?<!\\)\|")
_TIMES = ("due", "by")
_YES = ("done", "yes", "x")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """A list of the plan: what its lines are made of, in order, with an example."""

    name: str
    label: str
    parts: tuple[str, ...]
    example: str


LISTS = (
    Lines(name="goals", label="Goals", parts=("goal",), example="Every plant on one contract"),
    Lines(
        name="buying_group",
        label="Buying group",
        parts=("role", "contact", "note"),
        example="Champion | WEB-3037 | speaks for us",
    ),
    Lines(
        name="reach",
        label="Reach",
        parts=("what", "play", "owner", "due", "done"),
        example="Ads to the plants | display_ads | ana.silva | 2026-05-01",
    ),
    Lines(
        name="personalise",
        label="Personalise",
        parts=("what", "play", "owner", "due", "done"),
        example="A parcel to each plant manager | direct_mail | ana.silva | 2026-05-01 | done",
    ),
    Lines(
        name="measure", label="Measure", parts=("measure", "goal", "by"), example="meetings | 6 | 2026-06-30"
    ),
)


def texts(plan: Plan, zone: ZoneInfo) -> dict[str, str]:
    """The fields of the form as they say a plan, its times on the clocks of ``zone``."""
    said = plan.model_dump()
    found = {each.name: "\n".join(_line(row, each.parts, zone) for row in said[each.name]) for each in LISTS}
    return found | {"notes": plan.notes or ""}


def read(form: Mapping[str, str], zone: ZoneInfo) -> Plan:
    """The plan of a form. Raises Invalid, naming the field and, from 0, the line."""
    said: dict[str, Any] = {each.name: _rows(form, each, zone) for each in LISTS}
    return forms.read(Plan, said | {"notes": form.get("notes", "").strip() or None}, WHAT)


def _line(row: Any, parts: Sequence[str], zone: ZoneInfo) -> str:
    if isinstance(row, str):
        return row
    return " | ".join(_cell(row[part], part, zone) for part in parts).rstrip(" |")


def _cell(value: Any, part: str, zone: ZoneInfo) -> str:
    if value is None or value is False:
        return ""
    if part in _TIMES:
        return str(value.astimezone(zone).strftime("%Y-%m-%dT%H:%M"))
    if part == "goal":
        return f"{value:.15g}"
    return "done" if value is True else str(value).replace("|", "\\|")


def _rows(form: Mapping[str, str], lines: Lines, zone: ZoneInfo) -> list[Any]:
    texts = [text.strip() for text in form.get(lines.name, "").splitlines() if text.strip()]
    if lines.parts == ("goal",):
        return texts
    return [_row(text, lines, f"{lines.name}/{place}", zone) for place, text in enumerate(texts)]


def _row(text: str, lines: Lines, where: str, zone: ZoneInfo) -> dict[str, Any]:
    cells = [cell.strip().replace("\\|", "|") for cell in _BAR.split(text)]
    if len(cells) > len(lines.parts):
        detail = f"has more parts than {' | '.join(lines.parts)}; write \\| for a | in a text"
        raise forms.wrong(where, detail, WHAT)
    row: dict[str, Any] = {}
    for part, cell in zip(lines.parts, cells, strict=False):
        if part in _TIMES and cell:
            found = local_time(cell, zone)
            if isinstance(found, str):
                raise forms.wrong(f"{where}/{part}", found, WHAT)
            row[part] = found
        elif part == "done":
            row[part] = cell.casefold() in _YES
        elif cell:
            row[part] = cell
    return row
