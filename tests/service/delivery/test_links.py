"""Links cannot be forged, and end."""

from __future__ import annotations

from datetime import timedelta

import jwt
import pytest

from service.delivery.links import PATH, Action, BadLink, EndedLink, Link, Links
from tests.service.deciding import NOW

LINK = Link(
    notice="msg_1:rosa",
    assignment_id="as-1",
    rep="rosa",
    action=Action.ACCEPT,
    ends_at=NOW + timedelta(days=14),
)
LINKS = Links(lambda: "s" * 40, "https://muster.example.com")


def token(link: Link = LINK, links: Links = LINKS) -> str:
    return links.url(link).partition(PATH)[2]


def test_a_link_says_what_was_put_in() -> None:
    assert LINKS.read(token(), NOW) == LINK
    assert token() == token(), "the same each time a message is tried"


def test_a_link_ends() -> None:
    with pytest.raises(EndedLink):
        LINKS.read(token(), LINK.ends_at)


CLAIMS = {
    "aud": "muster-notice",
    "jti": "m",
    "sub": "as-1",
    "rep": "rosa",
    "act": "accept",
    "exp": 9_999_999_999,
}


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        token()[:-2] + "AA",
        token(links=Links(lambda: "t" * 40, "")),
        jwt.encode(CLAIMS, None, algorithm="none"),
        jwt.encode(CLAIMS, "s" * 40, algorithm="HS256"),  # the secret itself signs no links
        jwt.encode(CLAIMS | {"aud": "other"}, LINKS._key(), algorithm="HS256"),
        jwt.encode(CLAIMS | {"act": "complete"}, LINKS._key(), algorithm="HS256"),
        jwt.encode(CLAIMS | {"exp": 10**20}, LINKS._key(), algorithm="HS256"),
        jwt.encode({"aud": "muster-notice"}, LINKS._key(), algorithm="HS256"),
    ],
)
def test_what_was_not_made_here_is_no_link(forged: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(forged, NOW)
