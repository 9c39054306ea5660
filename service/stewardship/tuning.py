"""A company's own matching policy: refitted on what its people answered, activated by a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from matching.memory import company_key
from matching.policy import MatchPolicy, default_policy
from matching.refit import Answered
from matching.types import AccountId
from service.db import decisions, policies, waiting
from service.db.engine import Database
from service.db.memory import Answer
from service.db.policies import Activation
from service.db.waiting import Kind

OWN = "our own"
"""What a policy is called that a company made without naming it."""


def answered(connection: Connection, policy: MatchPolicy) -> Iterator[Answered]:
    """Every uncertain match that a person settled, with what was considered then.

    Left out are answers that only rule one account out: they do not say which
    is right, nor that none is. A contact without company name and domain
    stands for itself.
    """
    last = 0
    while rows := waiting.answers(connection, Kind.REVIEW, after=last):
        last = rows[-1][0]
        for _, decision_id, answer in rows:
            said, right = _right(answer)
            if said and (found := decisions.get(connection, decision_id)) is not None:
                company = company_key(found.normalized, policy)
                yield Answered(
                    contact=found.normalized,
                    considered=found.considered,
                    right=right,
                    company=f"{company.name}\x1f{company.domain}" if company else found.id,
                )


def _right(answer: Any) -> tuple[bool, AccountId | None]:
    """Whether an answer says where the contact belongs, and where: None for no account that was shown."""
    if not isinstance(answer, dict):
        return False, None
    kind = answer.get("answer")
    if kind == Answer.ACCOUNT:
        return True, AccountId(answer["account_id"])
    return kind in (Answer.NONE, Answer.NEW_ACCOUNT), None


def called_own(policy: MatchPolicy) -> MatchPolicy:
    """A policy that a company gives, named as its own where it still bears the name of the one that ships."""
    shipped = default_policy()
    if policy.name != shipped.name or policy.version == shipped.version:
        return policy
    return policy.model_copy(update={"name": OWN})


def activate(
    database: Database,
    policy: MatchPolicy | None,
    *,
    author: str,
    reason: str | None,
    now: Callable[[], datetime],
) -> None:
    """Let a policy decide from now on; None is the one that ships. Recorded with who, why and when."""

    def write(connection: Connection) -> None:
        at = now()
        if policy is not None:
            policies.record(connection, policy, at)
        version = policy.version if policy is not None else None
        policies.activate(connection, Activation(version=version, author=author, reason=reason, at=at))

    database.transact(write)
