"""From a model of the solver to a situation: the contact, the account and the clock that were found.

The situation is in the language of tests (`routing.cases.Given`), so that a
person can read it, put it under ``tests`` and give it to ``muster rules explain``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from routing.fields import FieldType
from routing.proof.hidden import OneRep
from routing.proof.space import Key, Space

Said = dict[str, Any]
"""A part of a situation, as YAML has it."""

NICE: Mapping[str, tuple[str, ...]] = {
    "country": ("NL", "NZ", "PT", "KE", "FI", "UY"),
    "state": ("Utrecht", "Otago"),
    "city": ("Utrecht", "Dunedin", "Porto"),
    "email": ("ada@northwind.example", "lin@lindenhof.example", "kim@acme.edu", "sam@agency.gov"),
    "email_domain": ("northwind.example", "lindenhof.example"),
    "company": ("Northwind", "Lindenhof"),
    "name": ("Northwind", "Lindenhof"),
    "id": ("account-1", "account-2"),
    "title": ("Buyer", "Engineer"),
    "source": ("web form", "referral"),
    "role": ("AE", "SDR", "CSM"),
    "team": ("team one", "team two"),
    "kind": ("email", "call", "meeting"),
    "stage": ("first talk", "offer"),
    "status": ("assigned", "accepted"),
}
"""Values for fields that may have any, so that what is found reads like something that happens."""

_REQUIRED = {"earlier": {"rep": "rep-1"}}


def situation(space: Space, values: Mapping[Key, Any], present: Mapping[Key, bool], now: datetime) -> Said:
    """Return the situation in which the variables have these values; None is missing.

    ``present`` says which slots of collections hold an item.
    """
    builder = _Builder(space, values, present)
    return builder.situation(now)


class _Builder:
    """Puts one situation together."""

    def __init__(self, space: Space, values: Mapping[Key, Any], present: Mapping[Key, bool]) -> None:
        self._space, self._values, self._present = space, values, present
        self._given: Said = {}
        self._reps: Said = {}

    def situation(self, now: datetime) -> Said:
        for key, value in self._values.items():
            collection, _, name = key
            if collection == "" and value is not None:
                self._scalar(name.split("."), _said(value), key)
        if self._values.get(("", 0, "match.outcome")) == "matched":
            self._given.setdefault("account", {})
            self._given["match"].pop("outcome")
            if not self._given["match"]:
                del self._given["match"]
        self._items()
        self._reps_of()
        contact = self._given.setdefault("contact", {})
        if contact.get("email") in NICE["email"] and "email_domain" in contact:
            contact["email"] = f"ada@{contact['email_domain']}"
        asked = {name for collection, _, name in self._values if not collection}
        if (
            not contact.keys() & {"email", "company", "website", "external_id"}
            and "contact.company" not in asked
        ):
            contact["company"] = "Example"
        if self._reps:
            self._given["reps"] = self._reps
        order = ("contact", "match", "account", "ancestors", "opportunities", "activities", "earlier")
        given = {part: self._given[part] for part in order if part in self._given}
        given |= {part: said for part, said in self._given.items() if part not in given}
        return {"now": now.astimezone(UTC).isoformat(), "given": given}

    def _scalar(self, path: list[str], value: Any, key: Key) -> None:
        field = self._space.fields.get(key)
        if isinstance(field, OneRep) or field is None or self._space.derived(key):
            return
        match path:
            case ["contact" | "account" as place, "custom", *rest]:
                self._part(place).setdefault("custom", {})[".".join(rest)] = value
            case ["account", "program" | "engagement" as part, name]:
                self._part("account").setdefault(part, {})[name] = value
            case ["account", "team", role]:
                self._part("account").setdefault("team", {})[role] = value
            case ["contact" | "account" | "match" | "activation" as place, name] if (place, name) != (
                "match",
                "account_id",
            ):
                self._part(place)[name] = value
            case ["holder"]:
                self._part("holder")["rep"] = value
            case ["holder", name]:
                self._part("holder")[name] = value
            case ["answers", *rest]:
                self._part("answers")[".".join(rest)] = value

    def _part(self, name: str) -> Said:
        part: Said = self._given.setdefault(name, {})
        return part

    def _items(self) -> None:
        for (collection, place, name), there in sorted(self._present.items()):
            if name or not there:
                continue
            item: Said = dict(_REQUIRED.get(collection, {}))
            for (of, at, attribute), value in self._values.items():
                path = attribute.split(".")
                if (of, at) != (collection, place) or value is None or attribute in ("", "open"):
                    continue
                if len(path) == 1:
                    item[attribute] = _said(value)
                elif path[0] in ("program", "engagement"):
                    item.setdefault(path[0], {})[path[1]] = _said(value)
                elif path[0] == "custom":
                    item.setdefault("custom", {})[".".join(path[1:])] = _said(value)
                elif path[0] == "team" and len(path) == 2:
                    item.setdefault("team", {})[path[1]] = _said(value)
            self._given.setdefault(collection, []).append(item)

    def _reps_of(self) -> None:
        """What is said of reps: role, team, manager, inactive, has rejected."""
        for key in self._space.fields:
            attribute = self._space.derived(key)
            if attribute is None or key not in self._values:
                continue
            rep = self._values.get(self._space.owner_key(key))
            value = self._values[key]
            if rep is None or value is None:
                continue
            if attribute == "rejected":
                if value and rep not in self._given.setdefault("excluded", []):
                    self._given["excluded"].append(rep)
            elif attribute != "active" or not value:
                self._reps.setdefault(rep, {})[attribute] = _said(value)
        self._given = {name: part for name, part in self._given.items() if part != []}


def _said(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def spell(type_: FieldType, name: str, used: set[str], avoid: Callable[[str], bool]) -> str:
    """Return a value for a field that may have any but those that ``avoid`` refuses and those in use."""
    last = name.rsplit(".", 1)[-1]
    word = "rep" if type_ is FieldType.REP else "some " + last.replace("_", " ")
    nice = NICE.get(last, ()) if type_ is FieldType.TEXT else ()
    choices = (*nice, *(f"{word}-{number}" for number in range(1, 1_000)))
    return next(choice for choice in choices if choice not in used and not avoid(choice))
