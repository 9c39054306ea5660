"""A form that came when its session was over, or when another had begun: what was typed stays on a page.

Nothing of it was done. The page holds the fields and sends them again once somebody is signed in,
who sees them first and says so with a form of the present session. Nothing is stored for it, and it
works without script and with every way to sign in.
"""

from __future__ import annotations

from collections.abc import Mapping

_SEAL = "token"
_SECRET = frozenset({"secret", "credentials"})
"""Fields whose values no page repeats."""


def typed(form: Mapping[str, str]) -> Mapping[str, str] | None:
    """The fields to send again; None where nothing was typed, or where it holds a secret."""
    if any(form.get(name) for name in _SECRET):
        return None
    fields = {name: value for name, value in form.items() if name != _SEAL}
    return fields if any(value.strip() for value in fields.values()) else None
