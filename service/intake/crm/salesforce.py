"""Records from Salesforce: REST API, sObject Collections, and its client credentials flow.

A batch is one call of the day's allowance. An access token that has ended is answered with 401; with a
client of its own the source gets another, once. (Salesforce REST API Developer Guide, "Get Multiple Records
with Fewer Round-Trips"; "OAuth 2.0 Client Credentials Flow for Server-to-Server Integration".)
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from service.intake.crm.api import Ask, NotAllowed, NotNow, call
from service.intake.crm.settings import CrmSettings

VERSION = "v62.0"

_FIELDS = {
    "Lead": (
        "Id Email FirstName LastName Company Website Country State City Phone MobilePhone Title "
        "NumberOfEmployees LeadSource Industry OwnerId SystemModstamp"
    ),
    "Contact": (
        "Id AccountId Email FirstName LastName MailingCountry MailingState MailingCity Phone MobilePhone "
        "Title LeadSource OwnerId SystemModstamp"
    ),
    "Account": (
        "Id Name Website BillingCountry BillingState BillingCity Phone ParentId NumberOfEmployees OwnerId "
        "SystemModstamp"
    ),
}


class Salesforce:
    """Salesforce by an access token, or by a client that gets its own. Remembers the token it got."""

    def __init__(self, settings: CrmSettings, ask: Ask) -> None:
        self._settings = settings
        self._ask = ask
        self._address = settings.url.rstrip("/")
        self._token = settings.token.get_secret_value() if settings.token else None

    def records(self, name: str, ids: Sequence[str]) -> dict[str, Any]:
        """See `service.intake.crm.api.Crm`."""
        status, found = self._read(name, ids, self._token or self._granted())
        if status == 401 and self._settings.client_id is not None:
            status, found = self._read(name, ids, self._granted())
        if status != 200 or not isinstance(found, list):
            if _code(found) == "REQUEST_LIMIT_EXCEEDED":
                raise NotNow("the day's calls to Salesforce are used up")
            raise NotAllowed(f"Salesforce answered {status}{_said(found)}")
        return {asked: record for asked, record in zip(ids, found, strict=False) if isinstance(record, dict)}

    def _read(self, name: str, ids: Sequence[str], token: str) -> tuple[int, Any]:
        wanted = [*_FIELDS[name].split(), *self._settings.fields]
        body = json.dumps({"ids": list(ids), "fields": wanted}).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        url = f"{self._address}/services/data/{VERSION}/composite/sobjects/{name}"
        return call(self._ask, "POST", url, headers, body)

    def _granted(self) -> str:
        secret = self._settings.client_secret
        if self._settings.client_id is None or secret is None:
            raise NotAllowed(
                "Salesforce takes the token no more; give the source another, or a client of its own"
            )
        form = {
            "grant_type": "client_credentials",
            "client_id": self._settings.client_id,
            "client_secret": secret.get_secret_value(),
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        status, found = call(
            self._ask, "POST", f"{self._address}/services/oauth2/token", headers, urlencode(form).encode()
        )
        token = found.get("access_token") if status == 200 and isinstance(found, dict) else None
        if not isinstance(token, str):
            raise NotAllowed(f"Salesforce gives the client no token (status {status})")
        self._token = token
        return token


def _code(found: Any) -> str:
    first = found[0] if isinstance(found, list) and found else found
    return str(first.get("errorCode", "")) if isinstance(first, dict) else ""


def _said(found: Any) -> str:
    code = _code(found)
    return f" ({code})" if code and code.isascii() and len(code) <= 64 else ""
