"""Why, why not her, and what would have to be different: the answers to the questions reps ask.

`routing.explain` renders what a decision says. Here the rulebook is asked
again, on the facts of the decision, for what the decision does not hold: the
rules that would have named somebody, and the smallest change that makes one decide.
"""

from __future__ import annotations

from datetime import datetime

from routing.compiled import Rulebook
from routing.counterfactual import Answer, Change, what_would_decide, what_would_reach
from routing.explain import COLLECTIONS, Names, claim_sentence, why_not
from routing.fields import Scope
from routing.route import judge
from routing.types import Claim, RepId, RoutingDecision, RoutingFacts, Verdict

_OUT = (Verdict.NOT_APPLICABLE, Verdict.EXPIRED, Verdict.NOT_YET)


def why_not_rep(
    decision: RoutingDecision,
    rep: RepId,
    facts: RoutingFacts,
    rulebook: Rulebook,
    now: datetime,
    names: Names | None = None,
) -> tuple[str, ...]:
    """Return why a rep does not have the contact, and what would have to be different.

    ``facts``, ``rulebook`` and ``now`` are those of the decision.
    """
    told = list(why_not(decision, rep, names))
    if decision.assignee == rep:
        return tuple(told)
    missed = _missed(rep, facts, rulebook, now)
    if missed:
        none = f"No rule that applied asked for {(names or {}).get(rep, rep)}."
        told = [sentence for sentence in told if sentence != none]
        told += [claim_sentence(claim, names) for claim in missed]
    answer = what_would_reach(rep, facts, rulebook, now)
    return (*told, *((difference(answer),) if answer is not None else ()))


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
    called = "the fallback" if answer.rule == "fallback" else f"the rule '{answer.rule}'"
    if not answer.found:
        return f"What would make {called} decide was not found."
    if not answer.changes:
        return f"{called[0].upper()}{called[1:]} decides already."
    changes = " and ".join(map(_changed, answer.changes))
    return f"{called[0].upper()}{called[1:]} would decide if {changes}."


def _changed(change: Change) -> str:
    if change.about in COLLECTIONS:
        number, _, where = change.wanted.partition(" ")
        return f"there were {number} {COLLECTIONS[change.about]} {where} (now {change.now})"
    return f"{change.about} were {change.wanted}" + (
        f" (it is {change.now})" if change.now is not None else ""
    )


def _missed(rep: RepId, facts: RoutingFacts, rulebook: Rulebook, now: datetime) -> list[Claim]:
    """Return the claims of rules that name the rep and did not apply."""
    scope = Scope(facts, now, rulebook.zone)
    out = {c.rule: c for c in judge(facts, rulebook, now, every=True).claims if c.verdict in _OUT}
    found = []
    for name, claim in out.items():
        asked = rulebook.by_id[name].outcome.request(scope, name)
        if rep in (asked.rep, asked.asked, asked.covers, asked.partner):
            found.append(claim)
    return found
