"""Why, why not her, and what would have to be different: the answers to the questions reps ask.

`routing.explain` renders what a decision says. Here the rulebook is asked
again, on the facts of the decision, for what the decision does not hold: the
rules that would have named somebody, and the smallest change that makes one decide.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from routing.compiled import Rulebook
from routing.counterfactual import Answer, Change, asks_for, what_would_decide, what_would_reach
from routing.explain import COLLECTIONS, ONE, claim_sentence, why_not
from routing.fields import Scope
from routing.route import judge
from routing.saying import Names, the_rule
from routing.types.decision import Claim, RoutingDecision, Verdict
from routing.types.facts import RoutingFacts
from routing.types.people import RepId
from routing.types.pools import PoolName

_OUT = (Verdict.NOT_APPLICABLE, Verdict.EXPIRED, Verdict.NOT_YET)


def why_not_rep(
    decision: RoutingDecision,
    rep: RepId,
    facts: RoutingFacts,
    rulebook: Rulebook,
    now: datetime,
    names: Names | None = None,
    pools: Collection[PoolName] = (),
) -> tuple[str, ...]:
    """Return why a rep does not have the contact, and what would have to be different.

    ``facts``, ``rulebook`` and ``now`` are those of the decision; in ``pools`` the rep takes turns.
    """
    told = list(why_not(decision, rep, names))
    if decision.assignee == rep:
        return tuple(told)
    who = (names or {}).get(rep, rep)
    turns = [
        c for c in decision.claims if c.pool in pools and c.rule != decision.rule and c.verdict not in _OUT
    ]
    missed = _missed(rep, facts, rulebook, now, pools)
    if turns or missed:
        told = [sentence for sentence in told if sentence != f"No rule that applied asked for {who}."]
        told += [f"{who} takes turns in the pool '{pool}'." for pool in _of_turns(turns, missed, pools)]
        told += [claim_sentence(claim, names) for claim in (*turns, *(claim for claim, _ in missed))]
    answer = what_would_reach(rep, facts, rulebook, now, pools)
    return (*told, *((difference(answer),) if answer is not None else ()))


def _of_turns(
    turns: Sequence[Claim], missed: Sequence[tuple[Claim, PoolName | None]], pools: Collection[PoolName]
) -> list[PoolName]:
    """Return the pools by which the rep is concerned, in order of the rules, each once."""
    named = [*(claim.pool for claim in turns), *(pool for _, pool in missed)]
    return list(dict.fromkeys(pool for pool in named if pool is not None and pool in pools))


def why_not_rule(
    rule: str, facts: RoutingFacts, rulebook: Rulebook, now: datetime, names: Names | None = None
) -> tuple[str, ...]:
    """Return what became of a rule, and what would make it decide. Raises KeyError for no such rule.

    Also of a rule that the record of a large book leaves out.
    """
    answer = what_would_decide(rule, facts, rulebook, now)
    claims = judge(facts, rulebook, now, every=True).claims
    told = [claim_sentence(claim, names) for claim in claims if claim.rule == rule]
    return (*told, difference(answer)) if answer.changes or not answer.found else tuple(told)


def difference(answer: Answer) -> str:
    """Return what would have to be different, in one sentence."""
    called = the_rule(answer.rule)
    if not answer.found:
        return f"What would make {called} decide was not found."
    if not answer.changes:
        return f"{called[0].upper()}{called[1:]} decides already."
    changes = " and ".join(map(_changed, answer.changes))
    return f"{called[0].upper()}{called[1:]} would decide if {changes}."


def _changed(change: Change) -> str:
    if change.about in COLLECTIONS:
        number, _, where = change.wanted.partition(" ")
        there = (
            f"was 1 {ONE[change.about]}" if number == "1" else f"were {number} {COLLECTIONS[change.about]}"
        )
        return f"there {there} {where} (now {change.now})"
    return f"{change.about} were {change.wanted}" + (
        f" (it is {change.now})" if change.now is not None else ""
    )


def _missed(
    rep: RepId, facts: RoutingFacts, rulebook: Rulebook, now: datetime, pools: Collection[PoolName]
) -> list[tuple[Claim, PoolName | None]]:
    """Return the claims of rules that did not apply and ask for the rep or a pool of hers, with it."""
    scope = Scope(facts, now, rulebook.zone)
    out = [c for c in judge(facts, rulebook, now, every=True).claims if c.verdict in _OUT]
    rules = [(claim, rulebook.by_id[claim.rule]) for claim in out]
    return [
        (claim, rule.outcome.request(scope, rule.id).pool)
        for claim, rule in rules
        if asks_for(rule, rep, scope, pools)
    ]
