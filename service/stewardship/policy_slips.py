"""What is wrong with a matching policy that somebody wrote, though it has the shape of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import NamedTuple

from matching.domains import account_domain
from matching.policy import MatchPolicy, default_policy

Path = tuple[str | int, ...]


class Slip(NamedTuple):
    """One thing that is wrong: where in the policy, and what would be right."""

    at: Path
    words: str


def slips(policy: MatchPolicy) -> tuple[Slip, ...]:
    """Everything in a policy that would silently do nothing, or something else than was meant.

    The shipped policy has every level and curve that matching sees: another name would never count.
    """
    return (*_thresholds(policy), *_domains(policy), *_levels(policy), *_curves(policy))


def unsaid(policy: MatchPolicy) -> tuple[str, ...]:
    """The levels and curves of the shipped policy that this one lacks: they count nothing."""
    shipped = default_policy()
    levels = [
        f"{kind.value}.{level}" if kind in policy.levels else kind.value
        for kind, known in shipped.levels.items()
        if kind not in policy.off
        for level in known
        if level not in policy.levels.get(kind, {})
    ]
    curves = [name for name in shipped.curves if name not in policy.curves]
    return tuple(
        dict.fromkeys([*levels, *(name for name in curves if name.partition(".")[0] not in policy.off)])
    )


def _thresholds(policy: MatchPolicy) -> Iterator[Slip]:
    if policy.thresholds.review >= policy.thresholds.matched:
        yield Slip(("thresholds", "review"), "must be less than matched, else nothing is for review")


def _domains(policy: MatchPolicy) -> Iterator[Slip]:
    for field in ("company_domains", "free_domains"):
        for domain in sorted(getattr(policy, field)):
            right = account_domain(domain)
            if right is None:
                yield Slip((field, domain), "is no domain; write it as acme.com")
            elif right != domain:
                yield Slip((field, domain), f"must be written as {right}")
    for domain in sorted(policy.company_domains & policy.free_domains):
        yield Slip(("free_domains", domain), "is among company_domains too; take it out of one")


def _levels(policy: MatchPolicy) -> Iterator[Slip]:
    shipped = default_policy()
    for kind, levels in policy.levels.items():
        known = shipped.levels.get(kind)
        if known is None:
            yield Slip(("levels", kind.value), "has a curve, and no levels; see curves")
            continue
        for level in sorted(levels.keys() - known.keys()):
            yield Slip(("levels", kind.value, level), _unknown("level", level, known))


def _curves(policy: MatchPolicy) -> Iterator[Slip]:
    known = set(default_policy().curves)
    known |= {f"{name.partition('.')[0]}.{where}" for name in known for where in ("alone", "anchored")}
    for name in sorted(policy.curves.keys() - known):
        yield Slip(("curves", name), _unknown("curve", name, known))


def _unknown(what: str, name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(known), n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
    return f"is no {what} of this evidence; {hint}"
