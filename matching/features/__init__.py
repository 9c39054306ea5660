"""What is seen of a contact and an account: a function for each kind of evidence, a module for each family.

A feature is asked once for a contact and returns what looks at one account
after the other, or None where the contact leaves nothing to look at. A look
says its observations: a kind with a level, and for graded evidence a
figure. What an observation is worth is the policy's to say. Each feature's
docstring is the evidence's public documentation.

What belongs to the account alone or to the contact alone is worked out in
`sides`, once; `seen` compares the two; the features read what was seen.
"""

from __future__ import annotations

from collections.abc import Callable

from matching.features import domain, memory, name, place
from matching.features.seen import Look, Observation, Pair, Say, View, view
from matching.types import EvidenceKind

__all__ = ["FEATURES", "Look", "Observation", "Pair", "View", "looks", "observer", "view"]

FEATURES: tuple[Callable[[View], Look | None], ...] = (
    domain.domain, domain.domain_sibling, domain.domain_other, domain.domain_owner, domain.domain_name,
    domain.account_domain_name, name.name, name.legal_form, place.country,
    place.city, place.state, place.phone, memory.crm_id, memory.remembered,
)  # fmt: skip
"""Every feature, in the order in which evidence is shown."""


def looks(seen: View) -> list[Look]:
    """Return what looks at one account after the other for the contact."""
    return [_any, *[look for feature in FEATURES if (look := feature(seen)) is not None]]


def observer(seen: View) -> Callable[[Pair], list[Observation]]:
    """Return what tells everything that is seen of an account for the contact."""
    looking = looks(seen)

    def observe(pair: Pair) -> list[Observation]:
        found: list[Observation] = []
        for look in looking:
            look(pair, lambda *said: found.append(Observation(*said)))
        return found

    return observe


def _any(_: Pair, say: Say) -> None:
    say(EvidenceKind.PRIOR, "any")
