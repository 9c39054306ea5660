"""How fair a pool was: expected against actual turns of each member, and what each gap comes from.

At every draw a member is expected the member's share of it: the weight in force
over the weights of all members at that moment, whoever is away. What makes the
actual number differ adds up exactly:

- Who is passed over loses the share of that draw, for the reason given; those
  who are there gain it by their weights (`OTHERS`).
- A turn that counts without a draw (given back, corrected, got past the pool)
  moves its owner by one turn less the own share, and the others by theirs.
- The rest is the order of the turns, less than one turn where a pool goes by
  them, or what was made up for later; or the choice, where a pool goes by work.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any, Protocol

from routing.rotation.choices import CHOICES
from routing.types.people import RepId
from routing.types.pools import Choose
from routing.types.rotation import EntryKind

OTHERS = "others_passed_over"
ORDER = "order"
MADE_UP = "made_up"

_BESIDE = (EntryKind.GIVE_BACK, EntryKind.CORRECT, EntryKind.OWNED, EntryKind.MANUAL)
_SHARES = (EntryKind.JOIN, EntryKind.LEAVE, EntryKind.REWEIGHT)


class Entry(Protocol):
    """An entry of the ledger, as far as fairness goes by it."""

    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> EntryKind: ...
    @property
    def rep(self) -> RepId: ...
    @property
    def amount(self) -> int | None: ...
    @property
    def weight(self) -> int | None: ...
    @property
    def skipped(self) -> Mapping[str, Sequence[RepId]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A part of the difference: ``turns`` more (or, below 0, fewer) for this reason.

    ``reason`` is a `SkipReason`, an `EntryKind`, a `Choose`, or one of this module's. It came up
    at ``times`` entries, from ``first`` to ``last``.
    """

    reason: str
    turns: float
    times: int
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareChange:
    """That a member joined, left, or had another share from a moment on; ``weight`` in units of weight."""

    at: datetime
    kind: EntryKind
    weight: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFairness:
    """One member: turns drawn and expected, the difference, and what it is made of.

    ``share`` and ``expected_share`` are parts of all turns of the pool, 0 to 1; 0 where none was drawn.
    """

    rep: RepId
    turns: int
    expected: float
    gap: float
    share: float
    expected_share: float
    gaps: tuple[Gap, ...]
    changes: tuple[ShareChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """A pool over a time: all turns drawn, and each who was a member in it, by name."""

    turns: int
    members: tuple[MemberFairness, ...]


@dataclass(slots=True)
class _Why:
    turns: Fraction = Fraction(0)
    times: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, turns: Fraction, alike: _Alike) -> None:
        self.turns, self.times = self.turns + turns * alike.times, self.times + alike.times
        self.first = min(self.first or alike.first, alike.first)
        self.last = max(self.last or alike.last, alike.last)


@dataclass(slots=True)
class _Alike:
    """Draws at which the same members were passed over for the same reasons, under the same shares."""

    passed: Mapping[RepId, str]
    first: datetime
    last: datetime
    times: int = 1


@dataclass(slots=True)
class _Tally:
    drawn: Counter[RepId] = field(default_factory=Counter)
    expected: dict[RepId, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    why: dict[RepId, dict[str, _Why]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(_Why)))
    changes: dict[RepId, list[ShareChange]] = field(default_factory=lambda: defaultdict(list))
    alike: dict[Any, _Alike] = field(default_factory=dict)

    def draw(self, entry: Entry) -> None:
        """Count a draw with those like it, until the shares change: fractions are slow."""
        self.drawn[entry.rep] += 1
        listed = tuple((reason, tuple(reps)) for reason, reps in entry.skipped.items())
        among = any(entry.rep in reps for _, reps in listed)  # who was given it all the same
        key = (listed, entry.rep if among else None)
        known = self.alike.get(key)
        if known is None:
            passed = {rep: reason for reason, reps in listed for rep in reps if rep != entry.rep}
            self.alike[key] = _Alike(passed=passed, first=entry.at, last=entry.at)
            return
        known.times, known.last = known.times + 1, entry.at

    def settle(self, shares: Mapping[RepId, int]) -> None:
        """Expect of the draws so far what the shares say under which they were all drawn."""
        total = sum(shares.values())
        for alike in self.alike.values():
            there = sum(share for rep, share in shares.items() if rep not in alike.passed)
            for rep, share in shares.items():
                expected = Fraction(share, total)
                self.expected[rep] += expected * alike.times
                if rep in alike.passed:
                    self.why[rep][alike.passed[rep]].add(-expected, alike)
                elif there < total:
                    self.why[rep][OTHERS].add(Fraction(share, there) - expected, alike)
        self.alike.clear()

    def beside(self, entry: Entry, shares: Mapping[RepId, int]) -> None:
        total = sum(shares.values())
        if entry.rep not in shares or not entry.amount:
            return
        once = _Alike(passed={}, first=entry.at, last=entry.at)
        for rep, share in shares.items():
            own = 1 if rep == entry.rep else 0
            self.why[rep][entry.kind].add(entry.amount * (Fraction(share, total) - own), once)

    def member(self, rep: RepId, choose: Choose) -> MemberFairness:
        gap = self.drawn[rep] - self.expected[rep]
        rest = gap - sum((why.turns for why in self.why[rep].values()), Fraction(0))
        gaps = [
            Gap(reason=reason, turns=float(why.turns), times=why.times, first=why.first, last=why.last)
            for reason, why in self.why[rep].items()
        ]
        if rest:
            by_turns = CHOICES[choose].by_turns
            reason = (ORDER if abs(rest) < 1 else MADE_UP) if by_turns else choose.value
            gaps.append(Gap(reason=reason, turns=float(rest), times=self.drawn[rep]))
        return MemberFairness(
            rep=rep,
            turns=self.drawn[rep],
            expected=float(self.expected[rep]),
            gap=float(gap),
            share=self.drawn[rep] / max(self.drawn.total(), 1),
            expected_share=float(self.expected[rep]) / max(self.drawn.total(), 1),
            gaps=tuple(sorted(gaps, key=lambda each: (-abs(each.turns), each.reason))),
            changes=tuple(self.changes[rep]),
        )


def fairness(entries: Iterable[Entry], shares: Mapping[RepId, int], choose: Choose) -> Fairness:
    """Set expected against actual turns.

    ``entries`` are those of a time, the oldest first; ``shares`` are those in
    force when it began, in hundredths of a unit of weight.
    """
    return fairness_by(entries, shares, choose, ())[0]


def fairness_by(
    entries: Iterable[Entry], shares: Mapping[RepId, int], choose: Choose, ends: Sequence[datetime]
) -> list[Fairness]:
    """The same for a time in parts: one up to each moment of ``ends``, which are in order, and one after."""
    now = dict(shares)
    found: list[Fairness] = []
    tally, seen = _Tally(), set(now)
    for entry in entries:
        while len(found) < len(ends) and entry.at >= ends[len(found)]:
            found.append(_told(tally, now, seen, choose))
            tally, seen = _Tally(), set(now)
        seen.add(entry.rep)
        if entry.kind is EntryKind.DRAW:
            if not any(now.values()):
                tally.draw(entry)
                tally.settle({entry.rep: 100})
            else:
                tally.draw(entry)
        elif entry.kind in _BESIDE:
            tally.beside(entry, _weighed(now))
        elif entry.kind in _SHARES:
            tally.settle(_weighed(now))
            _change(entry, now, tally)
    while len(found) <= len(ends):
        found.append(_told(tally, now, seen, choose))
        tally, seen = _Tally(), set(now)
    return found


def _weighed(shares: Mapping[RepId, int]) -> dict[RepId, int]:
    return {rep: share for rep, share in shares.items() if share}


def _told(tally: _Tally, shares: Mapping[RepId, int], seen: Iterable[RepId], choose: Choose) -> Fairness:
    tally.settle(_weighed(shares))
    members = tuple(tally.member(rep, choose) for rep in sorted(seen))
    return Fairness(turns=tally.drawn.total(), members=members)


def _change(entry: Entry, now: dict[RepId, int], tally: _Tally) -> None:
    weight = None if entry.weight is None else entry.weight / 100
    tally.changes[entry.rep].append(ShareChange(at=entry.at, kind=entry.kind, weight=weight))
    if entry.kind is EntryKind.LEAVE:
        now.pop(entry.rep, None)
    else:
        now[entry.rep] = entry.weight if entry.weight is not None else now.get(entry.rep, 100)
