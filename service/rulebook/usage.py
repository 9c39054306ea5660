"""What each rule of the live rulebook decided, which never did, and what kept those from deciding."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pydantic_core
from pydantic import TypeAdapter
from sqlalchemy import Connection

from routing.compiled import Rule
from routing.explain import claim_sentence
from routing.types.decision import FALLBACK, Claim
from service.db import rulebooks, shares
from service.db.shares import Stretch
from service.rulebook.live import compiled

SAMPLED = 300
"""The newest decisions whose claims are looked at for what kept a silent rule from deciding."""
REASONS = 3
_VERSIONS = 50

_CLAIM = TypeAdapter(Claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a rule did not decide, in a sentence, and in how many of the decisions looked at."""

    sentence: str
    decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleUse:
    """One rule: how many decisions it took in the time asked for, and when it last took one.

    ``added_at`` is when a version with a rule of this name went live and every
    later one had it too. ``silent`` rules took none; ``obstacles`` says what kept
    them from it, the most frequent first.
    """

    rule: str
    kind: str
    line: int
    decisions: int
    share: float
    last_at: datetime | None
    added_at: datetime
    silent: bool
    obstacles: Sequence[Obstacle]


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReport:
    """The rules of the live version in order of precedence, the fallback last.

    ``decisions`` are those that rules took in the time, under any version;
    ``former`` the rules among them that the live version does not have.
    ``sampled`` is how many decisions were looked at for the obstacles.
    """

    version: str
    since: datetime
    until: datetime
    decisions: int
    rules: Sequence[RuleUse]
    silent: Sequence[str]
    former: dict[str, int]
    sampled: int


def usage(connection: Connection, since: datetime, until: datetime) -> UsageReport | None:
    """Report on the live rulebook; None while nothing is live. Raises RulebookInvalid."""
    live = rulebooks.live_version(connection)
    stored = rulebooks.get(connection, live) if live is not None else None
    if stored is None:
        return None
    rules = compiled(stored.text).rules
    stretch = Stretch(since=since, until=until)
    took: Counter[str] = Counter()
    for each in shares.counts(connection, [stretch]):
        took[each.rule] += each.decisions
    names = [rule.id for rule in rules]
    silent = [name for name in names if not took[name]]
    sample = shares.claims(connection, stretch, SAMPLED) if silent else []
    obstacles = _obstacles(sample, frozenset(silent))
    last, added = shares.last_decided(connection, names), _added(connection, names)
    total = took.total()

    def use(rule: Rule) -> RuleUse:
        return RuleUse(
            rule=rule.id,
            kind=rule.outcome.kind,
            line=rule.line,
            decisions=took[rule.id],
            share=round(took[rule.id] / total, 4) if total else 0.0,
            last_at=last.get(rule.id),
            added_at=added[rule.id],
            silent=not took[rule.id],
            obstacles=obstacles.get(rule.id, ()),
        )

    return UsageReport(
        version=stored.version,
        since=since,
        until=until,
        decisions=total,
        rules=[use(rule) for rule in rules],
        silent=silent,
        former={name: count for name, count in took.most_common() if name not in set(names)},
        sampled=len(sample),
    )


def _obstacles(sample: Iterable[str], silent: frozenset[str]) -> dict[str, Sequence[Obstacle]]:
    """What became of the silent rules in these decisions."""
    met: dict[str, Counter[str]] = {rule: Counter() for rule in silent}
    for text in sample:
        for stored in pydantic_core.from_json(text):
            if stored["rule"] in silent:
                claim = _CLAIM.validate_python(stored, strict=False)
                met[claim.rule][claim_sentence(claim)] += 1
    return {
        rule: [Obstacle(sentence=said, decisions=count) for said, count in found.most_common(REASONS)]
        for rule, found in met.items()
    }


def _added(connection: Connection, rules: Sequence[str]) -> dict[str, datetime]:
    """Since when each rule has been live, as far back as the last publications tell."""
    line = rulebooks.publications(connection, limit=_VERSIONS)
    added = dict.fromkeys(rules, line[0].at)
    staying = set(rules)
    texts: dict[str, str] = {}
    for said in line:
        if said.version not in texts:
            stored = rulebooks.get(connection, said.version)
            texts[said.version] = stored.text if stored else ""
        named = _named(texts[said.version])
        staying &= named
        added |= dict.fromkeys(staying, said.at)
        if not staying:
            break
    return added


_ID = re.compile(r"""\bid:\s*["']?([^"'\s,}#]+)""")


def _named(text: str) -> set[str]:
    """The rules that a text names, without compiling a version that this program may not read any more."""
    return {FALLBACK, *_ID.findall(text)}
