"""6sense, Demandbase and their like: which accounts are looking to buy, as JSON from an integration tool.

They have no webhook format of their own that is published; the names are those of their exports, and a
source's mapping stands above them. (api-evangelist/6sense vocabulary; developer.demandbase.com, "CSV record
matching".)
"""

from __future__ import annotations

from typing import Any

from service.intake import preset
from service.intake.kinds import Kind
from service.intake.providers.bodies import by_token_or_signature, objects


def view(item: Any) -> Any:
    """The row with its names in one spelling:

    "Account Domain", "accountDomain" and "account_domain" are one.
    """
    if not isinstance(item, dict):
        return item
    inner: dict[str, Any] = next(
        (item[name] for name in ("account", "company", "data") if isinstance(item.get(name), dict)), {}
    )
    return {_spelling(name): value for name, value in {**item, **inner}.items()}


def _spelling(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


KIND = Kind(
    name="intent",
    title="6sense, Demandbase: account signals",
    verified=by_token_or_signature,
    items=objects,
    preset=preset.load(__file__),
    view=view,
    own_secret=False,
)
