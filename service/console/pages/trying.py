"""Try a contact: the decision that would be taken now. Nothing is stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from matching.types import Contact
from routing.types.decision import Verdict
from service.api.why import draft_rulebook
from service.console.story import Otherwise, otherwise, tell
from service.console.visit import Visit
from service.db import console, rulebooks
from service.decision import Decision
from service.problems import Invalid
from service.records.contacts import ContactIn
from service.validation import field_errors

FIELDS = (
    ("email", "E-mail", "email"),
    ("company", "Company", "text"),
    ("website", "Website", "text"),
    ("country", "Country", "text"),
    ("first_name", "First name", "text"),
    ("last_name", "Last name", "text"),
    ("title", "Job title", "text"),
    ("employees", "Employees", "number"),
    ("state", "State", "text"),
    ("city", "City", "text"),
    ("phone", "Phone", "text"),
    ("source", "Source", "text"),
)


def blank(visit: Visit) -> Response:
    """The empty form."""
    return visit.show(
        "try.html", fields=FIELDS, filled={}, text="", complaints=(), decision=None, otherwise=None
    )


def preview(visit: Visit) -> Response:
    """The decision for what was filled in, or what is wrong with it."""
    filled = {name: visit.form.get(name, "").strip() for name, _, _ in FIELDS}
    text = visit.form.get("json", "").strip()
    shown: dict[str, Any] = {
        "fields": FIELDS,
        "filled": filled,
        "text": text,
        "decision": None,
        "otherwise": None,
    }
    try:
        contact = ContactIn.model_validate(_written(text) if text else _filled(filled))
    except ValueError as error:
        return visit.show("try.html", status=422, complaints=_complaints(error), **shown)
    decision = visit.services.flow.preview(contact.contact())
    with visit.services.database.read() as connection:
        names = console.rep_names(connection)
        begun = rulebooks.draft(connection).author is not None
    if begun:
        shown["otherwise"] = _under_the_draft(visit, contact.contact(), decision, names)
    won = next((claim for claim in decision.routing.claims if claim.verdict is Verdict.WON), None)
    shown |= {"decision": decision, "story": tell(decision, names), "names": names, "won": won}
    return visit.show("try.html", complaints=(), preview=True, **shown)


def _under_the_draft(
    visit: Visit, contact: Contact, decision: Decision, names: Mapping[str, str]
) -> Otherwise | None:
    """The same contact under the draft; None while the draft cannot be used."""
    try:
        rulebook = draft_rulebook(visit.services)
    except Invalid:
        return None
    return otherwise(decision, visit.services.flow.preview(contact, rulebook).routing, names)


def _written(text: str) -> Any:
    found = json.loads(text)
    if isinstance(found, dict) and isinstance(found.get("contact"), dict):
        return found["contact"]
    return found


def _filled(filled: Mapping[str, str]) -> dict[str, Any]:
    """What the form says, as the API would be sent it."""
    found: dict[str, Any] = {name: value for name, value in filled.items() if value}
    if found.get("employees", "").isdecimal():
        found["employees"] = int(found["employees"])
    return found


def _complaints(error: ValueError) -> tuple[str, ...]:
    if isinstance(error, ValidationError):
        found = field_errors(error.errors(), ContactIn)
        return tuple(f"{(each.pointer or '')[2:] or 'The contact'}: {each.detail}" for each in found)
    if isinstance(error, json.JSONDecodeError):
        return (f"The JSON cannot be read at line {error.lineno}, column {error.colno}: {error.msg}",)
    return ("The contact cannot be read",)
