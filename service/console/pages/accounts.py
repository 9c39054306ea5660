"""Accounts: search, and one account with its domains, family, owners and decisions."""

from __future__ import annotations

from starlette.responses import Response

from service.console.visit import Visit
from service.db import accounts, console, decision_list
from service.db.account_state import OWNER
from service.db.decision_list import Wanted
from service.db.timeline import in_force
from service.problems import NotFound

FOUND = 60
DECISIONS = 15


def search(visit: Visit) -> Response:
    """Accounts by a part of the name, a domain or an id."""
    text = visit.query.get("search", "")
    with visit.services.database.read() as connection:
        found = console.accounts(connection, text, FOUND + 1)
    template = "account_list.html" if visit.fragment else "accounts.html"
    return visit.show(template, text=text, found=found[:FOUND], more=len(found) > FOUND)


def one(visit: Visit) -> Response:
    """One account: what it is known by, whose it is, what came in for it."""
    now = visit.services.now()
    external_id = visit.params["external_id"]
    with visit.services.database.read() as connection:
        account = accounts.get(connection, external_id)
        if account is None:
            raise NotFound("There is no account with this id")
        return visit.show(
            "account.html",
            account=account,
            names=console.rep_names(connection),
            roles=sorted(account.roles.items(), key=lambda each: (each[0] != OWNER, each[0])),
            held={role: in_force(spans, now) for role, spans in account.roles.items()},
            tier=in_force(account.tiers, now),
            family=console.account_names(connection, [account.parent]),
            children=console.children(connection, external_id),
            rows=decision_list.page(connection, Wanted(account=external_id), None, DECISIONS),
        )
