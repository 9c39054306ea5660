"""What a person is known by on records that may have an id of another system, an address, or both."""

from __future__ import annotations

ID, EMAIL = "id:", "email:"
"""What stands before an external id, and before a normalised address."""


def by_id(external_id: str) -> str:
    """The person of an external id."""
    return ID + external_id


def by_email(email: str) -> str:
    """The person of a normalised address."""
    return EMAIL + email


def ways(external_id: str | None, email: str | None) -> tuple[str, ...]:
    """All that a person is known by, the id first; what is empty is nothing."""
    by = (by_id(external_id) if external_id else "", by_email(email) if email else "")
    return tuple(each for each in by if each)


def known_by(external_id: str | None, email: str | None) -> str | None:
    """What a person is known by: the id where there is one; None of whom there is neither."""
    return next(iter(ways(external_id, email)), None)
