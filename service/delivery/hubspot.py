"""HubSpot: the owner of contacts and the company they belong to, up to 100 contacts a call.

Sources: developers.hubspot.com, "CRM API | Contacts" (batch/update, 100 inputs,
`idProperty`), "Associations v4" (batch/associate/default), "Usage guidelines"
(429 with `policyName` DAILY, SECONDLY or TEN_SECONDLY_ROLLING), "OAuth tokens"
(30 minutes, refresh token). A batch update with one input that is wrong is
refused whole with 400: its inputs are then sent one by one. One contact that
does not exist is told of in `errors` beside a 207.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Self

from pydantic import Field, SecretStr, model_validator

from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery.crm import DONE, EVENTS, NOTHING, Write, field_values, refused, signed_in, writes
from service.delivery.http import Answer, Told, ask
from service.delivery.kind import Fields, Kind, Tools
from service.delivery.tokens import SignInFailed, Token, grant, json_object

API = "https://api.hubapi.com"
_MOST_BYTES = 2 * 1024 * 1024
_LASTS = timedelta(minutes=30)
_DAILY = timedelta(hours=1)
_FOR_GOOD = frozenset({"OBJECT_NOT_FOUND", "VALIDATION_ERROR", "CONFLICT"})

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]


class Settings(Fields):
    """Where the ids of HubSpot stand among ours."""

    owner_field: str | None = Field(
        default=None, description="The rep's custom field with the owner's id; default: the rep's own id."
    )
    by_email: bool = Field(
        default=False,
        description="Find contacts by e-mail where the external_id is no id of HubSpot's.",
    )
    write_company: bool = Field(
        default=True, description="Whether the contact is put on the company, when the match is sure."
    )
    fields: dict[Name, str] = Field(
        default={},
        description="Further properties, each with the path of its value in the message's data.",
        examples=[{"routing_rule": "routing.rule"}],
    )


class Credentials(Fields):
    """The token of a private app; or an app's id and secret with a refresh token."""

    access_token: SecretStr | None = Field(default=None, description="Of a private app.")
    client_id: str | None = Field(default=None, description="Of an app that was installed with OAuth.")
    client_secret: SecretStr | None = Field(default=None, description="That app's secret.")
    refresh_token: SecretStr | None = Field(default=None, description="What installing the app gave.")

    @model_validator(mode="after")
    def _enough(self) -> Self:
        oauth = (self.client_id, self.client_secret, self.refresh_token)
        if self.access_token is None and not all(oauth):
            raise ValueError("access_token is needed, or client_id, client_secret and refresh_token")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A contact to be written. ``company`` is the id of the company it belongs to."""

    message_id: str
    by: str | None  # the property that ``id`` is of; None: HubSpot's own id
    id: str
    properties: Mapping[str, Any]
    company: str | None

    def shown(self) -> dict[str, Any]:
        """As the batch call wants it."""
        named = {"idProperty": self.by} if self.by else {}
        return {**named, "id": self.id, "properties": dict(self.properties)}


def send(
    tools: Tools, destination: Destination, messages: Sequence[Message], now: datetime
) -> Sequence[Answer]:
    """Write owners, then companies; one answer for each message. Raises what `http.ask` raises."""
    settings = Settings.model_validate(destination.settings)
    answers: dict[str, Answer] = {}
    inputs: dict[tuple[str | None, str], Input] = {}
    for write in writes(tools, messages):
        made = input_of(write, settings)
        if isinstance(made, Answer):
            answers[write.message.id] = made
            continue
        key = (made.by, made.id.lower())
        if key in inputs:  # an input may stand once in a call: what was decided last stands
            answers[inputs[key].message_id] = DONE
        inputs[key] = made
    calls = _Calls(tools, destination, now)
    for by in sorted({by for by, _ in inputs}, key=str):
        answers |= _write(calls, [each for (of, _), each in inputs.items() if of == by])
    return [answers[message.id] for message in messages]


def input_of(write: Write, settings: Settings) -> Input | Answer:
    """What is to be written of a message, or why nothing is."""
    if write.stands_in:
        return NOTHING
    properties = field_values(settings.fields, write.message)
    if write.rep is not None:
        own = write.rep.custom.get(settings.owner_field, "") if settings.owner_field else write.rep.id
        if not str(own).isdecimal():
            where = f"the custom field {settings.owner_field!r}" if settings.owner_field else "the id"
            return refused(f"{where} of rep {write.rep.id} must be the id of a HubSpot owner, a number")
        properties["hubspot_owner_id"] = str(own)
    company = write.account_id if settings.write_company and (write.account_id or "").isdecimal() else None
    if not properties and company is None:
        return NOTHING
    if write.external_id and write.external_id.isdecimal():
        by, identity = None, write.external_id
    elif settings.by_email and write.email:
        by, identity = "email", write.email
    else:
        return refused("the external_id is no id of a HubSpot contact, a number; see the setting by_email")
    return Input(message_id=write.message.id, by=by, id=identity, properties=properties, company=company)


class _Calls:
    """Calls in the name of a destination."""

    def __init__(self, tools: Tools, destination: Destination, now: datetime) -> None:
        self._tools, self._destination, self._now = tools, destination, now
        self._base = destination.url.rstrip("/")

    def post(self, path: str, inputs: Sequence[Mapping[str, Any]]) -> Told:
        """POST inputs to a batch endpoint. Raises SignInFailed, and what `http.ask` raises."""
        body = json.dumps({"inputs": list(inputs)}, ensure_ascii=False).encode()

        def call(token: str) -> Told:
            return ask(
                "POST",
                self._base + path,
                headers={
                    "authorization": f"Bearer {token}",
                    "content-type": "application/json",
                },
                body=body,
                allowed=self._tools.allowed,
                most=_MOST_BYTES,
                lines=self._tools.lines,
            )

        return signed_in(self._tools, self._destination, self._now, self._token, call)

    def _token(self) -> Token:
        known = self._destination.credentials
        if fixed := known.get("access_token"):
            return Token(value=fixed, ends_at=self._now + _LASTS)
        form = {"grant_type": "refresh_token"}
        form |= {name: known[name] for name in ("client_id", "client_secret", "refresh_token")}
        url = f"{self._base}/oauth/v1/token"
        return grant(url, form, self._now, allowed=self._tools.allowed, lines=self._tools.lines, lasts=_LASTS)


def _write(calls: _Calls, inputs: Sequence[Input]) -> dict[str, Answer]:
    try:
        heard = calls.post("/crm/v3/objects/contacts/batch/update", [each.shown() for each in inputs])
        if heard.status == 400 and len(inputs) > 1:  # one of them is wrong, and it does not say which
            return {key: answer for each in inputs for key, answer in _write(calls, [each]).items()}
        if heard.status not in (200, 207):
            return {each.message_id: _whole(heard) for each in inputs}
        failed = _errors(heard)
        answers = {each.message_id: failed.get(each.id.lower(), DONE) for each in inputs}
        return answers | _associate(calls, _ids(heard, inputs, failed))
    except SignInFailed as refusal:
        return {each.message_id: refusal.answer for each in inputs}


def _ids(heard: Told, inputs: Sequence[Input], failed: Mapping[str, Answer]) -> dict[str, Input]:
    """The inputs that belong to a company and were written, by the contact's own id."""
    by_email = {}
    for result in _objects(json_object(heard.body).get("results")):
        email = (result.get("properties") or {}).get("email")
        if email:
            by_email[str(email).lower()] = str(result.get("id"))
    found: dict[str, Input] = {}
    for each in inputs:
        own = by_email.get(each.id.lower()) if each.by else each.id
        if each.company and own and each.id.lower() not in failed:
            found[own] = each
    return found


def _associate(calls: _Calls, wanted: Mapping[str, Input]) -> dict[str, Answer]:
    """Put contacts to their companies; answers for those where it failed."""
    if not wanted:
        return {}
    pairs = [{"from": {"id": own}, "to": {"id": each.company}} for own, each in wanted.items()]
    heard = calls.post("/crm/v4/associations/contacts/companies/batch/associate/default", pairs)
    if heard.status not in (200, 201, 207):
        return {each.message_id: _whole(heard) for each in wanted.values()}
    failed = _errors(heard)
    return {
        each.message_id: failed[key]
        for own, each in wanted.items()
        for key in (own, (each.company or "").lower())
        if key in failed
    }


def _errors(heard: Told) -> dict[str, Answer]:
    """What is wrong, by the ids that it concerns, in lower case."""
    found: dict[str, Answer] = {}
    for error in _objects(json_object(heard.body).get("errors")):
        category = str(error.get("category", "")) or "UNKNOWN"
        detail = f"HubSpot refused the contact: {category}"
        answer = (
            refused(detail) if category in _FOR_GOOD else Answer(status=503, retry_after=None, detail=detail)
        )
        context = error.get("context")
        named = context.values() if isinstance(context, dict) else ()
        ids = (str(each).lower() for values in named if isinstance(values, list) for each in values)
        found |= dict.fromkeys(ids, answer)
    return found


def _objects(value: object) -> list[dict[str, Any]]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _whole(heard: Told) -> Answer:
    """What becomes of every contact of a call that was refused as a whole."""
    said = json_object(heard.body)
    category = said.get("category") or said.get("errorType") or ""
    status = heard.status if heard.status >= 300 else 502
    answer = Answer(
        status=status, retry_after=heard.retry_after, detail=f"HubSpot answered {status} {category}".strip()
    )
    if status == 429 and said.get("policyName") == "DAILY":
        return replace(answer, retry_after=max(heard.retry_after or _DAILY, _DAILY))
    if status in (400, 404):
        return refused(f"HubSpot answered {status} {category}".strip())
    return answer


KIND = Kind(
    name="hubspot",
    send=send,
    settings=Settings,
    credentials=Credentials,
    events=EVENTS,
    together=100,
    abreast=1,
    lease=timedelta(seconds=240),
    default_url=API,
)
