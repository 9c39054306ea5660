"""Salesforce: the owner and the account of leads and contacts, up to 200 records a call.

Sources: REST API Developer Guide, "Update Multiple Records with Fewer Round
Trips" and "Upsert Multiple Records" (sObject Collections: 200 records, 10 kinds
of object in one call, `allOrNone: false` answers for each record), "Status Codes
and Error Responses" (401 INVALID_SESSION_ID, 403 REQUEST_LIMIT_EXCEEDED);
Salesforce Help, "OAuth 2.0 JWT Bearer Flow", "Refresh Token Flow", "Client
Credentials Flow". Access tokens do not say how long they last: a session lives
as long as the organisation sets, two hours by default.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self
from urllib.parse import quote

import jwt
from pydantic import Field, SecretStr, model_validator

from routing.types.people import Rep
from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery.crm import DONE, EVENTS, NOTHING, Write, field_values, refused, signed_in, writes
from service.delivery.http import Answer, Told, ask
from service.delivery.kind import Fields, Kind, Tools
from service.delivery.tokens import SignInFailed, Token, grant

_MOST_BYTES = 1024 * 1024
_SESSION = timedelta(minutes=90)
_LIMIT_REACHED = timedelta(hours=1)
_JWT_SECONDS = 180
_ID = re.compile(r"[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?")
_BY_PREFIX = {"003": "Contact", "00Q": "Lead"}
_OWNERS = ("005", "00G")  # a user, a group: a queue
_ACCOUNT = "001"
_PASSING = frozenset(  # of a record's errors, those that another time may not have
    {
        "UNABLE_TO_LOCK_ROW",
        "REQUEST_LIMIT_EXCEEDED",
        "SERVER_UNAVAILABLE",
        "QUERY_TIMEOUT",
        "UNKNOWN_EXCEPTION",
    }
    | {
        "APEX_ERROR",
        "TXN_SECURITY_METERING_ERROR",
        "CONCURRENT_UPDATE",
        "PROCESSING_HALTED",
        "EXPIRED_SESSION",
    }
)

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
Record = dict[str, Any]


class Settings(Fields):
    """How the organisation's fields are named."""

    api_version: str = Field(
        default="62.0", pattern=r"^[0-9]{2}\.0$", description="The version of the REST API that is called."
    )
    audience: Literal["https://login.salesforce.com", "https://test.salesforce.com"] = Field(
        default="https://login.salesforce.com", description="For JWT: test.salesforce.com for a sandbox."
    )
    upsert_object: Literal["Lead", "Contact"] = Field(
        default="Contact", description="What a contact is whose id is not one of Salesforce's."
    )
    upsert_field: Name | None = Field(
        default=None,
        description="The external-id field that holds such ids; without it they are not written.",
    )
    user_field: str | None = Field(
        default=None, description="The rep's custom field with the user's id; default: the rep's own id."
    )
    queues: dict[str, str] = Field(default={}, description="Our queue to the id of Salesforce's (00G...).")
    lead_account_field: Name | None = Field(
        default=None, description="A lead has no AccountId: the lookup field that takes it, if there is one."
    )
    write_account: bool = Field(
        default=True, description="Whether the account is written, beside the owner, when the match is sure."
    )
    fields: dict[Name, str] = Field(
        default={},
        description="Further fields of the record, each with the path of its value in the message's data.",
        examples=[{"Routing_Rule__c": "routing.rule", "Match_Score__c": "match.score"}],
    )


class Credentials(Fields):
    """A connected app, and one of: a refresh token; a user and a private key (JWT); a secret alone."""

    client_id: str = Field(description="The connected app's consumer key.")
    client_secret: SecretStr | None = Field(default=None, description="Its consumer secret.")
    refresh_token: SecretStr | None = Field(default=None, description="Of the user who allowed the app.")
    username: str | None = Field(default=None, description="For JWT: the user who writes.")
    private_key: SecretStr | None = Field(
        default=None, description="PEM, RSA; its certificate is in the app."
    )

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if (self.username is None) != (self.private_key is None):
            raise ValueError("username and private_key go together")
        if not (self.client_secret or self.refresh_token or self.private_key):
            raise ValueError("one of refresh_token, private_key with username, or client_secret is needed")
        return self


def send(
    tools: Tools, destination: Destination, messages: Sequence[Message], now: datetime
) -> Sequence[Answer]:
    """Write owners and accounts; one answer for each message. Raises what `http.ask` raises."""
    settings = Settings.model_validate(destination.settings)
    answers: dict[str, Answer] = {}
    batches: dict[str, dict[str, tuple[str, Record]]] = {}  # path -> record's key -> message, record
    for write in writes(tools, messages):
        made = record_of(write, settings)
        if isinstance(made, Answer):
            answers[write.message.id] = made
            continue
        path, key, record = made
        before = batches.setdefault(path, {}).get(key)
        if before:  # two contacts of ours are one record there: what was decided last stands
            answers[before[0]] = DONE
        batches[path][key] = (write.message.id, record)
    for path, batch in batches.items():
        answers |= _send_batch(tools, destination, settings, path, list(batch.values()), now)
    return [answers[message.id] for message in messages]


def record_of(write: Write, settings: Settings) -> tuple[str, str, Record] | Answer:
    """Where a record is written to, its key there, and the record; or why nothing is."""
    if write.stands_in:
        return NOTHING
    found = _which(write.external_id, settings)
    if isinstance(found, Answer):
        return found
    path, kind, identity = found
    owner = _owner(write, settings)
    if isinstance(owner, Answer):
        return owner
    record: Record = {"OwnerId": owner} if owner else {}
    if settings.write_account and write.account_id and _is_id(write.account_id, _ACCOUNT):
        field = "AccountId" if kind == "Contact" else settings.lead_account_field
        record |= {field: write.account_id} if field else {}
    record |= field_values(settings.fields, write.message)
    if not record:
        return NOTHING
    return path, next(iter(identity.values())), {"attributes": {"type": kind}, **identity, **record}


def _which(external_id: str | None, settings: Settings) -> tuple[str, str, Record] | Answer:
    if not external_id:
        return refused("the contact has no external_id, so there is no record to write to")
    kind = _BY_PREFIX.get(external_id[:3]) if _ID.fullmatch(external_id) else None
    if kind:
        return "", kind, {"id": external_id}
    if settings.upsert_field is None:
        return refused(
            "the external_id is no id of a lead or contact, and the setting upsert_field is not set"
        )
    kind = settings.upsert_object
    return f"/{kind}/{quote(settings.upsert_field)}", kind, {settings.upsert_field: external_id}


def _owner(write: Write, settings: Settings) -> str | Answer | None:
    if write.rep is not None:
        return _user(write.rep, settings)
    if write.queue is None:
        return refused("the rep of the decision is not known here any more")
    group = settings.queues.get(write.queue)
    if group is None:
        return None
    return (
        group if _is_id(group, "00G") else refused(f"the setting queues.{write.queue} must be an id 00G...")
    )


def _user(rep: Rep, settings: Settings) -> str | Answer:
    user = str(rep.custom.get(settings.user_field, "")) if settings.user_field else str(rep.id)
    if _is_id(user, *_OWNERS):
        return user
    where = f"the custom field {settings.user_field!r}" if settings.user_field else "the id"
    return refused(f"{where} of rep {rep.id} must be the id of a Salesforce user (005...)")


def _is_id(text: str, *prefixes: str) -> bool:
    return bool(_ID.fullmatch(text)) and text.startswith(prefixes)


def _send_batch(
    tools: Tools,
    destination: Destination,
    settings: Settings,
    path: str,
    batch: Sequence[tuple[str, Record]],
    now: datetime,
) -> dict[str, Answer]:
    """One call; an answer for each message by its id."""
    url = f"{_base(destination)}/services/data/v{settings.api_version}/composite/sobjects{path}"
    body = json.dumps({"allOrNone": False, "records": [record for _, record in batch]}).encode()

    def call(token: str) -> Told:
        headers = {
            "authorization": f"Bearer {token}",
            "content-type": "application/json",
        }
        return ask(
            "PATCH",
            url,
            headers=headers,
            body=body,
            allowed=tools.allowed,
            most=_MOST_BYTES,
            lines=tools.lines,
        )

    try:
        heard = signed_in(tools, destination, now, lambda: _token(tools, destination, settings, now), call)
    except SignInFailed as failed:
        return {message_id: failed.answer for message_id, _ in batch}
    results = _results(heard)
    if results is None or len(results) != len(batch):
        return {message_id: _whole(heard) for message_id, _ in batch}
    return {message_id: _answer(result) for (message_id, _), result in zip(batch, results, strict=True)}


def _results(heard: Told) -> list[Mapping[str, Any]] | None:
    if heard.status != 200:
        return None
    try:
        said = json.loads(heard.body)
    except ValueError:
        return None
    whole = isinstance(said, list) and all(isinstance(each, dict) and "success" in each for each in said)
    return said if whole else None


def _answer(result: Mapping[str, Any]) -> Answer:
    """What became of one record."""
    if result["success"]:
        return DONE
    errors = [each for each in result.get("errors") or () if isinstance(each, dict)]
    code = str(errors[0].get("statusCode", "UNKNOWN_EXCEPTION")) if errors else "UNKNOWN_EXCEPTION"
    fields = ", ".join(str(each) for each in errors[0].get("fields") or ()) if errors else ""
    detail = f"Salesforce refused the record: {code}" + (f" ({fields})" if fields else "")
    if code in _PASSING:
        return Answer(status=503, retry_after=None, detail=detail)
    return refused(detail)


def _whole(heard: Told) -> Answer:
    """What becomes of every record of a call that was refused as a whole, or not understood."""
    try:
        said = json.loads(heard.body)
    except ValueError:
        said = None
    code = said[0].get("errorCode") if isinstance(said, list) and said and isinstance(said[0], dict) else None
    status = heard.status if heard.status >= 300 else 502
    answer = Answer(
        status=status,
        retry_after=heard.retry_after,
        detail=f"Salesforce answered {status} {code or ''}".strip(),
    )
    if code == "REQUEST_LIMIT_EXCEEDED":  # the organisation's calls of the last 24 hours are used up
        return replace(answer, retry_after=max(heard.retry_after or _LIMIT_REACHED, _LIMIT_REACHED))
    return answer


def _token(tools: Tools, destination: Destination, settings: Settings, now: datetime) -> Token:
    known = destination.credentials
    form = {"client_id": known["client_id"]}
    if secret := known.get("client_secret"):
        form["client_secret"] = secret
    if private_key := known.get("private_key"):
        form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}
        form["assertion"] = _assertion(known, private_key, settings, now)
    elif refresh := known.get("refresh_token"):
        form |= {"grant_type": "refresh_token", "refresh_token": refresh}
    else:
        form["grant_type"] = "client_credentials"
    url = f"{_base(destination)}/services/oauth2/token"
    return grant(url, form, now, allowed=tools.allowed, lines=tools.lines, lasts=_SESSION)


def _assertion(known: Mapping[str, str], private_key: str, settings: Settings, now: datetime) -> str:
    claims = {
        "iss": known["client_id"],
        "sub": known["username"],
        "aud": settings.audience,
        "exp": int(now.timestamp()) + _JWT_SECONDS,
    }
    try:
        return jwt.encode(claims, private_key, algorithm="RS256")
    except (ValueError, TypeError, jwt.PyJWTError):
        detail = "the private key of this destination is not an RSA key in PEM"
        raise SignInFailed(Answer(status=422, retry_after=None, detail=detail)) from None


def _base(destination: Destination) -> str:
    return destination.url.rstrip("/")


KIND = Kind(
    name="salesforce",
    send=send,
    settings=Settings,
    credentials=Credentials,
    events=EVENTS,
    together=200,
    abreast=1,
    lease=timedelta(seconds=240),
)
