"""Connections are kept between messages, checked when made, and replaced when the other side hangs up."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from service.delivery.http import Refused, ask, post
from service.delivery.lines import IDLE, LONGEST, Lines
from service.delivery.networks import parse_allowed
from tests.service.delivery.fake import Api, serving

LOOPBACK = parse_allowed("127.0.0.0/8")


class Clock:
    """Seconds that the test sets."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


def send(api: Api, lines: Lines) -> int:
    return post(api.url, headers={}, body=b"{}", allowed=LOOPBACK, lines=lines).status


def test_messages_to_one_origin_share_a_connection() -> None:
    lines = Lines()
    with serving(lambda _: (200, "ok")) as api:
        assert [send(api, lines) for _ in range(5)] == [200] * 5
        asked = ask("GET", api.url, headers={}, allowed=LOOPBACK, most=100, lines=lines)
        assert (asked.status, asked.body, api.connections) == (200, b"ok", 1)
        lines.close()


def test_a_server_that_hangs_up_after_each_answer_gets_everything_once() -> None:
    lines = Lines()
    with serving(lambda _: (200, "ok", {"Connection": "close"})) as api:
        assert [send(api, lines) for _ in range(3)] == [200] * 3
        assert (len(api.calls), api.connections) == (3, 3)
    lines.close()


def test_a_connection_is_left_when_it_was_idle_for_long() -> None:
    clock = Clock()
    lines = Lines(clock)
    with serving(lambda _: (200, "ok")) as api:
        send(api, lines)
        clock.at += IDLE
        send(api, lines)
        assert api.connections == 2
        clock.at += LONGEST
        lines.tidy()
        send(api, lines)
        assert api.connections == 3
        lines.close()


def test_an_answer_that_is_too_long_ends_the_connection() -> None:
    lines = Lines()
    with serving(lambda _: (200, "x" * 200_000)) as api:
        assert [send(api, lines) for _ in range(2)] == [200] * 2
        assert api.connections == 2
    lines.close()


def test_a_new_connection_is_checked_although_an_old_one_was_good() -> None:
    clock = Clock()
    lines = Lines(clock)
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    def resolve(host: str, port: int) -> Sequence[str]:
        return next(answers)

    with serving(lambda _: (200, "ok")) as api:
        url = api.url.replace("127.0.0.1", "receiver.internal")
        given = {"headers": {}, "body": b"", "allowed": LOOPBACK, "resolve": resolve, "lines": lines}
        assert post(url, **given).status == post(url, **given).status == 200
        clock.at += IDLE
        with pytest.raises(Refused):
            post(url, **given)
    lines.close()
