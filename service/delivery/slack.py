"""Notices to reps by Slack, or by what takes Slack's messages (Mattermost, Rocket.Chat, Discord's /slack).

An incoming webhook posts into its one channel. With a bot's token and the URL
https://slack.com/api/chat.postMessage each rep is written to directly: the
rep's custom field ``slack`` is the member id. Sources: docs.slack.dev, "Sending
messages using incoming webhooks", chat.postMessage, "Rate limits" (one message
a second and channel; 429 with Retry-After), "Formatting" (escape & < >).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field, SecretStr

from service.db.destinations import Destination
from service.db.outbox import Message
from service.delivery.http import Answer, ask
from service.delivery.kind import Fields, Kind, Tools
from service.delivery.notice import EVENTS, Notice, notices
from service.delivery.tokens import json_object

_MOST_BYTES = 64 * 1024
_FOR_GOOD = frozenset(
    {"channel_not_found", "user_not_found", "is_archived", "not_in_channel", "msg_too_long", "no_text"}
)
_NOBODY = Answer(status=204, retry_after=None, detail="nobody is to be told")


class Settings(Fields):
    """Where a bot writes. Without a token the URL says where, and nothing here counts."""

    member_field: str = Field(default="slack", description="The rep's custom field with the member id.")
    channel: str | None = Field(default=None, description="For reps without a member id.")


class Credentials(Fields):
    """The bot's token (`xoxb-...`), when the URL is chat.postMessage."""

    token: SecretStr | None = Field(default=None, description="The bot's, `xoxb-...`, for chat.postMessage.")


def send(
    tools: Tools, destination: Destination, messages: Sequence[Message], now: datetime
) -> Sequence[Answer]:
    """Send the notices of messages. Raises what `http.ask` raises."""
    return [_send(tools, destination, message) for message in messages]


def _send(tools: Tools, destination: Destination, message: Message) -> Answer:
    answer = _NOBODY
    for notice in notices(tools.database, tools.links, message):
        answer = _post(tools, destination, notice)
        if not 200 <= answer.status < 300:
            return answer
    return answer


def _post(tools: Tools, destination: Destination, notice: Notice) -> Answer:
    settings = Settings.model_validate(destination.settings)
    token = destination.credentials.get("token")
    headers = {"content-type": "application/json; charset=utf-8"}
    body = shown(notice, named=not token)
    if token:
        channel = notice.rep.custom.get(settings.member_field) or settings.channel
        if not channel:
            field = settings.member_field
            missing = (
                f"rep {notice.rep.id} has no custom field {field!r} with a member id, and no channel is set"
            )
            return Answer(status=422, retry_after=None, detail=missing, final=True)
        headers["authorization"] = f"Bearer {token}"
        body["channel"] = str(channel)
    heard = ask(
        "POST",
        destination.url,
        headers=headers,
        body=json.dumps(body, ensure_ascii=False).encode(),
        allowed=tools.allowed,
        most=_MOST_BYTES,
        lines=tools.lines,
    )
    error = json_object(heard.body).get("error") if token and heard.status == 200 else None
    if error is None:
        return Answer(
            status=heard.status, retry_after=heard.retry_after, detail=_said(heard.body, heard.status)
        )
    final = error in _FOR_GOOD
    return Answer(status=502, retry_after=heard.retry_after, detail=f"Slack answered {error}", final=final)


def shown(notice: Notice, *, named: bool) -> dict[str, Any]:
    """The message. Its links are plain ones: a button needs an app that answers Slack's own calls.

    ``named``: say who is meant, in a channel that others read.
    """
    title = f"{notice.rep.name}: {notice.title}" if named else notice.title
    lines = [f"*{_escaped(title)}*", _escaped(notice.reason)]
    if notice.due:
        lines.append(_escaped(f"Please act by {notice.due}."))
    if notice.accept and notice.reject:
        lines.append(f"<{notice.accept}|Accept> · <{notice.reject}|Reject>")
    return {"text": "\n".join(lines), "unfurl_links": False, "unfurl_media": False}


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _said(body: bytes, status: int) -> str | None:
    """What an incoming webhook says is wrong: a word of plain text such as `invalid_payload`."""
    text = body[:100].decode("ascii", "replace").strip()
    return f"answered {status}: {text}" if status >= 300 and text.replace("_", "").isalnum() else None


KIND = Kind(
    name="slack",
    send=send,
    settings=Settings,
    credentials=Credentials,
    events=EVENTS,
    abreast=1,  # one message a second and channel
    url_is_secret=True,
)
