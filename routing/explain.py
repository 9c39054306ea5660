"""A routing decision in sentences: who has the contact, why, and why nobody else.

Renders what the decision says and computes nothing: the findings, verdicts and
skips in it are the reasons that decided. Field names are those of the
rulebook, so a reader finds the line that did it.
"""

from __future__ import annotations

from collections.abc import Callable

from routing.rotation.explain import explain_move, skip_sentence
from routing.saying import Names, called, the_rule, written
from routing.types.clocks import Clock
from routing.types.decision import (
    Advice,
    AdviceKind,
    Claim,
    Credit,
    Finding,
    RoutingDecision,
    RoutingOutcome,
    Verdict,
)
from routing.types.people import RepId

COLLECTIONS = {
    "opportunities": "opportunities",
    "activities": "activities",
    "earlier": "earlier contacts",
    "ancestors": "accounts above",
    "candidates": "likely accounts",
    "campaigns": "campaigns",
}
"""What the collections are called."""

ONE = {
    "opportunities": "opportunity",
    "activities": "activity",
    "earlier": "earlier contact",
    "ancestors": "account above",
    "candidates": "likely account",
    "campaigns": "campaign",
}
"""What one item of each is called."""


def explain(decision: RoutingDecision, names: Names | None = None) -> tuple[str, ...]:
    """Return the whole explanation, a sentence or two for each entry: result, reason, everything else."""
    known = names or {}
    told = [summary(decision, known)]
    told += _reason(decision, known)
    if decision.move is not None:
        told += explain_move(decision.move, known, again=decision.move.kept and not decision.kept)
    if decision.partner is not None:
        told.append(f"{called(decision.partner, known)} works it with {called(decision.assignee, known)}.")
    told += [_clock(clock) for clock in decision.clocks]
    told += [ADVICE[advice.kind](advice) for advice in decision.advice]
    told += [_credit(credit, known) for credit in decision.credits]
    if decision.notify:
        told.append(f"Told as well: {', '.join(called(rep, known) for rep in decision.notify)}.")
    told += [claim_sentence(claim, known) for claim in decision.claims if claim.rule != decision.rule]
    return tuple(told)


def summary(decision: RoutingDecision, names: Names | None = None) -> str:
    """Return the result in one sentence."""
    return OUTCOMES[decision.outcome](decision, names or {})


def why_not(decision: RoutingDecision, rep: RepId, names: Names | None = None) -> tuple[str, ...]:
    """Return why a rep does not have the contact, by every claim and turn that concerns her.

    Asked about the rep who has it, it says so.
    """
    known = names or {}
    who = called(rep, known)
    if decision.assignee == rep:
        return (f"{who} has the contact.", *_reason(decision, known))
    told = [claim_sentence(c, known) for c in decision.claims if rep in (c.rep, c.covers)]
    if decision.move is not None:
        told += [skip_sentence(skip, known) for skip in decision.move.skipped if skip.rep == rep]
        if not told and decision.move.rep is not None:
            told.append(
                f"The turn of the pool '{decision.move.pool}' fell to {called(decision.move.rep, known)}."
            )
    return tuple(told) or (f"No rule that applied asked for {who}.",)


def claim_sentence(claim: Claim, names: Names | None = None) -> str:
    """Return what a rule asked for and what became of it, in one sentence."""
    return VERDICTS[claim.verdict](claim, names or {})


def finding_sentence(finding: Finding, *, held: bool) -> str:
    """Return what a condition met, without capital or full stop.

    ``held`` says whether the condition held; further findings are joined to it.
    """
    said = _finding(finding, held)
    return " and ".join([said, *(_finding(part, held) for part in finding.also)]) if finding.also else said


def _finding(finding: Finding, held: bool) -> str:
    field, actual = finding.field, finding.actual
    if field == "always":
        return "it always applies"
    if actual is None:
        return f"{field} is missing" if held else f"{field} is missing (wanted: {_wanted(finding)})"
    if field in COLLECTIONS:
        return _count(finding, held)
    if not held:
        return f"{field} is {actual} (wanted: {_wanted(finding)})"
    if finding.operator in ("is", "exists"):
        return f"{field} is {actual}"
    return f"{field} is {actual} ({_wanted(finding)})"


def _count(finding: Finding, held: bool) -> str:
    items = COLLECTIONS[finding.field]
    if str(finding.actual).endswith(" of 0"):
        return f"there are no {items}" + (
            "" if held else f' (wanted: {finding.operator} with "{finding.wanted}")'
        )
    wanted = "" if held and finding.operator == "any" else f" (wanted: {finding.operator})"
    return f'{finding.actual} {items} fit "{finding.wanted}"{wanted}'


def _wanted(finding: Finding) -> str:
    """Return what a comparison asks for, in words that follow "wanted"."""
    wanted, operator = finding.wanted, finding.operator
    if operator in _BEFORE:
        return _BEFORE[operator] + wanted
    if operator in _YES_OR_NO:
        return _YES_OR_NO[operator][wanted != "true"]
    return f"{operator} {wanted}"


_BEFORE = {"is": "", "is not": "not ", "in": "one of ", "not in": "none of ", "between": "from "}
"""The words before what is wanted, by the operator; other operators are said as they are written."""

_YES_OR_NO = {
    "exists": ("known", "missing"),
    "not exists": ("missing", "known"),
    "blank": ("blank", "not blank"),
    "not blank": ("not blank", "blank"),
}
"""What is wanted by an operator that takes true or false: for true, for false."""


# --- the result -------------------------------------------------------------


def _assigned(decision: RoutingDecision, names: Names) -> str:
    rep = called(decision.assignee, names)
    if decision.kept:
        return f"{rep} keeps the contact, {_by(decision)}."
    pool = f" from the pool '{decision.pool}'" if decision.pool is not None else ""
    return f"{rep} has the contact{pool}, {_by(decision)}."


def _held(decision: RoutingDecision, names: Names) -> str:
    until = f" until {written(decision.until)}" if decision.until is not None else ""
    if decision.code == "unknown_pool":
        why = f": there is no pool '{decision.pool}'"
    elif decision.move is not None:
        why = f": nobody in the pool '{decision.pool}' is available"
    else:
        why = ""
    return f"The contact is held{until}, {_by(decision)}{why}."


def _asked(decision: RoutingDecision, names: Names) -> str:
    until = f" until {written(decision.until)}" if decision.until is not None else ""
    choices = f" ({', '.join(decision.choices)})" if decision.choices else ""
    return f"{called(decision.asked, names)} is asked{until}, {_by(decision)}: {decision.question}{choices}"


def _queued(decision: RoutingDecision, names: Names) -> str:
    until = f" until {written(decision.until)}" if decision.until is not None else ""
    return f"The contact is in the queue '{decision.queue}'{until}, {_by(decision)}."


def _rejected(decision: RoutingDecision, names: Names) -> str:
    return f"The contact is rejected with the code '{decision.code}', {_by(decision)}."


def _superseded(decision: RoutingDecision, names: Names) -> str:
    return "Nothing was decided: a later event of this contact had been decided before."


OUTCOMES: dict[RoutingOutcome, Callable[[RoutingDecision, Names], str]] = {
    RoutingOutcome.ASSIGNED: _assigned,
    RoutingOutcome.HELD: _held,
    RoutingOutcome.ASKED: _asked,
    RoutingOutcome.QUEUED: _queued,
    RoutingOutcome.REJECTED: _rejected,
    RoutingOutcome.SUPERSEDED: _superseded,
}


def _by(decision: RoutingDecision) -> str:
    if decision.hand is not None:
        return f"by hand of {decision.hand.by} ({decision.hand.reason})"
    if decision.claims and decision.rule == decision.claims[0].rule == decision.claims[0].conflict:
        return f"by the conflict '{decision.rule}'"
    return f"by {the_rule(decision.rule)}"


def _reason(decision: RoutingDecision, names: Names) -> list[str]:
    claim = next((c for c in decision.claims if c.rule == decision.rule), None)
    if claim is None:
        return []
    reference = f" ({claim.reference})" if claim.reference else ""
    told = [f"Reason{reference}: {claim.because}."] if claim.because else []
    if claim.finding is not None and claim.finding.field != "always":
        told.append(_sentence(f"the rule applies because {finding_sentence(claim.finding, held=True)}"))
    if claim.covers is not None:
        told.append(f"{called(claim.rep, names)} stands in for {called(claim.covers, names)}, who is absent.")
    return told


def _clock(clock: Clock) -> str:
    hours, minutes = divmod(clock.minutes, 60)
    span = (
        f"{hours} h" if not minutes else f"{clock.minutes} min" if not hours else f"{hours} h {minutes} min"
    )
    whose = f" of the calendar '{clock.terms.hours.name}'" if clock.terms.hours else ""
    kind = f"of working time{whose}" if clock.calendar == "business" else "from now"
    return f"Due ({clock.name.replace('_', ' ')}): {written(clock.due_at)}, {span} {kind}."


def _converted(advice: Advice) -> str:
    return f"The CRM is advised to convert the record: {advice.into}{_record(advice)}."


def _merged(advice: Advice) -> str:
    return f"The CRM is advised to merge the record with the {advice.into}{_record(advice)}; " + (
        "the new one stays." if advice.survivor == "new" else "the earlier one stays."
    )


def _record(advice: Advice) -> str:
    return f" ({advice.id})" if advice.id is not None else ""


ADVICE: dict[AdviceKind, Callable[[Advice], str]] = {
    AdviceKind.CONVERT: _converted,
    AdviceKind.MERGE: _merged,
}


def _credit(credit: Credit, names: Names) -> str:
    share = "all" if credit.share == 1 else f"{credit.share:.0%}"
    return f"Credit ({credit.kind}): {share} of it is {called(credit.rep, names)}'s."


# --- the claims -------------------------------------------------------------


def _won(claim: Claim, names: Names) -> str:
    return f"{_opening(claim.rule)} decided: {_asks(claim, names)}."


def _agreed(claim: Claim, names: Names) -> str:
    return f"{_opening(claim.rule)} agrees: it asks for {_asks(claim, names)} too."


def _outranked(claim: Claim, names: Names) -> str:
    above = the_rule(claim.against)
    return f"{_opening(claim.rule)} asks for {_asks(claim, names)}, but {above} stands above it."


def _overturned(claim: Claim, names: Names) -> str:
    by = f"the conflict '{claim.conflict}'" if claim.conflict else "the conflicts section"
    return (
        f"{_opening(claim.rule)} stood highest and asks for {_asks(claim, names)}, "
        f"but {by} decided for {the_rule(claim.against)}."
    )


def _not_applicable(claim: Claim, names: Names) -> str:
    if claim.finding is None:
        return f"{_opening(claim.rule)} does not apply."
    return f"{_opening(claim.rule)} does not apply: {finding_sentence(claim.finding, held=False)}."


def _expired(claim: Claim, names: Names) -> str:
    return f"{_opening(claim.rule)} has expired."


def _not_yet(claim: Claim, names: Names) -> str:
    return f"{_opening(claim.rule)} does not apply yet."


def _nobody(claim: Claim, names: Names) -> str:
    finding = claim.finding
    if finding is None:
        return f"{_opening(claim.rule)} applies but names nobody."
    met = (
        f"{finding.field}: {finding.actual}" if finding.actual is not None else f"{finding.field} is missing"
    )
    return f"{_opening(claim.rule)} applies but names nobody: {met} (wanted: {finding.wanted})."


VERDICTS: dict[Verdict, Callable[[Claim, Names], str]] = {
    Verdict.WON: _won,
    Verdict.AGREED: _agreed,
    Verdict.OUTRANKED: _outranked,
    Verdict.NOT_APPLICABLE: _not_applicable,
    Verdict.EXPIRED: _expired,
    Verdict.NOT_YET: _not_yet,
    Verdict.NOBODY: _nobody,
    Verdict.OVERTURNED: _overturned,
}


def _asks(claim: Claim, names: Names) -> str:
    """Return what a claim asks for: a person, a pool, a queue, a rejection, a wait."""
    if claim.kind == "ask" and claim.rep is not None:
        return f"a question to {called(claim.rep, names)}"
    if claim.rep is not None:
        cover = f" for {called(claim.covers, names)}" if claim.covers is not None else ""
        partner = f" with {called(claim.partner, names)}" if claim.partner is not None else ""
        return f"{called(claim.rep, names)}{cover}{partner} ({claim.kind.replace('_', ' ')})"
    if claim.pool is not None:
        return f"the pool '{claim.pool}'"
    if claim.queue is not None:
        return f"the queue '{claim.queue}'"
    if claim.code is not None:
        return f"a rejection ({claim.code})"
    return "waiting" if claim.kind == "hold" else claim.kind.replace("_", " ")


def _opening(rule: str) -> str:
    """Return what a rule is called at the beginning of a sentence."""
    said = the_rule(rule)
    return said[0].upper() + said[1:]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."
