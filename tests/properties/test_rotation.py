"""Fairness, whatever happens: the rotation against a slow model, and what must always hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from pydantic import TypeAdapter

from routing.rotation import (
    Load,
    Need,
    Rotation,
    draw,
    give_back,
    join,
    leave,
    reset,
    reweight,
    standing,
)
from routing.rotation.choices.base import lot
from routing.rotation.standings import correct, count_outside, share
from routing.types.people import Absence, Cap, Per, Rep, RepId
from routing.types.pools import (
    NobodyPolicy,
    PoolMember,
    PoolName,
    PoolSettings,
    PoolState,
    ResetPolicy,
    ReturnPolicy,
)
from routing.types.rotation import SkipReason

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
SDR = PoolName("sdr")
NAMES = [RepId(name) for name in ("ana", "ben", "cho", "dan", "eve", "fay")]

WEIGHTS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([1, 1, 1, 2, 3, 5, 7]), min_size=1)
ABSENCES = st.lists(st.frozensets(st.sampled_from(NAMES), max_size=5), min_size=1, max_size=60)
"""Who is away at each draw."""


def people(away: Collection[RepId] = ()) -> dict[RepId, Rep]:
    gone = (Absence(start=NOW - timedelta(days=1), until=NOW + timedelta(days=5000)),)
    return {name: Rep(id=name, name=name, absences=gone if name in away else ()) for name in NAMES}


EVERYONE = people()


def pool_of(weights: dict[RepId, int], *, on_return: ReturnPolicy = ReturnPolicy.KEEP_POSITION) -> PoolState:
    settings = PoolSettings(on_return=on_return)
    pool = PoolState(name=SDR, settings=settings, turn=0, members=())
    for rep, weight in weights.items():
        pool = join(pool, rep, weight)
    return pool


def levels(pool: PoolState) -> list[Fraction]:
    return [Fraction(standing(member), member.weight) for member in pool.members if member.weight]


def spread(pool: PoolState) -> Fraction:
    return max(levels(pool)) - min(levels(pool))


def furthest_from_share(pool: PoolState) -> Fraction:
    """Return by how many turns the member furthest from the exact share is off."""
    members = [member for member in pool.members if member.weight]
    level = Fraction(sum(map(standing, members)), sum(member.weight for member in members))
    return max(abs(standing(member) - level * member.weight) for member in members)


def member_of(pool: PoolState, rep: RepId) -> PoolMember:
    return next(member for member in pool.members if member.rep == rep)


# --- what must always hold ----------------------------------------------------


@given(WEIGHTS)
def test_every_full_round_gives_each_member_exactly_the_weight(weights: dict[RepId, int]) -> None:
    pool = pool_of(weights)
    for _ in range(3):
        drawn: Counter[RepId | None] = Counter()
        for _ in range(sum(weights.values())):
            move, pool = draw(pool, EVERYONE, NOW)
            drawn[move.rep] += 1
        assert drawn == weights


@given(WEIGHTS, ABSENCES)
def test_nobody_is_a_turn_from_the_exact_share_whoever_is_away(
    weights: dict[RepId, int], absences: list[frozenset[RepId]]
) -> None:
    pool = pool_of(weights)
    for away in absences:
        _, pool = draw(pool, people(away), NOW)
        assert furthest_from_share(pool) < 1
        assert spread(pool) <= 1


@given(WEIGHTS, st.frozensets(st.sampled_from(NAMES), max_size=5), st.integers(1, 60))
def test_those_who_are_always_there_share_exactly_among_themselves(
    weights: dict[RepId, int], away: frozenset[RepId], draws: int
) -> None:
    pool = pool_of(weights)
    for _ in range(draws):
        _, pool = draw(pool, people(away), NOW)
    there = [Fraction(m.turns, m.weight) for m in pool.members if m.rep not in away]
    assert not there or max(there) - min(there) <= 1
    assert all(m.turns == 0 for m in pool.members if m.rep in away)
    assert all(m.credit == 0 for m in pool.members if m.rep not in away)


@given(WEIGHTS, ABSENCES, st.permutations(range(len(NAMES))))
def test_who_is_there_gets_the_turns_they_would_get_if_all_were_there(
    weights: dict[RepId, int], absences: list[frozenset[RepId]], order: list[int]
) -> None:
    pool = pool_of(weights)
    members = tuple(replace(m, last_turn=last) for m, last in zip(pool.members, order, strict=False))
    pool = full = replace(pool, members=members)
    for away in absences:
        move, pool = draw(pool, people(away), NOW)
        if move.rep is None:
            assert set(weights) <= away
            continue
        passed = []
        while (shadow := draw(full, EVERYONE, NOW))[0].rep in away:
            passed.append(shadow[0].rep)
            full = shadow[1]
        full = shadow[1]
        assert move.rep == shadow[0].rep
        assert list(move.missed) == passed


@given(WEIGHTS, ABSENCES)
def test_who_catches_up_ends_level_in_turns_really_drawn(
    weights: dict[RepId, int], absences: list[frozenset[RepId]]
) -> None:
    pool = pool_of(weights, on_return=ReturnPolicy.CATCH_UP)
    for away in absences:
        move, pool = draw(pool, people(away), NOW)
        assert move.missed == ()
    for _ in range(sum(weights.values()) * (len(absences) + 1)):
        _, pool = draw(pool, EVERYONE, NOW)
    assert all(member.credit == 0 for member in pool.members)
    assert spread(pool) <= 1


@given(WEIGHTS, st.lists(st.integers(-20, 20), min_size=len(NAMES), max_size=len(NAMES)))
def test_any_state_heals(weights: dict[RepId, int], credits: list[int]) -> None:
    """From standings however skewed, turns alone bring everybody level."""
    pool = pool_of(weights)
    members = tuple(replace(m, credit=c) for m, c in zip(pool.members, credits, strict=False))
    pool = replace(pool, members=members)
    top = max(levels(pool))
    owed = sum(floor(top * member.weight) - standing(member) for member in pool.members)
    for _ in range(owed + 2 * sum(weights.values())):
        _, pool = draw(pool, EVERYONE, NOW)
    assert spread(pool) <= 1


@given(WEIGHTS, ABSENCES, st.sampled_from(ReturnPolicy), st.integers(0, 9))
def test_a_newcomer_starts_at_the_others_level(
    weights: dict[RepId, int], absences: list[frozenset[RepId]], policy: ReturnPolicy, weight: int
) -> None:
    pool = pool_of(weights, on_return=policy)
    for away in absences:
        _, pool = draw(pool, people(away), NOW)
    joined = join(pool, RepId("new"), weight)
    assert joined.members[:-1] == pool.members
    new = joined.members[-1]
    assert (new.turns, new.last_turn) == (0, 0)
    if weight:
        level = Fraction(standing(new), weight)
        assert level <= max(levels(pool))
        # Among those who are level, less than a turn below the mean; debts to others pull nobody down.
        assert standing(new) + 1 > weight * (max(levels(pool)) - 1)


@given(WEIGHTS, st.integers(1, 40), st.integers(1, 7))
def test_a_newcomer_is_not_flooded(weights: dict[RepId, int], before: int, weight: int) -> None:
    pool = pool_of(weights)
    for _ in range(before):
        _, pool = draw(pool, EVERYONE, NOW)
    pool = join(pool, RepId("new"), weight)
    reps = EVERYONE | {RepId("new"): Rep(id=RepId("new"), name="new")}
    total = sum(weights.values()) + weight
    for number in range(1, 2 * total):
        _, pool = draw(pool, reps, NOW)
        assert abs(member_of(pool, RepId("new")).turns - Fraction(number * weight, total)) < 2


@given(WEIGHTS, ABSENCES, st.sampled_from(NAMES), st.integers(0, 9))
def test_a_weight_changed_there_and_back_changes_nothing(
    weights: dict[RepId, int], absences: list[frozenset[RepId]], rep: RepId, weight: int
) -> None:
    pool = pool_of({NAMES[0]: 1, NAMES[1]: 2} | weights)
    for away in absences:
        _, pool = draw(pool, people(away), NOW)
    if rep in weights:
        assert reweight(reweight(pool, rep, weight), rep, weights[rep]) == pool


@given(WEIGHTS, st.integers(1, 40), st.integers(1, 40))
def test_a_pause_keeps_the_place(weights: dict[RepId, int], before: int, during: int) -> None:
    rep = next(iter(weights))
    pool = pool_of({NAMES[0]: 1, NAMES[1]: 1} | weights)
    for _ in range(before):
        _, pool = draw(pool, EVERYONE, NOW)
    weight = member_of(pool, rep).weight
    pool = reweight(pool, rep, 0)
    for _ in range(during):
        move, pool = draw(pool, EVERYONE, NOW)
        assert move.rep != rep
        assert SkipReason.PAUSED in {skip.reason for skip in move.skipped}
    assert furthest_from_share(reweight(pool, rep, weight)) < 2


@given(WEIGHTS, ABSENCES, st.integers(0, 5))
def test_a_turn_given_back_counts_for_nothing_but_is_on_record(
    weights: dict[RepId, int], absences: list[frozenset[RepId]], number: int
) -> None:
    pool = pool_of(weights)
    for away in absences:
        _, pool = draw(pool, people(away), NOW)
    before = {member.rep: standing(member) for member in pool.members}
    move, pool = draw(pool, EVERYONE, NOW)
    assert move.rep is not None
    pool = give_back(pool, move.rep)
    assert {member.rep: standing(member) for member in pool.members} == before
    assert sum(member.turns for member in pool.members) == pool.turn


@given(WEIGHTS, ABSENCES, st.randoms())
def test_the_order_of_the_member_list_never_matters(
    weights: dict[RepId, int], absences: list[frozenset[RepId]], random: Random
) -> None:
    pool = pool_of(weights)
    for away in absences:
        shuffled = list(pool.members)
        random.shuffle(shuffled)
        mixed, _ = draw(replace(pool, members=tuple(shuffled)), people(away), NOW)
        move, pool = draw(pool, people(away), NOW)
        assert (mixed.rep, mixed.missed, mixed.level) == (move.rep, move.missed, move.level)
        assert set(mixed.skipped) == set(move.skipped)


STORED: TypeAdapter[PoolState] = TypeAdapter(PoolState)


@given(
    WEIGHTS, st.lists(st.tuples(st.none() | st.sampled_from(NAMES), st.frozensets(st.sampled_from(NAMES))))
)
def test_a_batch_draws_what_single_draws_would(
    weights: dict[RepId, int], contacts: list[tuple[RepId | None, frozenset[RepId]]]
) -> None:
    """Drawing on in memory gives what storing and reading the pool between any two draws gives."""
    batch = Rotation(pools={SDR: pool_of(weights)}, reps=EVERYONE)
    stored = STORED.dump_json(pool_of(weights))
    for holder, exclude in contacts:
        move, batch = batch.draw_from(SDR, NOW, Need(holder=holder, exclude=tuple(sorted(exclude))))
        single = Rotation(pools={SDR: STORED.validate_json(stored)}, reps=people())
        alone, after = single.draw_from(SDR, NOW, Need(holder=holder, exclude=tuple(sorted(exclude))))
        assert move == alone
        stored = STORED.dump_json(after.pools[SDR])
    assert STORED.validate_json(stored) == batch.pools[SDR]


# --- against a slow model -----------------------------------------------------


class Model:
    """A rotation as one would do it on paper: fractions, and a list of who had each turn."""

    def __init__(self) -> None:
        self.weights: dict[RepId, int] = {}
        self.counts: dict[RepId, int] = {}
        self.history: list[RepId | None] = []  # None: somebody who has left

    def level(self, rep: RepId) -> Fraction:
        return Fraction(self.counts[rep], self.weights[rep])

    def next(self, among: Collection[RepId]) -> RepId:
        mean = Fraction(sum(self.counts[r] for r in among), sum(self.weights[r] for r in among))

        def place(rep: RepId) -> tuple[Fraction, int, int, bytes]:
            full = Fraction(self.counts[rep] + 1, self.weights[rep])
            last = max((at for at, who in enumerate(self.history, 1) if who == rep), default=0)
            return full, -self.weights[rep], last, lot(SDR, rep)

        return min((rep for rep in among if self.level(rep) <= mean), key=place)

    def draw(self, there: set[RepId], away: set[RepId]) -> RepId:
        while True:
            rep = self.next(there | away)
            self.counts[rep] += 1
            self.history.append(rep)
            if rep in there:
                return rep

    def others_level(self, rep: RepId) -> Fraction:
        """Return the mean level of those who are not owed turns, without ``rep``."""
        others = [r for r in self.weights if r != rep and self.weights[r]]
        if not others:
            return self.level(rep) if self.weights[rep] else Fraction(0)
        leader = max(others, key=self.level)
        floor_level = Fraction(self.counts[leader] - 1, self.weights[leader])
        near = [r for r in others if Fraction(self.counts[r] + 1, self.weights[r]) > floor_level]
        return Fraction(sum(self.counts[r] for r in near), sum(self.weights[r] for r in near))

    def reweight(self, rep: RepId, weight: int) -> None:
        level = self.others_level(rep)
        self.counts[rep] += floor(level * weight) - floor(level * self.weights[rep])
        self.weights[rep] = weight


class RotationMachine(RuleBasedStateMachine):
    """Members come, go, fall ill, reject, ramp, reach caps and are weighed anew, while contacts come in.

    The model counts shares in hundredths of a unit of weight, and caps off a list of the turns drawn.
    """

    pool: PoolState

    @initialize(
        policy=st.sampled_from(ReturnPolicy),
        nobody=st.sampled_from([NobodyPolicy.HOLD, NobodyPolicy.ASSIGN_ANYWAY]),
        cap=st.sampled_from([None, None, 1, 3]),
        ramp=st.sampled_from([(), (), (50, 100), (0, 100)]),
        reset_policy=st.sampled_from([ResetPolicy.NEVER, ResetPolicy.WEEKLY]),
    )
    def start(
        self,
        policy: ReturnPolicy,
        nobody: NobodyPolicy,
        cap: int | None,
        ramp: tuple[int, ...],
        reset_policy: ResetPolicy,
    ) -> None:
        caps = () if cap is None else (Cap(per=Per.DAY, most=cap),)
        settings = PoolSettings(on_return=policy, nobody=nobody, caps=caps, ramp=ramp, reset=reset_policy)
        self.pool = PoolState(name=SDR, settings=settings, turn=0, members=(), reset_at=NOW)
        self.model = Model()
        self.now, self.cap, self.last_reset = NOW, cap, NOW
        self.joined: dict[RepId, datetime] = {}
        self.bases: dict[RepId, int] = {}
        self.away: set[RepId] = set()
        self.drawn: Counter[RepId] = Counter()
        self.log: list[tuple[RepId, datetime]] = []

    # what people do

    @rule(rep=st.sampled_from(NAMES), weight=st.integers(0, 5))
    def join_or_reweight(self, rep: RepId, weight: int) -> None:
        if rep in self.bases:
            percent = member_of(self.pool, rep).percent
            self.pool = reweight(self.pool, rep, weight)
        else:
            percent = 100
            self.pool = join(self.pool, rep, weight, since=self.now)
            self.drawn[rep] = 0
            self.joined[rep] = self.now
            self.model.weights[rep] = self.model.counts[rep] = 0
        self.bases[rep] = weight
        self.model.reweight(rep, weight * percent)

    @rule(rep=st.sampled_from(NAMES))
    def leave(self, rep: RepId) -> None:
        self.pool = leave(self.pool, rep)
        self.model.weights.pop(rep, None)
        self.model.counts.pop(rep, None)
        self.bases.pop(rep, None)
        self.model.history = [None if who == rep else who for who in self.model.history]
        self.log = [each for each in self.log if each[0] != rep]

    @rule(rep=st.sampled_from(NAMES))
    def goes_or_comes_back(self, rep: RepId) -> None:
        self.away ^= {rep}

    @rule(hours=st.sampled_from([1, 8, 24, 24 * 20]))
    def later(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @precondition(lambda self: self.log)
    @rule(data=st.data())
    def give_back(self, data: st.DataObject) -> None:
        rep, at = data.draw(st.sampled_from(self.log))
        self.log.remove((rep, at))
        self.pool = give_back(self.pool, rep)
        self.model.counts[rep] -= 1

    @precondition(lambda self: self.bases)
    @rule(data=st.data(), amount=st.integers(-2, 2))
    def correct_or_count(self, data: st.DataObject, amount: int) -> None:
        """A person corrects by some turns; by none stands for a contact that came past the pool."""
        rep = data.draw(st.sampled_from(sorted(self.bases)))
        if amount:
            self.pool = correct(self.pool, rep, amount)
            self.model.counts[rep] += amount
        elif self.model.weights[rep]:
            self.pool = count_outside(self.pool, rep)
            self.model.counts[rep] += 1
            self.model.history.append(rep)

    @rule()
    def all_from_zero(self) -> None:
        self.pool = reset(self.pool, self.now)
        self.model.counts = dict.fromkeys(self.model.counts, 0)
        self.last_reset = self.now

    # what the model knows of time

    def pass_time(self) -> None:
        monday = (self.now - timedelta(days=self.now.weekday())).replace(hour=0)
        if self.pool.settings.reset is ResetPolicy.WEEKLY and self.last_reset < monday:
            self.model.counts = dict.fromkeys(self.model.counts, 0)
            self.last_reset = self.now
        for rep in [member.rep for member in self.pool.members]:
            share = self.bases[rep] * self.percent(rep)
            if share != self.model.weights[rep]:
                self.model.reweight(rep, share)

    def percent(self, rep: RepId) -> int:
        ramp = self.pool.settings.ramp
        if not ramp:
            return 100
        start = self.joined[rep].date()
        today = self.now.date()
        months = (today.year - start.year) * 12 + today.month - start.month - (today.day < start.day)
        return ramp[min(months, len(ramp) - 1)]

    def today(self) -> Counter[RepId]:
        return Counter(rep for rep, at in self.log if at.date() == self.now.date())

    @rule(exclude=st.just(frozenset()) | st.frozensets(st.sampled_from(NAMES)), times=st.integers(1, 8))
    def draw(self, exclude: frozenset[RepId], times: int) -> None:
        for _ in range(times):
            before, remembered = self.pool, (deepcopy(self.model), self.last_reset)
            self.pass_time()
            today = self.today()
            load = Load(members={(SDR, rep, Per.DAY): number for rep, number in today.items()})
            move, self.pool = draw(self.pool, people(self.away), self.now, Need(exclude=tuple(exclude)), load)
            capped = {rep for rep in self.bases if self.cap is not None and today[rep] >= self.cap}
            weighed = {rep for rep, share in self.model.weights.items() if share} - exclude
            there, away = weighed - self.away - capped, weighed & (self.away | capped)
            if not there and before.settings.nobody is NobodyPolicy.ASSIGN_ANYWAY:
                there, away = away - capped, away & capped
            if not there:
                assert move.rep is None
                assert self.pool is before
                self.model, self.last_reset = remembered
                continue
            catching_up = before.settings.on_return is ReturnPolicy.CATCH_UP
            assert move.rep == self.model.draw(there, set() if catching_up else away)
            self.drawn[move.rep] += 1
            self.log.append((move.rep, self.now))
            assert {skip.rep for skip in move.skipped} == set(self.bases) - there

    @invariant()
    def standings_are_the_models(self) -> None:
        assert {m.rep: share(m) for m in self.pool.members} == self.model.weights
        assert {m.rep: standing(m) for m in self.pool.members} == self.model.counts

    @invariant()
    def counters_are_the_turns_drawn(self) -> None:
        assert {m.rep: m.turns for m in self.pool.members} == {r: self.drawn[r] for r in self.bases}

    @invariant()
    def nobody_has_more_than_the_cap(self) -> None:
        days = Counter((rep, at.date()) for rep, at in self.log)
        assert self.cap is None or all(number <= self.cap for number in days.values())


RotationMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestRotation = RotationMachine.TestCase
