"""Situations for tests: what a person writes under ``given`` -> facts, rotation and clock.

Everything that is left out has a sensible value, so that a test says only what
matters: a rep who is named somewhere exists and is active; a pool the rulebook
names has one member unless it is given; an account that is given is matched
for sure; without one nothing is matched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from matching.types import AccountId, Contact, DomainKind, MatchOutcome, MatchReason
from routing.cases import (
    DEFAULT_NOW,
    Fixtures,
    Given,
    GivenAbsence,
    GivenAccount,
    GivenActivity,
    GivenCampaign,
    GivenEarlier,
    GivenHolder,
    GivenOpportunity,
    GivenPool,
    GivenProgram,
    GivenRep,
)
from routing.compiled import Rulebook
from routing.durations import parse_moment
from routing.given_pools import load_of, pool_of
from routing.hours import read_hours
from routing.rotation import Rotation
from routing.rotation.load import Load
from routing.types.facts import (
    AccountFacts,
    Activation,
    Activity,
    EarlierContact,
    Engagement,
    Holder,
    MatchFacts,
    Membership,
    Opportunity,
    ProgramPlace,
    RoutingFacts,
)
from routing.types.people import Absence, Rep, RepId, WorkBlock
from routing.types.pools import PoolName, PoolState


class BadSituation(ValueError):
    """A situation cannot be built. The message says which part and what would be right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What one test routes: the facts, the pools and the clock."""

    facts: RoutingFacts
    rotation: Rotation
    now: datetime


def build(given: Given, fixtures: Fixtures, rulebook: Rulebook, now: str | None = None) -> Situation:
    """Fill in what the test leaves out. Raises `BadSituation`."""
    return _Builder(given, fixtures, rulebook, now).situation()


class _Builder:
    """Builds one situation. Lives for one test."""

    def __init__(self, given: Given, fixtures: Fixtures, rulebook: Rulebook, now: str | None) -> None:
        self._given, self._fixtures, self._rulebook = given, fixtures, rulebook
        self._zone: ZoneInfo = rulebook.zone
        self._now = _clock(now or fixtures.now, self._zone)

    def situation(self) -> Situation:
        given = self._given
        account = self._account(given.account, "account") if given.account is not None else None
        ancestors = tuple(self._account(a, f"ancestor-{i}") for i, a in enumerate(given.ancestors, 1))
        facts = RoutingFacts(
            contact=self._contact(),
            email_domain=self._email_domain(),
            match=self._match(account),
            account=account,
            ancestors=ancestors,
            opportunities=tuple(self._opportunity(i, o) for i, o in enumerate(given.opportunities, 1)),
            activities=tuple(self._activity(i, a) for i, a in enumerate(given.activities, 1)),
            earlier=tuple(self._earlier(e) for e in given.earlier),
            holder=self._holder(),
            candidates=tuple(self._account(a, f"candidate-{i}") for i, a in enumerate(given.candidates, 1)),
            campaigns=tuple(self._campaign(c) for c in given.campaigns),
            activation=Activation(**given.activation.model_dump()) if given.activation is not None else None,
            country=given.contact.country,
            email_kind=given.contact.email_kind if given.contact.email else DomainKind.NONE,
            excluded=tuple(map(RepId, given.excluded)),
            answers=dict(given.answers),
            waiting={rule: self._moment(until, f"waiting.{rule}") for rule, until in given.waiting.items()},
        )
        pools = self._pools()
        reps = self._reps(facts, pools.values())
        load = _load({**self._fixtures.pools, **self._given.pools})
        turning = Rotation(pools=pools, reps=reps, load=load)
        return Situation(facts=replace(facts, reps=reps), rotation=turning, now=self._now)

    def _moment(self, text: str, where: str) -> datetime:
        found = parse_moment(text, self._now, self._zone)
        if found is None:
            raise BadSituation(
                f"'{text}' ({where}) is no time; write a date, a time, '3 days ago', 'in 2 hours' or 'now'"
            )
        return found

    def _moment_or_none(self, text: str | None, where: str) -> datetime | None:
        return self._moment(text, where) if text is not None else None

    def _contact(self) -> Contact:
        fields = self._given.contact.model_dump(exclude={"email_domain", "email_kind"})
        fields["occurred_at"] = self._moment_or_none(self._given.contact.occurred_at, "contact.occurred_at")
        return Contact(**fields)

    def _email_domain(self) -> str | None:
        contact = self._given.contact
        if contact.email_domain is not None or contact.email is None:
            return contact.email_domain
        return contact.email.rpartition("@")[2] if contact.email_kind is DomainKind.COMPANY else None

    def _match(self, account: AccountFacts | None) -> MatchFacts:
        given = self._given.match
        undecided = MatchOutcome.REVIEW if self._given.candidates else MatchOutcome.UNMATCHED
        outcome = given.outcome or (undecided if account is None else MatchOutcome.MATCHED)
        usual = {
            MatchOutcome.MATCHED: (MatchReason.CLEAR, 0.99),
            MatchOutcome.REVIEW: (MatchReason.UNCERTAIN, 0.7),
            MatchOutcome.UNMATCHED: (MatchReason.NO_CANDIDATE, 0.0),
        }
        reason, score = usual[outcome]
        return MatchFacts(
            outcome=outcome,
            reason=given.reason or reason,
            score=score if given.score is None else given.score,
            account_id=account.id if account is not None else None,
        )

    def _account(self, given: GivenAccount | str, called: str) -> AccountFacts:
        if isinstance(given, str):
            called = given
            if given not in self._fixtures.accounts:
                known = ", ".join(self._fixtures.accounts) or "none is given"
                raise BadSituation(f"there is no account '{given}' under 'fixtures' ({known})")
            given = self._fixtures.accounts[given]
        return AccountFacts(
            id=AccountId(given.id or called),
            name=given.name or called,
            country=given.country,
            state=given.state,
            city=given.city,
            lifecycle=given.lifecycle,
            tier=given.tier,
            segment=given.segment,
            employees=given.employees,
            owner=_rep(given.owner),
            owner_since=self._moment_or_none(given.owner_since, "account.owner_since"),
            team={role.upper(): RepId(rep) for role, rep in given.team.items()},
            custom=dict(given.custom),
            program=self._place(given.program) if given.program is not None else None,
            engagement=Engagement(**given.engagement.model_dump()) if given.engagement is not None else None,
        )

    def _place(self, given: GivenProgram) -> ProgramPlace | None:
        """The place of an account in the program, as far as its time has come and is not over."""
        since = self._moment_or_none(given.since, "account.program.since")
        until = self._moment_or_none(given.until, "account.program.until")
        if (since is not None and since > self._now) or (until is not None and until <= self._now):
            return None
        said = given.model_dump(exclude={"since", "until"})
        return ProgramPlace(**said, since=since, until=until)

    def _opportunity(self, number: int, given: GivenOpportunity) -> Opportunity:
        closed = self._moment_or_none(given.closed_at, "opportunity.closed_at")
        if closed is None and given.won is not None:
            closed = self._now - timedelta(days=1)
        return Opportunity(
            id=f"opportunity-{number}",
            owner=_rep(given.owner),
            stage=given.stage,
            kind=given.kind,
            amount=given.amount,
            opened_at=self._moment(given.opened_at, "opportunity.opened_at"),
            closed_at=closed,
            won=(given.won or False) if closed is not None else None,
            expected_close_at=self._moment_or_none(given.expected_close_at, "opportunity.expected_close_at"),
        )

    def _activity(self, number: int, given: GivenActivity) -> Activity:
        return Activity(
            id=f"activity-{number}",
            rep=_rep(given.rep),
            kind=given.kind,
            direction=given.direction,
            at=self._moment(given.at, "activity.at"),
            contact_id=given.contact_id,
        )

    def _earlier(self, given: GivenEarlier) -> EarlierContact:
        return EarlierContact(
            contact_id=given.contact_id,
            relation=given.relation,
            rep=RepId(given.rep),
            status=given.status,
            assigned_at=self._moment(given.assigned_at, "earlier.assigned_at"),
        )

    def _campaign(self, given: GivenCampaign) -> Membership:
        joined = self._moment_or_none(given.joined_at, "campaign.joined_at")
        return Membership(
            name=given.name,
            status=given.status,
            joined_at=joined,
            play=given.play,
            account_id=AccountId(given.account_id) if given.account_id is not None else None,
            running=given.running,
        )

    def _holder(self) -> Holder | None:
        given = self._given.holder
        if given is None:
            return None
        if isinstance(given, str):
            given = GivenHolder(rep=given)
        return Holder(
            assignment_id="assignment",
            rep=RepId(given.rep),
            pool=PoolName(given.pool) if given.pool is not None else None,
            since=self._moment(given.since, "holder.since"),
        )

    # --- reps and pools -----------------------------------------------------

    def _pools(self) -> dict[PoolName, PoolState]:
        given = {**self._fixtures.pools, **self._given.pools}
        pools = {PoolName(name): self._pool(name, pool) for name, pool in given.items()}
        for name in self._rulebook.pools:
            if name not in pools:
                pools[name] = self._pool(name, [f"rep of {name}"])  # of which the test says nothing
        return pools

    def _pool(self, name: str, given: GivenPool | list[str]) -> PoolState:
        try:
            return pool_of(name, given, self._now, self._moment)
        except BadSituation:
            raise
        except ValueError as error:
            raise BadSituation(f"pools.{name}: {error}") from None

    def _reps(self, facts: RoutingFacts, pools: Iterable[PoolState]) -> dict[RepId, Rep]:
        given = {**self._fixtures.reps, **self._given.reps}
        named = [*_named(facts), *self._rulebook.reps, *self._rulebook.reps_of_tables]
        named += [m.rep for pool in pools for m in pool.members]
        named += [RepId(rep.manager) for rep in given.values() if rep.manager]
        away = self._absences()
        named += [*away, *(absence.cover for absence in away.values() if absence.cover)]
        reps: dict[RepId, Rep] = {}
        for rep_id in dict.fromkeys([*map(RepId, given), *named]):
            rep = self._rep(rep_id, given[rep_id]) if rep_id in given else _untold_rep(rep_id)
            if rep_id in away:
                rep = replace(rep, absences=(*rep.absences, away[rep_id]))
            reps[rep_id] = replace(rep, active=False) if rep_id in self._given.inactive else rep
        return reps

    def _absences(self) -> dict[RepId, Absence]:
        absent = self._given.absent
        entries = absent.items() if isinstance(absent, dict) else ((rep, None) for rep in absent)
        return {RepId(rep): self._absence(given) for rep, given in entries}

    def _absence(self, given: GivenAbsence | str | None) -> Absence:
        if not isinstance(given, GivenAbsence):
            given = GivenAbsence(cover=given)
        return Absence(
            start=self._moment(given.start, "absence.from"),
            until=self._moment(given.until, "absence.until"),
            cover=_rep(given.cover),
        )

    def _rep(self, rep_id: RepId, given: GivenRep) -> Rep:
        return Rep(
            id=rep_id,
            name=given.name or rep_id,
            role=given.role,
            team=given.team,
            manager=_rep(given.manager),
            time_zone=given.time_zone,
            working_hours=_hours(given.hours or {}),
            absences=tuple(self._absence(absence) for absence in given.absences),
            holidays=given.holidays,
            days_off=tuple(map(date.fromisoformat, given.days_off)),
            active=given.active,
            custom=dict(given.custom),
        )


def _clock(text: str, zone: ZoneInfo) -> datetime:
    found = parse_moment(text, datetime.fromisoformat(DEFAULT_NOW), zone)
    if found is None:
        raise BadSituation(f"'{text}' (now) is no date or time")
    return found.astimezone(UTC)


def _rep(rep: str | None) -> RepId | None:
    return RepId(rep) if rep is not None else None


@lru_cache(maxsize=10_000)
def _untold_rep(rep: RepId) -> Rep:
    """Return a rep of whom the test says nothing: active, and always at work."""
    return Rep(id=rep, name=rep)


def _named(facts: RoutingFacts) -> Iterator[RepId]:
    """Yield every rep whom the facts name."""
    for account in (facts.account, *facts.ancestors, *facts.candidates):
        if account is not None:
            yield from account.team.values()
            if account.owner is not None:
                yield account.owner
    yield from (o.owner for o in facts.opportunities if o.owner is not None)
    yield from (a.rep for a in facts.activities if a.rep is not None)
    yield from (e.rep for e in facts.earlier)
    yield from facts.excluded
    if facts.holder is not None:
        yield facts.holder.rep


def _load(given: Mapping[str, GivenPool | list[str]]) -> Load:
    try:
        return load_of(given)
    except ValueError as error:
        raise BadSituation(f"pools: {error}") from None


def _hours(given: Mapping[str, str]) -> tuple[WorkBlock, ...]:
    try:
        return read_hours(given)
    except ValueError as error:
        raise BadSituation(str(error)) from None
