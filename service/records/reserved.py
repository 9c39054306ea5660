"""External ids that callers cannot give: how those begin that Muster gives itself."""

from __future__ import annotations

ACTIVATION = "activation:"
"""How the external id of what stands in for a contact begins: the account's id follows."""

ERASED_PERSON = "erased:"
"""What the external id of a contact begins with whose data were erased."""

_RESERVED = {ACTIVATION: "activated accounts", ERASED_PERSON: "people whose data were erased"}


def not_reserved(external_id: str) -> str:
    """The id as it is. Raises ValueError for one that is kept for what Muster calls so itself."""
    for prefix, whom in _RESERVED.items():
        if external_id.lstrip().lower().startswith(prefix):
            raise ValueError(f"external_id must not begin with {prefix}, which is kept for {whom}")
    return external_id
