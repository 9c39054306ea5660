"""The settings of a pool as a form: each with what it means, its choices in words, and what is usual."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from routing.types.pools import (
    Choose,
    NewcomerPolicy,
    NobodyPolicy,
    PoolSettings,
    ResetPolicy,
    ReturnPolicy,
    SkipPolicy,
    TurnReturn,
)
from service.console import forms
from service.records.pools import PoolFields, settings_said

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Whose turn it is", ("choose", "on_return", "catch_up_most", "newcomer", "reset")),
    ("What counts as a turn", ("keep_holder", "count_owned", "count_manual", "gives_back")),
    ("Who may take one", ("respect_hours", "caps", "pool_caps", "open_cap", "zone", "requires")),
    ("Who should", ("fit", "fit_fallback", "skip_last", "skip_of", "skip_firmly")),
    ("New members", ("ramp", "ramp_from", "members_where")),
    ("When nobody is there", ("nobody", "within_hours", "otherwise", "overflow", "queue")),
)
OPTIONS: Mapping[StrEnum, str] = {
    Choose.TURN_ORDER: "By turns, interleaved by weight",
    Choose.LOWEST_COUNT: "Who has had the fewest turns for the weight",
    Choose.LONGEST_IDLE: "Who has gone longest without a contact",
    Choose.LEAST_OPEN: "Who has the least open work for the weight",
    ReturnPolicy.KEEP_POSITION: "They count as taken: an even share after the return",
    ReturnPolicy.CATCH_UP: "They stay owed: every turn after the return until level",
    NewcomerPolicy.LEVEL: "Level with the others",
    NewcomerPolicy.ZERO: "At zero: every turn until level",
    ResetPolicy.NEVER: "Never",
    ResetPolicy.WEEKLY: "Every Monday",
    ResetPolicy.MONTHLY: "Every month",
    ResetPolicy.QUARTERLY: "Every quarter",
    SkipPolicy.CONTACT: "This contact",
    SkipPolicy.ACCOUNT: "This contact or another of its account",
    NobodyPolicy.HOLD: "Hold it until somebody is",
    NobodyPolicy.ASSIGN_ANYWAY: "The next member gets it all the same",
    NobodyPolicy.FIRST_AVAILABLE: "Whoever is there first, within the hours below",
    NobodyPolicy.OVERFLOW: "Ask the overflow pool",
    NobodyPolicy.QUEUE: "Put it into the queue below",
    NobodyPolicy.NEXT_RULE: "Let the next rule decide",
    TurnReturn.REJECTED: "Rejected, without saying why",
    TurnReturn.WRONG_MATCH: "Belonged to another account",
    TurnReturn.NOT_MINE: "Another territory, segment or product",
    TurnReturn.DUPLICATE: "A duplicate",
    TurnReturn.INVALID: "No buyer: a test, a student, a bounced address",
    TurnReturn.NO_SHOW: "The meeting did not take place",
    TurnReturn.CANCELLED: "The meeting was called off",
    TurnReturn.TOO_BUSY: "Too busy",
}
"""What a choice is called; docs/pools.md says more of each."""

_DEFAULT = PoolSettings()
_USUAL = settings_said(_DEFAULT)
_JSON = ("requires", "members_where", "fit")
_CAPS = ("caps", "pool_caps")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting. ``kind``: switch, choice, several, number, json or text; ``usual``: nobody changed it."""

    name: str
    label: str
    meaning: str
    kind: str
    value: str
    example: str
    options: tuple[tuple[str, str], ...]
    chosen: frozenset[str]
    usual: bool


def groups(
    settings: PoolSettings, pools: Iterable[str], form: Mapping[str, str] | None = None
) -> list[tuple[str, list[Setting]]]:
    """Every setting in its group; with ``form`` as somebody filled it in, else as it is."""
    said = settings_said(settings)
    return [(title, [_setting(name, said, pools, form) for name in names]) for title, names in GROUPS]


def fields(settings: PoolSettings) -> dict[str, str]:
    """The form as it says how the settings stand: what `read` makes them of."""
    found: dict[str, str] = {}
    for name, value in settings_said(settings).items():
        if _kind(name) == "several":
            found |= {f"{name}.{option}": "on" for option in value}
        else:
            found[name] = _text(name, value)
    return found


def _setting(
    name: str, said: Mapping[str, Any], pools: Iterable[str], form: Mapping[str, str] | None
) -> Setting:
    kind = _kind(name)
    chosen = frozenset(map(str, said[name])) if kind == "several" else frozenset[str]()
    if form is not None and kind == "several":
        chosen = frozenset(option for option in TurnReturn if f"{name}.{option}" in form)
    return Setting(
        name=name,
        label=name.replace("_", " ").capitalize(),
        meaning=(PoolFields.model_fields[name].description or "").replace("`", ""),
        kind=kind,
        value=_text(name, said[name]) if form is None else form.get(name, ""),
        example=_EXAMPLES.get(name, ""),
        options=_options(name, kind, pools),
        chosen=chosen,
        usual=said[name] == _USUAL[name],
    )


def _kind(name: str) -> str:
    default = getattr(_DEFAULT, name)
    if name == "gives_back":
        return "several"
    if name in _JSON:
        return "json"
    if name == "overflow" or isinstance(default, StrEnum):
        return "choice"
    if isinstance(default, bool):
        return "switch"
    return "number" if isinstance(default, int) or name in ("open_cap", "catch_up_most") else "text"


def _options(name: str, kind: str, pools: Iterable[str]) -> tuple[tuple[str, str], ...]:
    if kind == "switch":
        return (("true", "Yes"), ("false", "No"))
    if name == "overflow":
        return (("", "None"), *((each, each) for each in pools))
    if kind == "several":
        return tuple((option.value, OPTIONS[option]) for option in TurnReturn)
    if kind != "choice":
        return ()
    left_out = NobodyPolicy.FIRST_AVAILABLE if name == "otherwise" else None
    return tuple(
        (option.value, OPTIONS[option]) for option in type(getattr(_DEFAULT, name)) if option is not left_out
    )


def _text(name: str, value: Any) -> str:
    if value is None or value == {} or value == []:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if name in _JSON:
        return json.dumps(value, ensure_ascii=False)
    if name in _CAPS:
        return caps_text(value)
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def caps_text(caps: Mapping[str, int]) -> str:
    """Caps as a person types them: ``day 8, hour 2``."""
    return ", ".join(f"{per} {most}" for per, most in caps.items())


def read(form: Mapping[str, str]) -> dict[str, Any]:
    """The settings of a form, as the API takes them; what is empty is as usual. Raises Invalid."""
    return {name: _value(name, form) for _, names in GROUPS for name in names}


def _value(name: str, form: Mapping[str, str]) -> Any:
    kind, text = _kind(name), form.get(name, "").strip()
    if kind == "several":
        return [option.value for option in TurnReturn if f"{name}.{option}" in form]
    if not text:
        return None
    if kind == "switch":
        return text == "true"
    if kind == "json":
        return _json(name, text)
    if name in _CAPS:
        return caps(name, text)
    if kind == "number":
        return _number(name, text)
    return [_number(name, part) for part in forms.listed(text)] if name == "ramp" else text


def _json(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        where = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise forms.wrong(name, f"is no JSON{where}; it looks like {_EXAMPLES[name]}") from None
    except RecursionError:
        raise forms.wrong(name, "is nested too deeply") from None


_EXAMPLES = {
    "caps": "day 8, hour 2",
    "pool_caps": "month 400",
    "ramp": "0, 50, 100",
    "ramp_from": "custom.started_on",
    "requires": '{"custom.certified": true}',
    "members_where": '{"team": ["EMEA", "DACH"], "role": {"not": "AM"}}',
    "fit": '[{"contact": "contact.custom.language", "rep": "custom.languages"}]',
}


def caps(name: str, text: str) -> dict[str, int]:
    """``day 8, hour 2`` as caps. Raises Invalid."""
    found = {}
    for part in forms.listed(text.replace(":", " ")):
        per, _, most = part.partition(" ")
        found[per] = _number(name, most.strip())
    return found


def _number(name: str, text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise forms.wrong(
            name, "must be a whole number" if name not in _CAPS else "is written as: day 8, hour 2"
        )
    return int(text)
