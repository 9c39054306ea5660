"""A witness is tried before it is shown."""

from __future__ import annotations

from routing.cases import Fixtures, Given
from routing.compiled import Rulebook
from routing.rotation import Rotation
from routing.route import route_contact
from routing.situations import build
from routing.types.decision import RoutingDecision
from routing.witness import Witness


class DoesNotReplay(AssertionError):
    """A witness does not show what it should: a fault of this program, never of the rulebook."""


def replay(witness: Witness, rulebook: Rulebook, rotation: Rotation | None = None) -> RoutingDecision:
    """Route a witness. Raises DoesNotReplay when it does not show what it says.

    ``rotation`` has the pools and reps as they are, instead of those of tests.
    """
    situation = build(Given.model_validate(dict(witness.given)), Fixtures(), rulebook, witness.now)
    rotation = situation.rotation if rotation is None else rotation
    decision, _ = route_contact(situation.facts, rulebook, rotation, situation.now)
    became = {claim.rule: claim.verdict for claim in decision.claims}
    other = {rule: became.get(rule) for rule, said in witness.verdicts.items() if became.get(rule) != said}
    if decision.rule != witness.rule or other:
        raise DoesNotReplay(f"{witness}: decided by {decision.rule}; {other}")
    return decision
