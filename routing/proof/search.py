"""Is there a contact that a given rule decides? Found by trying, against only the rules that get in the way.

A contact for which the rule makes its claim is routed by the whole rulebook.
Where a rule above takes it, the search goes on with the rules above that made a
claim ruled out. So of two thousand rules only those few come into question that
do get in the way, and what is found has been decided by the rulebook itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from routing.compiled import Rule
from routing.fields import Scope
from routing.proof.claims import makes_claim
from routing.proof.solver import Answer, Found, Impossible, Part, Reasoner, Undecided
from routing.route import judge

MAX_ROUNDS = 60
"""Contacts that are tried for one rule."""

MAX_PREFERRED = 8
"""Rules above that are tried for a rule that a conflict prefers to them."""


@dataclass(frozen=True, slots=True)
class Covered:
    """No contact is decided by the rule: whenever it makes its claim, one of ``by`` does too.

    ``instead`` is a contact for which the rule makes its claim, None where it never does.
    """

    by: tuple[str, ...]
    instead: Found | None


def decides(reasoner: Reasoner, rule: Rule, more: Sequence[Part] = ()) -> Found | Covered | Undecided:
    """Find a contact that ``rule`` decides and for which ``more`` holds as well."""
    answer, instead, assumed = _among(reasoner, rule, [reasoner.claims(rule), *more], frozenset())
    if not isinstance(answer, Impossible):
        return answer
    for above in _overturned_by(reasoner, rule):
        parts = [reasoner.claims(rule), reasoner.claims(above), *more]
        other, _, _ = _among(reasoner, rule, parts, frozenset({above.id}))
        if isinstance(other, Found):
            return other
        assumed = True
    if assumed:
        return Undecided("what the conflicts section makes of its claims")
    known = {each.id for each in reasoner.rulebook.rules}
    by = tuple(label.removeprefix(_NOT) for label in answer.because if label.startswith(_NOT))
    return Covered(by=tuple(each for each in by if each in known), instead=instead)


_NOT = "not "


def _among(
    reasoner: Reasoner, rule: Rule, parts: list[Part], allowed: frozenset[str]
) -> tuple[Answer, Found | None, bool]:
    """Search with the rules in ``allowed`` left alone.

    Also returns the first contact for which the rule makes its claim, and whether
    something was assumed that need not be so.
    """
    instead: Found | None = None
    assumed = False
    out: set[str] = set()
    for _ in range(MAX_ROUNDS):
        answer = reasoner.solve(parts)
        if not isinstance(answer, Found):
            return answer, instead, assumed
        instead = instead or answer
        situation = answer.situation
        judgement = judge(situation.facts, reasoner.rulebook, situation.now)
        if judgement.rule == rule.id:
            return answer, instead, assumed
        scope = Scope(situation.facts, situation.now, reasoner.rulebook.zone)
        possible = list(reasoner.rulebook.possible(scope))
        above = takewhile(lambda other: other.id != rule.id, possible)
        in_the_way = [r for r in above if r.id not in allowed and makes_claim(r, scope)]
        if not in_the_way:  # a conflict decides against it
            assumed = True
            in_the_way = [r for r in possible[:-1] if r.id != rule.id and makes_claim(r, scope)]
        new = [r for r in in_the_way if r.id not in out]
        if not new:
            return Undecided("what the conflicts section makes of its claims"), instead, assumed
        out |= {r.id for r in new}
        parts = [*parts, *(refuses(reasoner, r) for r in new)]
    return Undecided(f"more than {MAX_ROUNDS} rules that get in its way"), instead, assumed


def refuses(reasoner: Reasoner, rule: Rule) -> Part:
    """Return the part that asks a rule not to make its claim."""
    return reasoner.opposite(_NOT + rule.id, reasoner.claims(rule))


def _above(reasoner: Reasoner, rule: Rule) -> Iterator[Rule]:
    for other in reasoner.rulebook.rules:
        if other.id == rule.id:
            return
        yield other


def _overturned_by(reasoner: Reasoner, rule: Rule) -> list[Rule]:
    """Return rules above to which a conflict may prefer this one."""
    kind = rule.outcome.kind
    conflicts = [c for c in reasoner.rulebook.conflicts if kind in c.between and kind in c.prefer]
    found = [
        other
        for other in _above(reasoner, rule)
        if other.rank == rule.rank
        and any(other.outcome.kind in c.between and other.outcome.kind != c.prefer[0] for c in conflicts)
    ]
    return found[:MAX_PREFERRED]
