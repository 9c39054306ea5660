"""The comparisons a rule can make, each with the types it takes and what it means.

The rule for missing values is the same everywhere: a missing value equals
nothing, so ``is not`` and ``not in`` hold for it and every other comparison
fails; only ``exists`` and ``blank`` ask about it. Text is compared without
regard to letter case and outer blanks; reps' ids are compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import re2  # type: ignore[import-untyped]

from routing.durations import Window
from routing.fields import Field, FieldType, Scope, Value
from routing.reach import Reach

MAX_PATTERN = 200
MAX_SUBJECT = 4096
"""A pattern looks at this many characters of a value at most."""


class Operator(StrEnum):
    """A comparison, in the words a rulebook uses."""

    IS = "is"
    IS_NOT = "is not"
    IN = "in"
    NOT_IN = "not in"
    AT_LEAST = "at least"
    AT_MOST = "at most"
    MORE_THAN = "more than"
    LESS_THAN = "less than"
    BETWEEN = "between"
    STARTS_WITH = "starts with"
    ENDS_WITH = "ends with"
    CONTAINS = "contains"
    MATCHES = "matches"
    SAME_AS = "same as"
    NOT_SAME_AS = "not same as"
    WITHIN = "within"
    WITHIN_NEXT = "within next"
    OLDER_THAN = "older than"
    SINCE = "since"
    BEFORE = "before"
    EXISTS = "exists"
    BLANK = "blank"


class Operand(StrEnum):
    """What a comparison compares with."""

    ONE = "one"  # one value of the field's type
    LIST = "list"  # a list of such values, or the name of a list
    PAIR = "pair"  # the two ends of a band
    PARTS = "parts"  # a piece of text, or a list of them
    PATTERN = "pattern"
    FIELD = "field"  # another field's name
    WINDOW = "window"  # a span such as 30 days
    FLAG = "flag"  # true or false


T = FieldType
_ANY = frozenset(FieldType)
_ORDERED = frozenset({T.NUMBER})
_TIMES = frozenset({T.TIME})
_TEXTS = frozenset({T.TEXT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What an operator takes and means. ``doc`` is the reference for people."""

    types: frozenset[FieldType]
    operand: Operand
    doc: str


COMPARISONS: dict[Operator, Comparison] = {
    Operator.IS: Comparison(
        types=_ANY - {T.TIME}, operand=Operand.ONE, doc="is that value; short: `field: value`"
    ),
    Operator.IS_NOT: Comparison(
        types=_ANY - {T.TIME}, operand=Operand.ONE, doc="is another value, or is missing"
    ),
    Operator.IN: Comparison(
        types=frozenset({T.TEXT, T.NUMBER, T.REP}),
        operand=Operand.LIST,
        doc="is one of the values, or of a list named under `lists`; short: `field: [a, b]`",
    ),
    Operator.NOT_IN: Comparison(
        types=frozenset({T.TEXT, T.NUMBER, T.REP}),
        operand=Operand.LIST,
        doc="is none of the values, or is missing",
    ),
    Operator.AT_LEAST: Comparison(types=_ORDERED, operand=Operand.ONE, doc="is that number or more"),
    Operator.AT_MOST: Comparison(types=_ORDERED, operand=Operand.ONE, doc="is that number or less"),
    Operator.MORE_THAN: Comparison(types=_ORDERED, operand=Operand.ONE, doc="is more than that number"),
    Operator.LESS_THAN: Comparison(types=_ORDERED, operand=Operand.ONE, doc="is less than that number"),
    Operator.BETWEEN: Comparison(
        types=_ORDERED | _TIMES,
        operand=Operand.PAIR,
        doc="is in the band from the first value up to, **not including**, the second, so that "
        "`[0, 250]` and `[250, 4000]` do not overlap",
    ),
    Operator.STARTS_WITH: Comparison(
        types=_TEXTS, operand=Operand.PARTS, doc="begins with that text, or one of them"
    ),
    Operator.ENDS_WITH: Comparison(
        types=_TEXTS, operand=Operand.PARTS, doc="ends with that text, or one of them"
    ),
    Operator.CONTAINS: Comparison(
        types=_TEXTS, operand=Operand.PARTS, doc="has that text somewhere in it, or one of them"
    ),
    Operator.MATCHES: Comparison(
        types=_TEXTS,
        operand=Operand.PATTERN,
        doc="has a part that fits the regular expression (RE2 syntax, at most "
        f"{MAX_PATTERN} characters, letter case ignored); `^` and `$` tie it to the ends",
    ),
    Operator.SAME_AS: Comparison(
        types=_ANY, operand=Operand.FIELD, doc="equals another field; both must be known"
    ),
    Operator.NOT_SAME_AS: Comparison(
        types=_ANY, operand=Operand.FIELD, doc="differs from another field, or one of the two is missing"
    ),
    Operator.WITHIN: Comparison(
        types=_TIMES,
        operand=Operand.WINDOW,
        doc="lies in that span before now, and not after now; days and longer are calendar days in "
        "the rulebook's time zone, hours and minutes are exact; see *windows* for business time and anchors",
    ),
    Operator.WITHIN_NEXT: Comparison(
        types=_TIMES, operand=Operand.WINDOW, doc="lies in that span after now, and not before now"
    ),
    Operator.OLDER_THAN: Comparison(
        types=_TIMES, operand=Operand.WINDOW, doc="lies further back than that span"
    ),
    Operator.SINCE: Comparison(types=_TIMES, operand=Operand.ONE, doc="is at that time or later"),
    Operator.BEFORE: Comparison(types=_TIMES, operand=Operand.ONE, doc="is earlier than that time"),
    Operator.EXISTS: Comparison(
        types=_ANY, operand=Operand.FLAG, doc="`true`: is known; `false`: is missing"
    ),
    Operator.BLANK: Comparison(
        types=_TEXTS,
        operand=Operand.FLAG,
        doc="`true`: is missing or only blanks; `false`: has something in it",
    ),
}

SYNONYMS: dict[str, Operator] = {
    "=": Operator.IS,
    "==": Operator.IS,
    "eq": Operator.IS,
    "equals": Operator.IS,
    "equal": Operator.IS,
    "!=": Operator.IS_NOT,
    "ne": Operator.IS_NOT,
    "not": Operator.IS_NOT,
    ">=": Operator.AT_LEAST,
    "gte": Operator.AT_LEAST,
    "min": Operator.AT_LEAST,
    "<=": Operator.AT_MOST,
    "lte": Operator.AT_MOST,
    "max": Operator.AT_MOST,
    ">": Operator.MORE_THAN,
    "gt": Operator.MORE_THAN,
    "over": Operator.MORE_THAN,
    "<": Operator.LESS_THAN,
    "lt": Operator.LESS_THAN,
    "under": Operator.LESS_THAN,
    "one of": Operator.IN,
    "any of": Operator.IN,
    "none of": Operator.NOT_IN,
    "prefix": Operator.STARTS_WITH,
    "suffix": Operator.ENDS_WITH,
    "includes": Operator.CONTAINS,
    "pattern": Operator.MATCHES,
    "regex": Operator.MATCHES,
    "like": Operator.MATCHES,
    "range": Operator.BETWEEN,
    "last": Operator.WITHIN,
    "after": Operator.SINCE,
    "from": Operator.SINCE,
    "until": Operator.BEFORE,
    "is blank": Operator.BLANK,
    "empty": Operator.BLANK,
    "missing": Operator.EXISTS,
}
"""Words from other tools, answered with the word to use. They are not accepted."""


def depends_on_scope(field: Field, operator: Operator) -> bool:
    """Whether a comparison's answer rests on more than the field's value: the clock, another field."""
    return field.type is FieldType.TIME or COMPARISONS[operator].operand is Operand.FIELD


Predicate = Callable[[Any, Scope], bool]
"""Tests a value that is not missing."""


def fold(text: str) -> str:
    """Return text in the form in which two texts are compared."""
    return text.strip().casefold()


def holds_when_missing(operator: Operator, operand: Any) -> bool:
    """Whether the comparison holds for a missing value."""
    if operator is Operator.EXISTS:
        return operand is False
    if operator is Operator.BLANK:
        return operand is True
    return operator in (Operator.IS_NOT, Operator.NOT_IN, Operator.NOT_SAME_AS)


def predicate(field: Field, operator: Operator, operand: Any) -> Predicate:
    """Return the test of one comparison. The operand is of the kind `COMPARISONS` names."""
    if COMPARISONS[operator].operand is Operand.FIELD:
        return _field_predicate(field, operator, operand)
    if operator in (Operator.EXISTS, Operator.BLANK):
        return _presence_predicate(operator, operand)
    if field.type is T.TEXT:
        return _text_predicate(operator, operand)
    if field.type is T.TIME:
        return _time_predicate(operator, operand)
    return _plain_predicate(operator, operand)


def _presence_predicate(operator: Operator, wanted: bool) -> Predicate:
    if operator is Operator.EXISTS:
        return lambda value, scope: wanted
    return lambda value, scope: (not value.strip()) is wanted


def _field_predicate(field: Field, operator: Operator, other: Field) -> Predicate:
    def same(value: Any, scope: Scope) -> bool:
        found: Value = other.get(scope, None)
        if found is None:
            return False
        return fold(value) == fold(str(found)) if field.type is T.TEXT else bool(value == found)

    return same if operator is Operator.SAME_AS else lambda value, scope: not same(value, scope)


def _text_predicate(operator: Operator, operand: Any) -> Predicate:
    if operator is Operator.MATCHES:
        options = re2.Options()
        options.case_sensitive = False
        search = re2.compile(operand, options=options).search
        return lambda value, scope: search(value[:MAX_SUBJECT]) is not None
    wanted = frozenset(map(fold, operand)) if isinstance(operand, tuple) else frozenset({fold(operand)})
    if operator in (Operator.IS, Operator.IN):
        return lambda value, scope: value.strip().casefold() in wanted
    if operator in (Operator.IS_NOT, Operator.NOT_IN):
        return lambda value, scope: value.strip().casefold() not in wanted
    parts = tuple(sorted(wanted))
    if operator is Operator.STARTS_WITH:
        return lambda value, scope: value.strip().casefold().startswith(parts)
    if operator is Operator.ENDS_WITH:
        return lambda value, scope: value.strip().casefold().endswith(parts)
    if operator is Operator.CONTAINS:
        return lambda value, scope: any(part in value.casefold() for part in parts)
    raise AssertionError(operator)


def _time_predicate(operator: Operator, operand: Any) -> Predicate:
    if isinstance(operand, Reach):
        return _reach_predicate(operator, operand)
    if isinstance(operand, Window):
        window = operand
        tests: dict[Operator, Predicate] = {
            Operator.WITHIN: lambda value, s: window.start(s.now, s.zone) <= value <= s.now,
            Operator.WITHIN_NEXT: lambda value, s: s.now <= value < window.end(s.now, s.zone),
            Operator.OLDER_THAN: lambda value, s: value < window.start(s.now, s.zone),
        }
        return tests[operator]
    if operator is Operator.BETWEEN:
        first, last = operand
        return lambda value, scope: first <= value < last
    if operator is Operator.SINCE:
        return lambda value, scope: bool(value >= operand)
    return lambda value, scope: bool(value < operand)


def _reach_predicate(operator: Operator, reach: Reach) -> Predicate:
    """A window that hangs on something else than now; without that nothing lies in it or before it."""
    ahead = True if operator is Operator.WITHIN_NEXT else None

    def holds(value: Any, scope: Scope) -> bool:
        bounds = reach.bounds(scope, ahead=ahead)
        if bounds is None:
            return False
        first, end = bounds
        return bool(value < first) if operator is Operator.OLDER_THAN else bool(first <= value < end)

    return holds


def _plain_predicate(operator: Operator, operand: Any) -> Predicate:
    """Numbers, truth values and reps' ids: compared as they are."""
    if operator is Operator.BETWEEN:
        first, last = operand
        return lambda value, scope: first <= value < last
    tests: dict[Operator, Predicate] = {
        Operator.IS: lambda value, scope: bool(value == operand),
        Operator.IS_NOT: lambda value, scope: bool(value != operand),
        Operator.IN: lambda value, scope: value in operand,
        Operator.NOT_IN: lambda value, scope: value not in operand,
        Operator.AT_LEAST: lambda value, scope: bool(value >= operand),
        Operator.AT_MOST: lambda value, scope: bool(value <= operand),
        Operator.MORE_THAN: lambda value, scope: bool(value > operand),
        Operator.LESS_THAN: lambda value, scope: bool(value < operand),
    }
    return tests[operator]


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a regular expression, None when nothing is."""
    if len(pattern) > MAX_PATTERN:
        return f"the pattern has {len(pattern)} characters, at most {MAX_PATTERN} are read"
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    try:
        re2.compile(pattern, options=options)
    except re2.error as error:
        detail = error.args[0] if error.args else "not a regular expression"
        said = detail.decode("utf-8", "replace") if isinstance(detail, bytes) else str(detail)
        return f"the pattern is not readable: {said}"
    return None


def shown(value: Any, zone: ZoneInfo | None = None) -> str:
    """Render a value for a finding: short, in the rulebook's own notation."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (value.astimezone(zone) if zone else value).isoformat(timespec="minutes")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, tuple):
        return ", ".join(shown(part, zone) for part in value)
    if isinstance(value, Field):
        return value.name
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 80 else text[:79] + "…"
