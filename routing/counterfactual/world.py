"""The facts and the clock as they might have been, and single changes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from matching.types import AccountId, Contact, DomainKind, MatchOutcome, MatchReason, Motion
from routing.fields import Scope
from routing.types.facts import (
    AccountFacts,
    Activation,
    ActivationKind,
    Engagement,
    Holder,
    ProgramPlace,
    RoutingFacts,
)
from routing.types.people import Rep, RepId

SOMEBODY = RepId("somebody")
"""The rep of a changed fact where it does not matter who it is."""

_ENUMS: dict[str, Callable[[str], Any]] = {
    "contact.motion": Motion,
    "contact.email_kind": DomainKind,
    "match.outcome": MatchOutcome,
    "match.reason": MatchReason,
    "activation.kind": ActivationKind,
}
_MAY_MISS = ("contact.motion", "activation.kind")
_PARTS: dict[str, Callable[[], Any]] = {"program": ProgramPlace, "engagement": Engagement}
_OF_FACTS = {"contact.email_domain": "email_domain", "contact.email_kind": "email_kind"}
_CONTACT = frozenset(each.name for each in fields(Contact))
_ACCOUNT = frozenset(each.name for each in fields(AccountFacts))
_REP = frozenset(each.name for each in fields(Rep))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Facts and clock of one trial."""

    facts: RoutingFacts
    now: datetime

    def scope(self, zone: Any) -> Scope:
        """Lay it out for reading fields."""
        return Scope(self.facts, self.now, zone)


def with_value(world: World, name: str, value: Any, zone: Any) -> World | None:
    """Return the world in which a field has a value (None: is missing); None when that cannot be made."""
    place, _, rest = name.partition(".")
    facts = world.facts
    if name in _ENUMS and name not in _MAY_MISS and value is None:
        return None
    if isinstance(value, str) and name in _ENUMS:
        value = _ENUMS[name](value.lower())
    if name in _OF_FACTS:
        return replace(world, facts=replace(facts, **{_OF_FACTS[name]: value}))
    if place == "contact":
        return _contact(world, rest, value)
    if place == "match" and rest in ("outcome", "reason", "score", "account_id") and value is not None:
        return replace(world, facts=replace(facts, match=replace(facts.match, **{rest: value})))
    if place == "holder":
        return _holder(world, rest, value, zone)
    if place == "activation":
        changed = _part(facts.activation, Activation(), rest, value)
        return replace(world, facts=replace(facts, activation=changed))
    if place in ("account", "parent", "ultimate"):
        return _account(world, place, rest, value, zone)
    return None


def with_rep(world: World, rep: RepId, **changed: Any) -> World:
    """Return the world in which a rep is different; one who is not known is made known."""
    known = world.facts.reps.get(rep) or Rep(id=rep, name=rep)
    reps = {**world.facts.reps, rep: replace(known, **changed)}
    return replace(world, facts=replace(world.facts, reps=reps))


def _contact(world: World, rest: str, value: Any) -> World | None:
    contact, facts = world.facts.contact, world.facts
    if rest.startswith("custom."):
        changed = replace(contact, custom=_custom(contact.custom, rest, value))
        return replace(world, facts=replace(facts, contact=changed))
    if rest not in _CONTACT:
        return None
    facts = replace(facts, contact=replace(contact, **{rest: value}))
    return replace(world, facts=replace(facts, country=value) if rest == "country" else facts)


def _custom(custom: Any, rest: str, value: Any) -> dict[str, Any]:
    key = rest.removeprefix("custom.")
    left = {name: each for name, each in custom.items() if name != key}
    return left if value is None else {**left, key: _plain(value)}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _holder(world: World, rest: str, value: Any, zone: Any) -> World | None:
    facts = world.facts
    if not rest:
        holder = Holder(assignment_id="", rep=value, pool=None, since=world.now) if value else None
        changed = replace(world, facts=replace(facts, holder=holder))
        return with_rep(changed, value) if value else changed
    if rest in ("pool", "since") and facts.holder is not None and value is not None:
        return replace(world, facts=replace(facts, holder=replace(facts.holder, **{rest: value})))
    return _of_rep(world, facts.holder.rep if facts.holder else None, rest, value)


def _account(world: World, place: str, rest: str, value: Any, zone: Any) -> World | None:
    scope = world.scope(zone)
    account: AccountFacts | None = getattr(scope, place)
    if rest.startswith("owner.") and account is not None:
        return _of_rep(world, account.owner, rest.removeprefix("owner."), value)
    account = account or AccountFacts(id=AccountId(f"some {place}"), name=f"some {place}")
    head, _, role = rest.partition(".")
    if head == "custom":
        account = replace(account, custom=_custom(account.custom, rest, value))
    elif head == "team" and "." not in role:
        others = {name: rep for name, rep in account.team.items() if name != role.upper()}
        account = replace(account, team={**others, role.upper(): value} if value else others)
    elif head in _PARTS:
        account = replace(account, **{head: _part(getattr(account, head), _PARTS[head](), role, value)})
    elif rest in _ACCOUNT:
        account = replace(account, **{rest: value})
    else:
        return None
    world = _placed(world, place, account)
    return with_rep(world, value) if value and (rest == "owner" or head == "team") else world


def _part(known: Any, nothing: Any, name: str, value: Any) -> Any:
    """A part of the facts in which a value is another; None when nothing is left of it."""
    changed = replace(known or nothing, **{name: value})
    return changed if changed != nothing else None


def _placed(world: World, place: str, account: AccountFacts) -> World:
    facts = world.facts
    if place == "account":
        matched = replace(facts.match, outcome=MatchOutcome.MATCHED, account_id=account.id)
        return replace(world, facts=replace(facts, account=account, match=matched))
    above = list(facts.ancestors) or [account]
    above[0 if place == "parent" else -1] = account
    return replace(world, facts=replace(facts, ancestors=tuple(above)))


def _of_rep(world: World, rep: RepId | None, attribute: str, value: Any) -> World | None:
    if rep is None or attribute not in _REP or (value is None and attribute in ("name", "active")):
        return None
    return with_rep(world, rep, **{attribute: value})
