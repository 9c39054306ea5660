"""Qualities of reps: attributes compared with lists of values, and with what a contact asks for.

Values are compared as text, without regard to letter case and outer blanks. A
text may hold several, separated by ``;`` or ``,``: a rep with the languages
``de; en`` has both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from routing.catalogue import BUILT_IN, find
from routing.fields import Field, FieldType, Scope, custom_field
from routing.types.facts import RoutingFacts
from routing.types.people import Rep
from routing.types.pools import Fit, RepTest
from routing.types.rotation import SkipReason

ATTRIBUTES = tuple(
    f.name
    for f in fields(Rep)
    if f.name in ("name", "email", "role", "team", "manager", "time_zone", "active")
)
"""The attributes of a rep, beside ``custom.KEY``, that a pool may ask for."""

_UTC = ZoneInfo("UTC")
_SEPARATOR = re.compile(r"[;,]")


def known_attribute(name: str) -> bool:
    """Say whether reps have this attribute."""
    return name in ATTRIBUTES or (name.startswith("custom.") and len(name) > len("custom."))


def contact_field(name: str) -> Field | None:
    """Return the field of the contact or account that has this name, None when there is none."""
    place, _, rest = name.partition(".")
    if place in ("contact", "account") and rest.startswith("custom.") and len(rest) > len("custom."):
        return custom_field(name, FieldType.TEXT, "", ())
    return find(BUILT_IN, name) if place in ("contact", "account") else None


def holds(test: RepTest, rep: Rep) -> bool:
    """Say whether a rep passes a test."""
    has = _values(attribute(rep, test.attribute))
    return bool(has & {_plain(value) for value in test.values}) is not test.negated


def all_hold(tests: Sequence[RepTest], rep: Rep) -> bool:
    """Say whether a rep passes every test."""
    return all(holds(test, rep) for test in tests)


def attribute(rep: Rep, name: str) -> object:
    """Return a rep's attribute, None when the rep does not have it."""
    return rep.custom.get(name.removeprefix("custom.")) if name.startswith("custom.") else getattr(rep, name)


def first_day(rep: Rep, name: str) -> datetime | None:
    """Return the attribute as a moment (a date: its midnight in UTC), None when it is none."""
    try:
        found = datetime.fromisoformat(str(attribute(rep, name)))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


Passed = tuple[SkipReason, str]
"""Why a rep is passed over, with what decided it."""


def best(
    wanted: Sequence[Fit], facts: RoutingFacts | None, reps: Sequence[Rep], now: datetime, *, fallback: bool
) -> tuple[list[Rep], dict[str, Passed]]:
    """Return the reps who fit a contact best, and why the others are passed over."""
    asked = _asked(wanted, facts, now)
    if not asked or not reps:
        return list(reps), {}
    lacking = {rep.id: lacks for rep in reps if (lacks := _lacks(asked, rep))}
    if len(lacking) == len(reps) and fallback:
        lacking = {}
    passed: dict[str, Passed] = {name: (SkipReason.NO_FIT, lacks) for name, lacks in lacking.items()}
    fitting = [rep for rep in reps if rep.id not in lacking]
    scores = {
        rep.id: sum(fit.points or 0 for fit, value in asked.items() if _shares(fit, rep, value))
        for rep in fitting
    }
    most = max(scores.values(), default=0)
    passed |= {
        name: (SkipReason.LESS_FIT, f"{score} of {most} points")
        for name, score in scores.items()
        if score < most
    }
    return [rep for rep in fitting if scores[rep.id] == most], passed


def shared(wanted: Sequence[Fit], facts: RoutingFacts | None, rep: Rep, now: datetime) -> tuple[str, ...]:
    """Return the qualities that a rep shares with a contact, e.g. ``contact.country: DE``."""
    asked = _asked(wanted, facts, now)
    return tuple(f"{fit.contact}: {value}" for fit, value in asked.items() if _shares(fit, rep, value))


def _asked(wanted: Sequence[Fit], facts: RoutingFacts | None, now: datetime) -> Mapping[Fit, str]:
    """Return what the contact asks for, by the quality; one that it says nothing about is left out."""
    if facts is None or not wanted:
        return {}
    scope = Scope(facts, now, _UTC)
    values = {fit: _reader(fit.contact).get(scope, None) for fit in wanted}
    return {fit: str(value) for fit, value in values.items() if value is not None and str(value).strip()}


@lru_cache(maxsize=1000)
def _reader(name: str) -> Field:
    field = contact_field(name)
    assert field is not None, "pools are checked when they are saved"
    return field


def _lacks(asked: Mapping[Fit, str], rep: Rep) -> str | None:
    return next(
        (
            f"{fit.contact}: {value}"
            for fit, value in asked.items()
            if fit.points is None and not _shares(fit, rep, value)
        ),
        None,
    )


def _shares(fit: Fit, rep: Rep, value: str) -> bool:
    return bool(_values(attribute(rep, fit.rep)) & _values(value))


def _values(said: object) -> frozenset[str]:
    if said is None:
        return frozenset()
    return frozenset(filter(None, map(_plain, _SEPARATOR.split(str(said)))))


def _plain(value: object) -> str:
    return str(value).strip().casefold()
