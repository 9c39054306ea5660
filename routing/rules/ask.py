"""Ask a person first; the answer, or silence, decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field as Setting

from routing import sla, steps
from routing.durations import PROMISE_HINT, Promise, parse_promise
from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Binder, Outcome, Request, RuleType, Settings
from routing.steps import SILENCE
from routing.types.decision import RoutingOutcome


class AskSettings(Settings):
    """Ask a person a question before anybody acts.

    Each answer leads to an outcome, and so does silence: a question never
    blocks a contact for good. A list of people is a ladder: each is asked in
    turn, has the whole time, and the next one is asked when she is silent or
    cannot be asked. When the answer is there or the time has passed,
    the contact is routed again with the facts of that moment. A further event
    in between does not start the time anew.
    """

    ask: Any = Setting(
        description="Who is asked: an outcome that names one person, e.g. `{owner of: account}`; or a list "
        "of such, who are asked one after the other."
    )
    question: str = Setting(min_length=1, description="The question, as that person will read it.")
    within: str = Setting(description="How long that person has, e.g. `48 hours` or `4 business hours`.")
    answers: dict[str, Any] = Setting(
        min_length=1, description="What may be answered, each with the outcome it leads to."
    )
    on_silence: Any = Setting(alias="on silence", description="The outcome when nobody answers in time.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A question with what each answer leads to; ``answers`` has `SILENCE` too.

    ``ladder`` has who is asked, the first one first.
    """

    kind: str
    ladder: tuple[Outcome, ...]
    question: str
    within: Promise
    answers: Mapping[str, Outcome]

    def request(self, scope: Scope, step: str) -> Request:
        """Ask the first of the ladder who has not been silent, or for what the answer leads to."""
        silent, passed = False, None
        for who in self.ladder:
            answer = steps.became(scope, step)
            if answer == SILENCE:
                silent = True
            elif answer is not None and answer in self.answers:
                return self.answers[answer].request(scope, steps.after(step, answer))
            else:
                person = who.request(scope, step)
                if person.nobody is None:
                    return self._asked(person, scope, step)
                passed = passed or person.nobody
            step = steps.after(step, SILENCE)
        if not silent:
            return Request(kind=self.kind, nobody=passed)
        return self.answers[SILENCE].request(scope, step)

    def _asked(self, person: Request, scope: Scope, step: str) -> Request:
        if person.rep is None:  # several persons are level: a person of the review queue decides
            return person
        due = sla.due(self.within.minutes, self.within.calendar, scope.reps[person.rep], scope.now)
        return Request(
            kind=self.kind,
            outcome=RoutingOutcome.ASKED,
            asked=person.rep,
            covers=person.covers,
            until=steps.until(scope, step, due),
            question=self.question,
            choices=tuple(a for a in self.answers if a != SILENCE),
            step=step,
        )


def bind(settings: AskSettings, node: Node, binder: Binder) -> Outcome | None:
    """Read the people, the time and the outcomes."""
    entries = node.mapping or {}
    asked = entries["ask"]
    ladder = [binder.outcome(who, people_only=True) for who in (asked.items or [asked])]
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
    people = tuple(who for who in ladder if who is not None)
    if len(people) < len(ladder) or within is None or len(answers) < len(read):
        return None
    return Ask(kind="ask", ladder=people, question=settings.question, within=within, answers=answers)


TYPE = RuleType(key="ask", kinds=("ask",), settings=AskSettings, bind=bind)
