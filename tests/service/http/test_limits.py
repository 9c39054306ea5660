from __future__ import annotations

import asyncio

import pytest
from fastapi.testclient import TestClient

from service.app import create_app
from service.http.limits import Buckets, Places, Work
from service.problems import TooMany, Unavailable
from service.settings import Settings

KEY = "bootstrap-key-of-the-tests"


def test_a_bucket_empties_and_fills() -> None:
    now = 0.0
    buckets = Buckets(rate=2, burst=3, clock=lambda: now)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(TooMany) as told:
        buckets.take("a")
    assert told.value.headers["Retry-After"] == "1"
    buckets.take("b")
    now = 0.5
    buckets.take("a")
    with pytest.raises(TooMany):
        buckets.take("a")
    buckets.give_back("a")
    buckets.take("a")
    now = 100.0
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(TooMany):
        buckets.take("a")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_limits_are_of_a_key_and_never_of_a_webhook(database_url: str) -> None:
    """What a caller says of where it comes from moves nothing."""
    settings = {"database_url": database_url, "bootstrap_key": KEY, "worker": False, "key_burst": 3}
    app = create_app(Settings.from_env({}, **settings, key_rate=0.001))
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as client:
        _, other = app.state.services.keys.create("other", frozenset({"read"}))
        statuses = [
            client.get("/v1/keys", headers={"X-Forwarded-For": f"10.0.0.{i}"}).status_code for i in range(5)
        ]
        assert statuses == [200, 200, 200, 429, 429]
        late = client.get("/v1/keys")
        assert late.headers["Content-Type"] == "application/problem+json"
        assert int(late.headers["Retry-After"]) >= 1
        assert client.get("/v1/pools", headers={"Authorization": f"Bearer {other}"}).status_code == 200
        _, matching = app.state.services.keys.create("openrefine", frozenset({"match"}))
        asked = [client.get(f"/reconcile/{matching}/suggest/type").status_code for _ in range(5)]
        assert asked == [200, 200, 200, 429, 429]
        assert {client.post("/v1/webhooks/none", json={}).status_code for _ in range(20)}.isdisjoint({429})
        assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_guessing_a_password_is_slowed_down(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.people.passwords._N", 2**4)
    app = create_app(Settings.from_env({}, database_url=database_url, worker=False))
    made = app.state.services.people.add("ana@example.com", frozenset({"admin"}), by="tests")
    app.state.services.people.set_password(made.text, "four quiet words here")
    with TestClient(app, follow_redirects=False) as client:
        right = {"email": "ana@example.com", "password": "four quiet words here", "next": "/"}
        wrong = right | {"password": "a wrong guess at it"}
        assert {client.post("/console/sign-in", data=right).status_code for _ in range(12)} == {303}
        assert [client.post("/console/sign-in", data=wrong).status_code for _ in range(11)][-2:] == [401, 429]
        slowed = client.post("/console/sign-in", data=right)
        assert slowed.status_code == 429
        assert f"come again in {slowed.headers['Retry-After']} s" in slowed.text


def test_heavy_work_has_places_and_a_line() -> None:
    """Two at once, one more waits, the next is sent away; another kind of work is not kept waiting."""

    async def crowd() -> list[str]:
        places, told, leave = Places(at_once=2, in_line=1), list[str](), asyncio.Event()

        async def work(name: str, kind: Work = Work.MATCH) -> None:
            try:
                async with places.held(kind):
                    told.append(f"{name} works")
                    await leave.wait()
            except Unavailable as problem:
                told.append(f"{name} comes again after {problem.headers['Retry-After']} s")

        tasks = [asyncio.create_task(work(name)) for name in "abcd"]
        tasks.append(asyncio.create_task(work("e", Work.RULES)))
        for _ in range(5):
            await asyncio.sleep(0)
        told.append("they leave")
        leave.set()
        await asyncio.gather(*tasks)
        await work("f")
        return told

    assert asyncio.run(crowd()) == [
        "a works",
        "b works",
        "d comes again after 5 s",
        "e works",
        "they leave",
        "c works",
        "f works",
    ]


def test_nobody_waits_in_line_for_ever() -> None:
    async def wait() -> None:
        places = Places(at_once=1, in_line=1, seconds=0)
        async with places.held(Work.READ):
            with pytest.raises(Unavailable):
                async with places.held(Work.READ):
                    pass
        async with places.held(Work.READ):
            pass

    asyncio.run(wait())
