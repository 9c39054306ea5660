"""Assign to the owner of the account, its family, an opportunity, an earlier contact, or the contact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import Field as Setting

from routing.conditions import ALWAYS, All, Condition, Test, Tree, compile_condition, describe
from routing.fields import Collection, Scope
from routing.operators import Operator
from routing.reading import Node
from routing.rules.base import Away, Binder, Outcome, Request, RuleType, Settings, for_person
from routing.rules.selection import Measure, Several, choose
from routing.types.people import RepId


class Owned(StrEnum):
    """Whose owner is meant."""

    ACCOUNT = "account"  # the matched account
    PARENT = "parent"  # the account right above it
    ULTIMATE = "ultimate"  # the topmost account above it
    ANCESTOR = "ancestor"  # the nearest account above it that satisfies `where`
    OPEN_OPPORTUNITY = "open opportunity"
    CLOSED_OPPORTUNITY = "closed opportunity"
    EARLIER_CONTACT = "earlier contact"  # the rep who got an earlier contact
    CANDIDATE = "candidate"  # an account that the match cannot tell from others
    CONTACT = "contact"  # the rep who works this very contact now


class OwnerSettings(Settings):
    """Assign to the recorded owner.

    The owner must be known, active and must not have rejected the contact;
    otherwise the claim names nobody and the next one is considered.
    """

    owned: Owned = Setting(alias="owner of", description="Whose owner is meant.", strict=False)
    where: Any = Setting(
        default=None,
        description="Which opportunity, earlier contact, ancestor or candidate counts.",
    )
    several: Several | None = Setting(
        default=None,
        alias="if several",
        strict=False,
        description="Which one decides when several are left, of different owners: `latest` (unless "
        "said), `earliest`, `largest` (opportunities) or `person`.",
    )
    away: Away | None = Setting(
        default=None,
        strict=False,
        description="What happens while the owner is absent; unless said, as under `defaults`.",
    )


def kind_of(owned: Owned) -> str:
    """Return the claim kind, e.g. ``owner_of_account``."""
    return "owner_of_" + owned.value.replace(" ", "_")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOwner:
    """The owner of one of the accounts on the facts; ``place`` is account, parent or ultimate."""

    kind: str
    place: str
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the owner in force now."""
        account = getattr(scope, self.place)
        owner = account.owner if account is not None else None
        return for_person(scope, owner, kind=self.kind, source=f"{self.place}.owner", away=self.away)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactHolder:
    """The rep who works this very contact now."""

    kind: str
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the holder."""
        holder = scope.facts.holder
        rep = holder.rep if holder is not None else None
        return for_person(scope, rep, kind=self.kind, source="holder", away=self.away)


@dataclass(frozen=True, slots=True, kw_only=True)
class AncestorOwner:
    """The owner of the nearest ancestor that satisfies a condition."""

    kind: str
    ancestors: Collection
    where: Tree
    matches: Condition
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for that owner; an ancestor without owner ends the walk all the same."""
        nearest = next((a for a in self.ancestors.items(scope) if self.matches(scope, a)[0]), None)
        owner = nearest.owner if nearest is not None else None
        return for_person(scope, owner, kind=self.kind, source="ancestors.owner", away=self.away)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemOwner:
    """The rep of one item of a collection. ``chosen`` says that the text says which when several are left."""

    kind: str
    collection: Collection
    rep_field: str
    where: Tree
    matches: Condition
    wanted: str
    several: Several
    chosen: bool
    measure: Measure
    away: Away
    tie_queue: str

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the rep of the item that decides."""

        def rep_of(item: Any) -> RepId | None:
            rep: RepId | None = getattr(item, self.rep_field)
            return rep

        return choose(
            scope,
            self.collection,
            kind=self.kind,
            rep_of=rep_of,
            matches=self.matches,
            wanted=self.wanted,
            several=self.several,
            measure=self.measure,
            away=self.away,
            tie_queue=self.tie_queue,
        )


_COLLECTIONS = {
    Owned.OPEN_OPPORTUNITY: ("opportunities", "owner", "opened_at"),
    Owned.CLOSED_OPPORTUNITY: ("opportunities", "owner", "closed_at"),
    Owned.EARLIER_CONTACT: ("earlier", "rep", "assigned_at"),
    Owned.CANDIDATE: ("candidates", "owner", "id"),
}


def bind(settings: OwnerSettings, node: Node, binder: Binder) -> Outcome | None:
    """Check the settings against each other and return the outcome."""
    owned, kind, away = settings.owned, kind_of(settings.owned), settings.away or binder.away
    _check(settings, node, binder)
    if owned is Owned.CONTACT:
        return ContactHolder(kind=kind, away=away)
    if owned is Owned.ANCESTOR:
        entries, ancestors = node.mapping or {}, binder.catalogue.collections["ancestors"]
        where = binder.condition(entries["where"], ancestors) if "where" in entries else ALWAYS
        return AncestorOwner(
            kind=kind, ancestors=ancestors, where=where, matches=compile_condition(where), away=away
        )
    if owned not in _COLLECTIONS:
        return AccountOwner(kind=kind, place=owned.value, away=away)
    return _item_owner(settings, node, binder)


def _check(settings: OwnerSettings, node: Node, binder: Binder) -> None:
    """Report settings that do not go together."""
    owned = settings.owned
    entries = node.mapping or {}
    choosing = owned in _COLLECTIONS
    if "where" in entries and not choosing and owned is not Owned.ANCESTOR:
        binder.report(
            node.key_place("where"),
            "unexpected",
            f"'where' does not go with 'owner of: {owned}'",
            "put the condition into the rule's 'when'",
        )
    if settings.several is not None and not choosing:
        binder.report(
            node.key_place("if several"),
            "unexpected",
            f"there is only one owner of '{owned}'",
            "leave 'if several' out",
        )
    if settings.several is Several.LARGEST and owned is Owned.EARLIER_CONTACT:
        binder.report(
            entries["if several"],
            "unexpected",
            "an earlier contact has no amount",
            "use latest, earliest or person",
        )
    if owned is Owned.CANDIDATE and settings.several not in (None, Several.PERSON):
        binder.report(
            entries["if several"],
            "unexpected",
            "no date and no amount tells likely accounts apart",
            "say under 'where' which one counts; of several a person decides",
        )


def _item_owner(settings: OwnerSettings, node: Node, binder: Binder) -> Outcome:
    owned, entries = settings.owned, node.mapping or {}
    name, rep_field, date_field = _COLLECTIONS[owned]
    collection = binder.catalogue.collections[name]
    where = binder.condition(entries["where"], collection) if "where" in entries else ALWAYS
    if owned in (Owned.OPEN_OPPORTUNITY, Owned.CLOSED_OPPORTUNITY):
        is_open = owned is Owned.OPEN_OPPORTUNITY
        state = Test(
            field=collection.fields["open"],
            operator=Operator.IS,
            operand=is_open,
            wanted="true" if is_open else "false",
        )
        where = All(parts=(state, where))
    usual = Several.PERSON if owned is Owned.CANDIDATE else Several.LATEST
    several = settings.several or usual
    measured = "amount" if several is Several.LARGEST else date_field
    return ItemOwner(
        kind=kind_of(owned),
        collection=collection,
        rep_field=rep_field,
        where=where,
        matches=compile_condition(where),
        wanted=describe(where),
        several=several,
        chosen=several is Several.PERSON or settings.several is not None,
        measure=lambda item: getattr(item, measured),
        away=settings.away or binder.away,
        tie_queue=binder.tie_queue,
    )


TYPE = RuleType(
    key="owner of",
    kinds=tuple(kind_of(owned) for owned in Owned),
    settings=OwnerSettings,
    bind=bind,
    person=True,
)
