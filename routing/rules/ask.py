"""Ask a person first; the answer, or silence, decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field as Setting

from routing import sla
from routing.durations import PROMISE_HINT, Promise, parse_promise
from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.types import RoutingOutcome

SILENCE = "silence"
"""The entry of `RoutingFacts.answers` for a rule whose question nobody answered in time."""


class AskSettings(Settings):
    """Ask a person a question before anybody acts.

    Each answer leads to an outcome, and so does silence: a question never
    blocks a contact for good. When the answer is there or the time has passed,
    the contact is routed again with the facts of that moment. A further event
    in between does not start the time anew.
    """

    ask: Any = Setting(
        description="Who is asked: an outcome that names one person, e.g. `{owner of: account}`."
    )
    question: str = Setting(min_length=1, description="The question, as that person will read it.")
    within: str = Setting(description="How long that person has, e.g. `48 hours` or `4 business hours`.")
    answers: dict[str, Any] = Setting(
        min_length=1, description="What may be answered, each with the outcome it leads to."
    )
    on_silence: Any = Setting(alias="on silence", description="The outcome when nobody answers in time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question with what each answer leads to; ``answers`` has `SILENCE` too."""

    kind: str
    who: Outcome
    question: str
    within: Promise
    answers: Mapping[str, Outcome]

    def request(self, scope: Scope, rule: str) -> Request:
        """Ask the person, or for what the answer leads to."""
        answered = self.answers.get(scope.facts.answers.get(rule, ""))
        if answered is not None:
            return answered.request(scope, rule)
        person = self.who.request(scope, rule)
        if person.nobody is not None:
            return Request(kind=self.kind, nobody=person.nobody)
        if person.rep is None:  # several persons are level: a person of the review queue decides
            return person
        until = sla.due(self.within.minutes, self.within.calendar, scope.reps[person.rep], scope.now)
        until = scope.facts.waiting.get(rule, until)
        return Request(
            kind=self.kind,
            outcome=RoutingOutcome.ASKED,
            asked=person.rep,
            covers=person.covers,
            until=until,
            question=self.question,
            choices=tuple(a for a in self.answers if a != SILENCE),
        )


def bind(settings: AskSettings, node: Node, binder: Binder) -> Outcome | None:
    """Read the person, the time and the outcomes."""
    entries = node.mapping or {}
    who = binder.outcome(entries["ask"], people_only=True)
    within = parse_promise(settings.within)
    if within is None:
        binder.report(entries["within"], "bad_span", f"'{settings.within}' is no span of time", PROMISE_HINT)
    choices = entries["answers"].mapping or {}
    if SILENCE in choices:
        binder.report(
            entries["answers"].key_place(SILENCE),
            "reserved",
            "'silence' is not an answer",
            "say under 'on silence' what happens then",
        )
    read = {answer: binder.outcome(value) for answer, value in choices.items()}
    read[SILENCE] = binder.outcome(entries["on silence"])
    answers = {answer: outcome for answer, outcome in read.items() if outcome is not None}
    if who is None or within is None or len(answers) < len(read):
        return None
    return Ask(kind="ask", who=who, question=settings.question, within=within, answers=answers)


TYPE = RuleType(key="ask", kinds=("ask",), settings=AskSettings, bind=bind)
