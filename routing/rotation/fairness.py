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
from typing import Protocol

from routing.rotation.choices import CHOICES
from routing.types import Choose, EntryKind, RepId

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
    """One member: turns drawn and expected, the difference, and what it is made of."""

    rep: RepId
    turns: int
    expected: float
    gap: float
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

    def add(self, turns: Fraction, at: datetime) -> None:
        self.turns, self.times = self.turns + turns, self.times + 1
        self.first, self.last = self.first or at, at


@dataclass(slots=True)
class _Tally:
    drawn: Counter[RepId] = field(default_factory=Counter)
    expected: dict[RepId, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    why: dict[RepId, dict[str, _Why]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(_Why)))
    changes: dict[RepId, list[ShareChange]] = field(default_factory=lambda: defaultdict(list))

    def draw(self, entry: Entry, shares: Mapping[RepId, int]) -> None:
        self.drawn[entry.rep] += 1
        total = sum(shares.values())
        passed = {rep: reason for reason, reps in entry.skipped.items() for rep in reps if rep != entry.rep}
        there = sum(share for rep, share in shares.items() if rep not in passed)
        for rep, share in shares.items():
            expected = Fraction(share, total)
            self.expected[rep] += expected
            if rep in passed:
                self.why[rep][passed[rep]].add(-expected, entry.at)
            elif there < total:
                self.why[rep][OTHERS].add(Fraction(share, there) - expected, entry.at)

    def beside(self, entry: Entry, shares: Mapping[RepId, int]) -> None:
        total = sum(shares.values())
        if entry.rep not in shares or not entry.amount:
            return
        for rep, share in shares.items():
            own = 1 if rep == entry.rep else 0
            self.why[rep][entry.kind].add(entry.amount * (Fraction(share, total) - own), entry.at)

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
            gaps=tuple(sorted(gaps, key=lambda each: (-abs(each.turns), each.reason))),
            changes=tuple(self.changes[rep]),
        )


def fairness(entries: Iterable[Entry], shares: Mapping[RepId, int], choose: Choose) -> Fairness:
    """Set expected against actual turns.

    ``entries`` are those of a time, the oldest first; ``shares`` are those in
    force when it began, in hundredths of a unit of weight.
    """
    now = dict(shares)
    tally = _Tally()
    seen = set(shares)
    for entry in entries:
        weighed = {rep: share for rep, share in now.items() if share}
        seen.add(entry.rep)
        if entry.kind is EntryKind.DRAW:
            tally.draw(entry, weighed or {entry.rep: 100})
        elif entry.kind in _BESIDE:
            tally.beside(entry, weighed)
        elif entry.kind in _SHARES:
            _change(entry, now, tally)
    members = tuple(tally.member(rep, choose) for rep in sorted(seen))
    return Fairness(turns=tally.drawn.total(), members=members)


def _change(entry: Entry, now: dict[RepId, int], tally: _Tally) -> None:
    weight = None if entry.weight is None else entry.weight / 100
    tally.changes[entry.rep].append(ShareChange(at=entry.at, kind=entry.kind, weight=weight))
    if entry.kind is EntryKind.LEAVE:
        now.pop(entry.rep, None)
    else:
        now[entry.rep] = entry.weight if entry.weight is not None else now.get(entry.rep, 100)
