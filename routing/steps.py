"""The steps of a rule that waits: a question, a hold, and what follows them.

A rule may ask, then hold, then ask somebody else. Each of these is a step with a
name of its own: the first is the rule's id, and what follows one is its name
with what became of it, e.g. ``intent``, ``intent/over``, ``intent/over/silence``.
`RoutingDecision.step` says at which one a contact stands; whoever settles it notes
the answer under that name in `RoutingFacts.answers` and routes the contact again.
"""

from __future__ import annotations

from datetime import datetime

from routing.fields import Scope

OVER = "over"
"""What became of a hold, or of a place in a queue, whose time has passed."""

SILENCE = "silence"
"""What became of a question that nobody answered in time."""


def after(step: str, answer: str) -> str:
    """Return the step that follows a step which was answered so."""
    return f"{step}/{answer}"


def became(scope: Scope, step: str) -> str | None:
    """Return what became of a step, None while it is open."""
    return scope.facts.answers.get(step)


def until(scope: Scope, step: str, fresh: datetime) -> datetime:
    """Return until when a step waits: ``fresh``, or the time that runs already.

    The time that runs is kept by rule. One that has passed belongs to the step
    before, unless this is the rule's first.
    """
    rule, _, later = step.partition("/")
    running = scope.facts.waiting.get(rule)
    return fresh if running is None or (later and running <= scope.now) else running
