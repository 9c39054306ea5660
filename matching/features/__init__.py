"""What is seen of a contact and an account: a function for each kind of evidence, a module for each family.

A feature yields observations: a kind with a level, and for graded evidence a
figure. What an observation is worth is the policy's to say. Each feature's
docstring is the evidence's public documentation.

What belongs to the account alone or to the contact alone is worked out in
`sides`, once; `seen` compares the two; the features read what was seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from matching.features import domain, memory, name, place
from matching.features.seen import Observation, Pair, View, view
from matching.types import EvidenceKind

__all__ = ["FEATURES", "Observation", "Pair", "View", "observe", "view"]

FEATURES: tuple[Callable[[Pair, View], Iterator[Observation]], ...] = (
    domain.domain, domain.domain_sibling, domain.domain_other, domain.domain_owner, domain.domain_name,
    domain.domain_contact, domain.account_domain_name, name.name, name.legal_form, place.country,
    place.city, place.state, place.phone, memory.crm_id, memory.remembered,
)  # fmt: skip
"""Every feature, in the order in which evidence is shown."""


def observe(pair: Pair, seen: View) -> Iterator[Observation]:
    """Yield everything that is seen of one account for the contact."""
    yield Observation(EvidenceKind.PRIOR, "any")
    for feature in FEATURES:
        yield from feature(pair, seen)
