"""A whole quarter of the account-based program in a real browser, on a clock that the test moves."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import time_machine
import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.auth import Scope
from service.engagement.deciding import Deciding
from service.program.handlers import handlers
from service.program.parts import Parts
from service.rulebook import publishing
from service.services import Services
from service.settings import Settings
from service.worker.timers import Timers
from tests.browser.conftest import Demo
from tests.browser.test_console import sign_in, sign_out
from tests.browser.webdriver import Browser
from tests.service.served import KEY

WINDOW, QUARTER = "2026-12-20T09:00:00+00:00", "2027-01-01T00:00:10+00:00"
RULEBOOK = """
version: 1
rules:
  - id: signals
    because: Signals of a strategic account are for its AE
    when: {activation.kind: {exists: true}, account.program.tier: strategic}
    then: {team role: AE}
  - id: strategic-team
    because: A strategic account is worked by its own team
    when: {account.program.tier: strategic}
    then: {team role: SDR}
fallback: {then: {queue: inbound}}
"""
ACCOUNT = {
    "name": "Northwind Robotics GmbH",
    "domains": ["northwind.example"],
    "country": "DE",
    "team": {"AE": "dan", "SDR": "eve"},
}
SETTINGS = {"strategic_cap": 1, "activation": {"people": 3}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A running Muster of a small company, its worker's hands, and the keys of its people."""

    address: str
    services: Services
    clock: time_machine.Traveller
    keys: dict[str, str]

    def at(self, moment: str | datetime) -> None:
        """Go to a moment, and have the worker do what is due."""
        self.clock.move_to(datetime.fromisoformat(moment) if isinstance(moment, str) else moment)
        self.work()

    def work(self) -> None:
        """Have the worker do what is due."""
        services = self.services
        parts = Parts(database=services.database, clock=services.now, new_id=services.new_id)
        timers = Timers(services.database, handlers(parts), services.now)
        deciding = Deciding(services.database, services.flow.handle, services.now)
        while timers.run() or deciding.run():
            pass

    def send(self, method: str, path: str, body: Any, status: int = 200) -> Any:
        """What another system is answered."""
        key = {"Authorization": f"Bearer {KEY}"}
        answered = httpx2.request(
            method, f"{self.address}{path}", json=body, headers=key, trust_env=False, timeout=60
        )
        assert answered.status_code == status, answered.text
        return answered.json()


@pytest.fixture
def company(tmp_path: Path, sqlite_template: Path) -> Iterator[Company]:
    """Served from a thread, so that the clock of its process is the one that the test moves."""
    shutil.copyfile(sqlite_template, tmp_path / "quarter.db")
    with time_machine.travel(datetime.fromisoformat(WINDOW)) as clock, closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        database = f"sqlite:///{tmp_path / 'quarter.db'}"
        app = create_app(
            Settings.from_env({}, database_url=database, bootstrap_key=KEY, worker=False, public_url=address)
        )
        services: Services = app.state.services
        publishing.publish(services.database, RULEBOOK, author="ops", reason=None, now=services.now())
        server, thread = _serve(app, listening)
        try:
            company = Company(address=address, services=services, clock=clock, keys=_people(services))
            for rep in ("dan", "eve"):
                company.send("PUT", f"/v1/reps/{rep}", {"name": rep, "email": f"{rep}@us.example"}, 201)
            company.send("PUT", "/v1/accounts/A-1", ACCOUNT, 201)
            company.send("PUT", "/v1/program/settings", {"settings": SETTINGS})
            yield company
        finally:
            server.should_exit = True
            thread.join(timeout=60)


def _serve(app: FastAPI, listening: socket.socket) -> tuple[uvicorn.Server, threading.Thread]:
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started:
        assert time.monotonic() < until, "the server did not start"
        time.sleep(0.02)
    return server, thread


def _people(services: Services) -> dict[str, str]:
    scopes = {"dan@us.example": Scope.READ, "sue": Scope.OPS_APPROVER, "max": Scope.OPS_APPROVER}
    return {name: services.keys.create(name, frozenset({scope}))[1] for name, scope in scopes.items()}


@pytest.mark.timeout(200)
def test_from_nominating_to_reading_the_report(browser: Browser, company: Company) -> None:
    def seen(path: str) -> str:
        browser.open(f"{company.address}/console{path}")
        return browser.text("main")

    def enter(who: str) -> None:
        if browser.url.startswith(company.address):
            sign_out(browser)
        sign_in(browser, Demo(address=company.address, key=company.keys[who]))

    # Dan nominates in the window
    enter("dan@us.example")
    assert "No account is strategic now" in seen("/program")
    browser.type("[aria-label='Nominate an account'] [name=account]", "A-1")
    browser.type("[aria-label='Nominate an account'] [name=note]", "Ann speaks for us")
    browser.click("[name=criterion_champion]")
    browser.click("[aria-label='Nominate an account'] button")
    browser.wait_for("document.querySelector('h1')?.textContent === 'Northwind Robotics GmbH'")
    nomination = browser.url.rpartition("/")[2]
    assert "To be decided" in browser.text("main")

    # two people approve
    for who, side in (("sue", "sales"), ("max", "marketing")):
        enter(who)
        seen(f"/program/nominations/{nomination}")
        form = "[aria-label='Review it']"
        browser.run(f'document.querySelector("{form} [name=side]").value = arguments[0]', side)
        browser.run(f"document.querySelector(\"{form} [name=verdict]\").value = 'approve'")
        browser.click(f"{form} button")
        browser.wait_for(
            f"document.querySelector('#said ~ ul')?.textContent.includes('{side.title()}: approve')"
        )
    assert "Approved" in browser.text(".page-head")

    # the quarter begins; the plan is written and agreed
    company.at(QUARTER)
    enter("dan@us.example")
    board = seen("/program")
    assert "FY2027-Q1" in board and "1 of 1 taken" in board and "Northwind Robotics GmbH" in board
    seen("/program/plans/new?account=A-1")
    for name, text in {
        "buying_group": "Champion | c-ann",
        "reach": "Ads | display_ads | dan",
        "personalise": "A parcel | direct_mail | dan",
        "measure": "revenue | 50000",
    }.items():
        browser.type(f"[name={name}]", text)
    browser.click("form[action$='/program/plans'] button")
    browser.wait_for("document.querySelector('#agreed')")
    plan = browser.url.rpartition("/")[2]
    for who, side in (("dan@us.example", "sales"), ("max", "marketing")):
        if side == "marketing":
            enter(who)
            seen(f"/program/plans/{plan}")
        browser.click(f"button[name=side][value={side}]")
        gone = f"!document.querySelector('button[name=side][value={side}]')"
        browser.wait_for(f"document.querySelector('.page-head') && {gone}")
    assert "Agreed" in browser.text(".page-head")

    # a contact comes in and goes to the strategic team
    company.at("2027-01-12T10:00:00+00:00")
    ann = {"email": "ann@northwind.example", "first_name": "Ann", "last_name": "Lee", "external_id": "c-ann"}
    decision = company.send("POST", "/v1/contacts", ann, 201)
    assert (decision["routing"]["rule"], decision["routing"]["assignee"]) == ("strategic-team", "eve")
    enter("dan@us.example")
    assert "eve has the contact, by the rule 'strategic-team'" in seen(f"/decisions/{decision['id']}")

    # three people leave signals: the account is activated, once, for its AE
    heard = [
        {"kind": "page_visit", "account_id": "A-1", "email": f"{name}@northwind.example", "topic": "Robots"}
        for name in ("ann", "ben", "cem", "dee")
    ]
    company.send("POST", "/v1/signals", heard)
    company.work()
    [activation] = company.send("GET", "/v1/program/activations", None)["activations"]
    activated = company.send("GET", f"/v1/decisions/{activation['decision_id']}", None)
    assert (activated["routing"]["rule"], activated["routing"]["assignee"]) == ("signals", "dan")
    assert "Northwind Robotics GmbH" in seen("/program/engagement")

    # an opportunity is won, and the measures show it
    deal = {"account_id": "A-1", "owner": "dan", "amount": "64000.50", "opened_at": "2027-01-20T09:00:00Z"}
    won = {"closed_at": "2027-03-10T09:00:00Z", "won": True, "stage": "Closed won"}
    company.send("PUT", "/v1/opportunities/O-1", deal | won, 201)
    company.at("2027-03-30T09:00:00+00:00")
    enter("sue")
    measured = seen("/program/measures").replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "Revenue" in measured and "64 000.50 EUR" in measured

    # the report is read, from the page that the board leads to
    seen("/program")
    browser.click("a[href$='/program/360/A-1']")
    report = browser.text("main").replace("\N{NARROW NO-BREAK SPACE}", " ")
    for part in (
        "64 000.50 EUR",
        "Ann Lee",
        "Champion",
        "page_visit",
        "at the start of the quarter, FY2027-Q1",
    ):
        assert part in report, part
    assert browser.complaints() == []
