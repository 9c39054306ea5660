"""Outcomes that may find several people, where the rulebook does not say which of them it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from routing.lint.context import Context
from routing.problems import Problem, Severity
from routing.proof.hidden import Differ
from routing.proof.solver import Found, Part
from routing.rules.owner import ItemOwner

_CALLED = {
    "worked": "several reps may have worked it",
    "owner_of_open_opportunity": "several open opportunities may have different owners",
    "owner_of_closed_opportunity": "several closed opportunities may have different owners",
    "owner_of_earlier_contact": "several earlier contacts may be those of different reps",
    "owner_of_candidate": "several likely accounts may have different owners",
}


def ties(context: Context) -> Iterator[Problem]:
    """Yield rules that choose among several reps without saying how, with two who are up for it."""
    reasoner = context.reasoner
    for rule in context.in_force:
        for outcome in _choosers(rule.outcome):
            if outcome.chosen:
                continue
            two: Any = Differ(collection=outcome.collection, where=outcome.where, rep=outcome.rep_field)
            different = Part("two reps", two, lambda scope: True)
            found = reasoner.solve([reasoner.claims(rule), different])
            if isinstance(found, Found):
                yield context.finding(
                    "tie",
                    Severity.WARNING,
                    f"rule '{rule.id}' does not say whose it is where {_CALLED[outcome.kind]}; "
                    f"the {outcome.several} counts, and of two that are level a person decides",
                    rule=rule,
                    hint="say 'if several: latest', 'earliest', 'largest' or 'person'",
                    witness=context.witness(found, rule),
                )


def _choosers(outcome: Any) -> Iterator[ItemOwner]:
    if isinstance(outcome, ItemOwner):
        yield outcome
    elif is_dataclass(outcome):
        for each in fields(outcome):
            inner = getattr(outcome, each.name)
            if each.name in ("then", "first", "second", "whose"):
                yield from _choosers(inner)
            elif each.name == "ladder":
                for who in inner:
                    yield from _choosers(who)
