"""What may be asked of a contact, as variables of the solver, and what holds between them.

A text or a rep is a whole number: 0 is missing, 1 is blank text, numbers above
stand for the values the rulebook mentions, numbers below 0 for others. Numbers,
times (seconds) and truth values carry beside them whether they are known. A
collection is a row of slots, each of which may be empty. What belongs to a
rep is a function of the rep, so that two fields that name one rep agree.

The laws are those of `routing.types.facts.RoutingFacts` and of what fills it: no
account without a match, no closed opportunity without an end, and so on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import z3  # type: ignore[import-untyped]

from routing.catalogue import WEEKDAYS, Catalogue, find
from routing.durations import Window
from routing.fields import Collection, Field, FieldType
from routing.operators import fold
from routing.proof.hidden import REP_ATTRIBUTES, OfRep, OneRep

Slot = tuple[str, int] | None
"""An item of a collection: its name and its place; None for what there is one of."""

Key = tuple[str, int, str]
"""A variable: the collection ("" for none), the place in it, and the field's name."""

BLANK = 1
OTHERS = 1_000
"""How many values that are not mentioned a field can have: more than a question has fields."""

_PLACES = {"parent": 0, "ultimate": -1}
_ALWAYS_KNOWN = {
    "opportunities": ("opened_at", "open", "id"),
    "activities": ("kind", "direction", "at", "id"),
    "earlier": ("contact_id", "rep", "status", "assigned_at", "relation"),
    "ancestors": ("id", "name"),
}
_OF_THE_ACCOUNT = ("opportunities", "activities", "ancestors")


@dataclass(frozen=True, slots=True)
class Known:
    """A field of the contact in question: its value, and whether it is known."""

    type: FieldType
    value: Any
    present: Any


class Words:
    """The numbers that stand for texts and for reps."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[bool, str], int] = {}
        self._spelt: dict[int, str] = {BLANK: ""}

    def number(self, type_: FieldType, value: str) -> int:
        """Return the number of a value: texts that are compared as equal have one number."""
        exact = type_ is FieldType.REP
        key = (exact, value if exact else fold(value))
        if key == (False, ""):
            return BLANK
        if key not in self._numbers:
            self._numbers[key] = len(self._numbers) + 2
            self._spelt[self._numbers[key]] = str(value).strip()
        return self._numbers[key]

    @property
    def mentioned(self) -> set[str]:
        """Every value that has a number, texts as they are compared."""
        return {value for _, value in self._numbers}

    def spelt(self, number: int) -> str | None:
        """Return the value as it was first written; None for a number that stands for no mentioned value."""
        return self._spelt.get(number)


class Space:
    """The variables of one rulebook. Made as they are asked for; ``laws`` are what holds for each."""

    def __init__(
        self, catalogue: Catalogue, zone: ZoneInfo, moments: Sequence[datetime], slots: int, ctx: Any
    ) -> None:
        self.catalogue, self.zone, self.moments, self.ctx = catalogue, zone, moments, ctx
        self.slots = slots
        self.words = Words()
        self.known: dict[Key, Known] = {}
        self.fields: dict[Key, Field] = {}
        self.laws: dict[Key, list[Any]] = {}
        self.related: dict[Key, set[Key]] = {}
        self.moment = z3.Int("moment", ctx)
        self._groups: dict[int, tuple[int, set[int]]] = {}  # with the set, so that its id stays its own
        self._joined: dict[Key, tuple[int, Any]] = {}
        self._choices: dict[tuple[Key, int, frozenset[int]], Any] = {}
        self._only: dict[Key, set[int]] = {}
        self._owners: dict[Key, Key] = {}
        self.wishes: dict[Key, list[tuple[str, Any]]] = {}
        self._compared: dict[tuple[str, str], set[int]] = {}
        self._of_rep: dict[str, Any] = {}
        self._windows: dict[tuple[str, str], Any] = {}
        self.clock: list[Any] = [self.moment >= 0, self.moment < len(moments)]

    # --- variables ----------------------------------------------------------

    def of(self, field: Field, slot: Slot = None) -> tuple[Known, Key]:
        """Return the variable of a field, and its key."""
        key = self.key(field, slot)
        if key not in self.known:
            self.laws[key], self.related[key], self.wishes[key] = [], set(), []
            self.fields[key] = field
            self.known[key] = self._make(field, slot, key)
            if not isinstance(field, OneRep):
                self._obey(field, slot, key)
                self._wish(field, key)
        return self.known[key], key

    def key(self, field: Field, slot: Slot) -> Key:
        """Return where a field's variable is kept: one for ``account.team.sdr`` in whatever letters."""
        collection, place = slot or ("", 0)
        name = field.name
        head, _, rest = name.partition(".team.")
        if rest and head in ("account", "parent", "ultimate"):
            role, dot, attribute = rest.partition(".")
            name = f"{head}.team.{role.upper()}{dot}{attribute}"
        return (collection, place, name)

    def give(self, field: Field, fits: Sequence[Any], given: Sequence[Any], keys: Iterable[Key]) -> None:
        """Make a field known that has the value ``given`` for the first of ``fits`` that holds, else none."""
        key = self.key(field, None)
        self.laws[key], self.related[key], self.wishes[key] = [], set(keys), []
        self.fields[key] = field
        known = self._plain(field, "/".join(map(str, key)))
        missing = z3.Not(known.present)
        for fit, value in zip(fits, given, strict=True):
            if value is None:
                self.laws[key].append(z3.Implies(fit, missing))
            else:
                self.laws[key].append(
                    z3.Implies(fit, z3.And(known.present, known.value == self._given(field, key, value)))
                )
        self.laws[key].append(z3.Or(missing, *fits))
        self.known[key] = known

    def _given(self, field: Field, key: Key, value: Any) -> Any:
        if field.type in (FieldType.TEXT, FieldType.REP):
            word = self.words.number(field.type, str(value))
            self.compare(key, [word])
            self._only.setdefault(key, set()).add(word)
            return word
        return value if isinstance(value, bool) else number(value, self.ctx)

    def there(self, collection: Collection | str, place: int) -> tuple[Any, Key]:
        """Return whether a slot holds an item, and the key of that."""
        name = collection if isinstance(collection, str) else collection.name
        key = (name, place, "")
        if key not in self.known:
            present = z3.Bool(f"{name}[{place}]", self.ctx)
            self.known[key] = Known(FieldType.BOOLEAN, present, present)
            self.laws[key], self.related[key], self.wishes[key] = [], set(), []
            if place:
                before, other = self.there(name, place - 1)
                self._law(key, z3.Implies(present, before), other)
            if name in _OF_THE_ACCOUNT:
                matched, other = self.matched()
                self._law(key, z3.Implies(present, matched), other)
            self.wish(key, z3.Not(present))
        return self.known[key].present, key

    # --- the values that matter -----------------------------------------------

    def compare(self, key: Key, numbers: Iterable[int]) -> None:
        """Note that a field is compared with values: its variable then may have one of them."""
        self._values(key).update(numbers)

    def tie(self, one: Key, other: Key) -> None:
        """Note that two fields are compared with each other, so that either may have the other's values."""
        left, right = self._values(one), self._values(other)
        if left is not right:
            both = left | right
            for name, values in list(self._compared.items()):
                if values is left or values is right:
                    self._compared[name] = both

    def choices(self, key: Key, words: frozenset[int]) -> Any:
        """Return that a text or a rep is missing, one of ``words`` it is compared with, or another value."""
        values = self._values(key)
        group, _ = self._groups.setdefault(id(values), (len(self._groups), values))
        told_apart = values & (self._only.get(key, set()) | {BLANK} | words)
        made = (key, group, frozenset(told_apart))
        if made not in self._choices:
            value = self.known[key].value
            others = z3.And(value < -group * OTHERS, value >= -(group + 1) * OTHERS)
            same = (value == number for number in sorted(told_apart))
            self._choices[made] = z3.Or(value == 0, others, *same)
        return self._choices[made]

    def _values(self, key: Key) -> set[int]:
        return self._compared.setdefault((key[0], key[2]), set())

    def _wish(self, field: Field, key: Key) -> None:
        """Note what makes a situation a usual one; it gives way to what is asked."""
        known = self.known[key]
        wishes: list[Any] = []
        if field.name.startswith("answers.") or field.name in ("holder", "contact.external_id"):
            wishes.append(z3.Not(known.present))
        elif key in self._owners and field.type is FieldType.BOOLEAN:
            active = self.derived(key) == "active"
            wishes.append(known.value if active else z3.Not(known.value))
        elif field.type is FieldType.NUMBER and not field.name.startswith("now"):
            wishes.append(z3.IsInt(known.value) if z3.is_real(known.value) else known.value < 1_000_000)
            wishes.append(z3.Implies(known.present, known.value > 0))
        elif field.type is FieldType.TIME and field.name != "now":
            now, other = self.of(self.catalogue.fields["now"])
            self.related[key].add(other)
            wishes.append(z3.And(known.value < now.value, known.value > now.value - 400 * 86400))
        for wish in wishes:
            self.wish(key, wish)

    def wish(self, key: Key, wish: Any) -> None:
        """Note what a usual situation has."""
        name = f"wish {len(self.wishes[key])} of {key}"
        granted = z3.Bool(name, self.ctx)
        self.laws[key].append(z3.Implies(granted, wish))
        self.wishes[key].append((name, granted))

    def derived(self, key: Key) -> str | None:
        """Return which attribute of a rep a variable is, None when it is none."""
        field = self.fields.get(key)
        if field is None or key not in self._owners:
            return None
        return field.attribute if isinstance(field, OfRep) else field.name.rpartition(".")[2]

    def owner_key(self, key: Key) -> Key:
        """Return the variable of the rep of whom ``key`` is an attribute."""
        return self._owners[key]

    def matched(self) -> tuple[Any, Key]:
        """Return whether the contact has an account."""
        outcome, key = self.of(self.catalogue.fields["match.outcome"])
        return outcome.value == self.words.number(FieldType.TEXT, "matched"), key

    def _make(self, field: Field, slot: Slot, key: Key) -> Known:
        if isinstance(field, OneRep):
            code = self.words.number(FieldType.REP, field.rep)
            self.compare(key, [code])
            self._only[key] = {code}
            value = z3.IntVal(code, self.ctx)
            return Known(FieldType.REP, value, z3.BoolVal(True, self.ctx))
        owner = self._owner(field, slot)
        if owner is not None:
            return self._rep_attribute(field, owner, slot, key)
        if field.sources:
            return self._first_known(field, key)
        place, _, rest = field.name.partition(".")
        if slot is None and place in _PLACES:
            return self._ancestor(field, _PLACES[place], rest, key)
        if field.name == "now" or field.name.startswith("now."):
            return self._now(field)
        return self._plain(field, "/".join(map(str, key)))

    def _plain(self, field: Field, name: str) -> Known:
        ctx = self.ctx
        present = z3.Bool(f"{name}?", ctx)
        match field.type:
            case FieldType.TEXT | FieldType.REP:
                value = z3.Int(name, ctx)
                return Known(field.type, value, value != 0)
            case FieldType.NUMBER if field.name.rsplit(".", 1)[-1] in ("employees", "people"):
                return Known(field.type, z3.Int(name, ctx), present)
            case FieldType.NUMBER:
                return Known(field.type, z3.Real(name, ctx), present)
            case FieldType.TIME:
                return Known(field.type, z3.Int(name, ctx), present)
            case FieldType.BOOLEAN:
                return Known(field.type, z3.Bool(name, ctx), present)

    def _owner(self, field: Field, slot: Slot) -> Field | None:
        """Return the field that names the rep of whom ``field`` is an attribute, if it is one."""
        if isinstance(field, OfRep):
            return field.owner
        name, _, attribute = field.name.rpartition(".")
        if not name or attribute not in REP_ATTRIBUTES:
            return None
        if slot is not None:
            owner = self.catalogue.collections[slot[0]].fields.get(name)
        else:
            owner = find(self.catalogue, name)
        return owner if owner is not None and owner.type is FieldType.REP else None

    def _rep_attribute(self, field: Field, owner: Field, slot: Slot, key: Key) -> Known:
        rep, other = self.of(owner, slot)
        self.related[key].add(other)
        self._owners[key] = other
        attribute = field.attribute if isinstance(field, OfRep) else field.name.rpartition(".")[2]
        if attribute not in self._of_rep:
            whole = z3.IntSort(self.ctx)
            result = z3.BoolSort(self.ctx) if field.type is FieldType.BOOLEAN else whole
            self._of_rep[attribute] = z3.Function(f"rep.{attribute}", whole, result)
        value = self._of_rep[attribute](rep.value)
        if field.type is FieldType.BOOLEAN:
            return Known(field.type, value, rep.present)
        self.laws[key].append(z3.Implies(z3.Not(rep.present), value == 0))
        if attribute == "name":
            self.laws[key].append(z3.Implies(rep.present, value != 0))
        return Known(field.type, value, value != 0)

    def _first_known(self, field: Field, key: Key) -> Known:
        value: Any = (
            z3.IntVal(0, self.ctx) if field.type is not FieldType.BOOLEAN else z3.BoolVal(False, self.ctx)
        )
        present: Any = z3.BoolVal(False, self.ctx)
        for source in reversed(field.sources):
            found, other = self.of(source)
            self.related[key].add(other)
            self.tie(key, other)
            counts = found.present
            if field.type is FieldType.TEXT:
                self.compare(other, [BLANK])
                counts = z3.And(counts, found.value != BLANK)
            value, present = z3.If(counts, found.value, value), z3.Or(counts, present)
        return Known(field.type, value, present)

    def _ancestor(self, field: Field, place: int, rest: str, key: Key) -> Known:
        """Return a field of the parent (the first ancestor) or of the ultimate parent (the last)."""
        inner = Field(name=rest, type=field.type, doc="", get=field.get, values=field.values)
        found = None
        for index in range(1 if place == 0 else self.slots):
            item, other = self.of(inner, ("ancestors", index))
            there, slot_key = self.there("ancestors", index)
            self.related[key] |= {other, slot_key}
            self.tie(key, other)
            if found is None:
                found = item
            else:
                found = Known(
                    field.type,
                    z3.If(there, item.value, found.value),
                    z3.If(there, item.present, found.present),
                )
        assert found is not None
        return found

    def _now(self, field: Field) -> Known:
        always = z3.BoolVal(True, self.ctx)
        value = z3.Int(field.name, self.ctx)
        for index, moment in enumerate(self.moments):
            local = moment.astimezone(self.zone)
            said = {
                "now": seconds(moment),
                "now.hour": local.hour,
                "now.weekday": self.words.number(FieldType.TEXT, WEEKDAYS[local.weekday()]),
            }
            self.clock.append(z3.Implies(self.moment == index, value == said[field.name]))
        return Known(field.type, value, always)

    def window(self, window: Window, side: str) -> Any:
        """Return the start or the end of a window at the moment of the decision, in seconds."""
        key = (side, str(window))
        if key not in self._windows:
            value = z3.Int(f"{side} of {window}", self.ctx)
            for index, moment in enumerate(self.moments):
                end = (window.start if side == "start" else window.end)(moment, self.zone)
                self.clock.append(z3.Implies(self.moment == index, value == seconds(end)))
            self._windows[key] = value
        return self._windows[key]

    # --- laws ---------------------------------------------------------------

    def _law(self, key: Key, law: Any, *others: Key) -> None:
        self.laws[key].append(law)
        self.related[key] |= set(others)

    def _obey(self, field: Field, slot: Slot, key: Key) -> None:
        known = self.known[key]
        if field.values and field.type is FieldType.TEXT and not field.sources:
            codes = [self.words.number(field.type, value) for value in field.values]
            self.compare(key, codes)
            self._only[key] = set(codes)
            self._law(key, known.value >= 0)
        if field.name.rsplit(".", 1)[-1] in ("employees", "people", "amount", "score"):
            self._law(key, z3.Implies(known.present, known.value >= 0))
        if slot is not None:
            self._obey_as_item(field, slot, key, known)
        elif field.name.startswith("account."):
            matched, other = self.matched()
            always = field.name in ("account.id", "account.name")
            self._law(key, known.present == matched if always else z3.Implies(known.present, matched), other)
        elif field.name in _OWN_LAWS:
            self._obey_alone(field.name, key, known)

    def _obey_as_item(self, field: Field, slot: Slot, key: Key, known: Known) -> None:
        assert slot is not None
        there, other = self.there(*slot)
        always = field.name in _ALWAYS_KNOWN.get(slot[0], ())
        self._law(key, known.present == there if always else z3.Implies(known.present, there), other)
        if slot[0] == "opportunities" and field.name in ("open", "won"):
            closed, other = self.of(self.catalogue.collections["opportunities"].fields["closed_at"], slot)
            if field.name == "open":
                self._law(key, z3.Implies(there, known.value == z3.Not(closed.present)), other)
            else:
                self._law(key, known.present == closed.present, other)

    def _obey_alone(self, name: str, key: Key, known: Known) -> None:
        """The laws of the match, of the e-mail address and of who holds the contact."""
        fields = self.catalogue.fields
        match name:
            case "match.outcome" | "match.reason" | "contact.email_kind":
                self._law(key, known.present)
            case "match.score":
                self._law(key, z3.And(known.present, known.value >= 0, known.value <= 1))
            case "match.account_id":
                account, other = self.of(fields["account.id"])
                self.tie(key, other)
                self._law(key, known.value == account.value, other)
            case "holder.pool" | "holder.since":
                holder, other = self.of(fields["holder"])
                always = name == "holder.since"
                self._law(
                    key,
                    known.present == holder.present if always else z3.Implies(known.present, holder.present),
                    other,
                )
        if name in ("contact.email_kind", "contact.email_domain"):
            email, other = self.of(fields["contact.email"])
            usable = z3.And(email.present, email.value != BLANK)
            kind, kind_key = self.of(fields["contact.email_kind"])
            if name == "contact.email_kind":
                none = known.value == self.words.number(FieldType.TEXT, "none")
                self._law(key, z3.Implies(z3.Not(usable), none), other)
            else:
                company = kind.value == self.words.number(FieldType.TEXT, "company")
                self._law(key, known.present == z3.And(usable, company), other, kind_key)

    def _law_of(self, key: Key) -> Any:
        """Return all laws of a variable as one: a solver takes one sooner than many."""
        laws = self.laws[key]
        if self._joined.get(key, (0, None))[0] != len(laws):
            self._joined[key] = len(laws), z3.And(*laws)
        return self._joined[key][1]

    def laws_for(self, keys: Iterable[Key], words: frozenset[int]) -> tuple[set[Key], list[Any]]:
        """Return the keys that a question touches, and the laws that hold for them.

        ``words`` are the values that the question mentions: others need not be told apart.
        """
        touched: set[Key] = set()
        waiting = list(keys)
        while waiting:
            key = waiting.pop()
            if key not in touched:
                touched.add(key)
                waiting += self.related[key] - touched
        laws = [self._law_of(key) for key in sorted(touched) if self.laws[key]]
        texts = [k for k in sorted(touched) if k[2] and self.known[k].type in (FieldType.TEXT, FieldType.REP)]
        return touched, [*laws, *(self.choices(key, words) for key in texts if not key[2].startswith("now"))]


_OWN_LAWS = (
    "match.outcome",
    "match.reason",
    "match.score",
    "match.account_id",
    "contact.email_kind",
    "contact.email_domain",
    "holder.pool",
    "holder.since",
)


def seconds(moment: datetime) -> int:
    """Return a moment as whole seconds."""
    return int(moment.timestamp())


def number(value: float, ctx: Any) -> Any:
    """Return a number as the solver's, exactly."""
    return z3.RealVal(Fraction(value), ctx) if isinstance(value, float) else z3.IntVal(value, ctx)
