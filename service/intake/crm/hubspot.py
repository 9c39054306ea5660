"""Records from HubSpot: CRM API v3, batch read, up to 100 a call.

A private app may make 100 calls in 10 seconds; beyond, HubSpot answers 429 (``TEN_SECONDLY_ROLLING``) and
says in ``Retry-After`` or not at all for how long. (developers.hubspot.com, "API usage details", "CRM batch
read".)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from service.intake.crm.api import Ask, NotAllowed, call
from service.intake.crm.settings import CrmSettings

ADDRESS = "https://api.hubapi.com"

_PROPERTIES = {
    "contacts": (
        "email firstname lastname company website country state city phone mobilephone jobtitle "
        "associatedcompanyid hs_analytics_source lifecyclestage hubspot_owner_id lastmodifieddate createdate"
    ),
    "companies": (
        "name domain website country state city phone numberofemployees hs_parent_company_id lifecyclestage "
        "hubspot_owner_id hs_lastmodifieddate"
    ),
}


class HubSpot:
    """HubSpot by a token."""

    def __init__(self, settings: CrmSettings, ask: Ask) -> None:
        self._settings = settings
        self._ask = ask

    def records(self, name: str, ids: Sequence[str]) -> dict[str, Any]:
        """See `service.intake.crm.api.Crm`."""
        assert self._settings.token is not None
        wanted = [*_PROPERTIES[name].split(), *self._settings.fields]
        body = json.dumps({"properties": wanted, "inputs": [{"id": each} for each in ids]}).encode()
        headers = {
            "Authorization": f"Bearer {self._settings.token.get_secret_value()}",
            "Content-Type": "application/json",
        }
        address = (self._settings.url or ADDRESS).rstrip("/")
        status, found = call(self._ask, "POST", f"{address}/crm/v3/objects/{name}/batch/read", headers, body)
        if status not in (200, 207) or not isinstance(found, dict):  # 207: some are not there
            raise NotAllowed(f"HubSpot answered {status}: the token needs crm.objects.{name}.read")
        results = found.get("results")
        return (
            {str(each["id"]): each for each in results if "id" in each} if isinstance(results, list) else {}
        )
