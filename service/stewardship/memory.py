"""What a person says of an uncertain match, and what is to be remembered of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from matching.types import AccountId, Remembered
from service.db.memory import Answer
from service.decision import Decision
from service.records.accounts import AccountRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A person's answer. ``account_id`` is the account it is about, None for all that were shown.

    ``record`` is the account to create first, with a new one only.
    """

    answer: Answer
    account_id: AccountId | None = None
    record: AccountRecord | None = None

    @property
    def chosen(self) -> AccountId | None:
        """The account that the contact is on by this answer."""
        return self.account_id if self.answer in (Answer.ACCOUNT, Answer.NEW_ACCOUNT) else None

    def stored(self) -> dict[str, str | None]:
        """The answer as it is kept with the matter it settles."""
        return {"answer": self.answer, "account_id": self.account_id}

    def lessons(self, decision: Decision, by: str, now: datetime) -> tuple[Remembered, ...]:
        """What the answer says of each account: of the one it names, or of every candidate that was shown."""
        if self.account_id is not None:
            return (_said(self.account_id, self.chosen is not None, by, now),)
        shown = (candidate.account_id for candidate in decision.match.candidates)
        return tuple(_said(account_id, False, by, now) for account_id in shown)


def _said(account_id: AccountId, same: bool, by: str, now: datetime) -> Remembered:
    return Remembered(account_id=account_id, same=same, by=by, at=now)
