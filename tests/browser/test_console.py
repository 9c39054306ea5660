"""An ops person's first minutes with the console, in a real browser."""

from __future__ import annotations

from tests.browser.conftest import Demo
from tests.browser.webdriver import Browser


def sign_in(browser: Browser, demo: Demo) -> None:
    """Arrive at the root and sign in with the key that the demo printed."""
    browser.open(f"{demo.address}/")
    browser.type("input[name=key]", demo.key)
    browser.run("document.querySelector('input[name=key]').form.requestSubmit()")
    browser.wait_for("document.querySelector('h1')?.textContent === 'Overview'")


def sign_out(browser: Browser) -> None:
    """Sign out, and be on the page to sign in again."""
    browser.click(".who button")
    browser.wait_for("document.querySelector('h1')?.textContent === 'Sign in'")


def test_from_signing_in_to_the_reason_for_one_decision(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    assert "Promises kept" in browser.text("main")
    browser.click("nav a[href$='/decisions']")
    browser.type("input[name=search]", "tannenhof")
    browser.wait_for("document.querySelectorAll('#decisions tbody tr').length === 1")
    browser.wait_for("location.search.includes('search=tannenhof')")
    browser.click("#decisions tbody a.row")
    story = browser.text("main")
    assert "Helena Brandt has the contact, by the rule 'deal-in-progress'." in story
    browser.click("#rules ~ details summary")
    assert "does not apply" in browser.text("main")
    assert browser.complaints() == []


def test_trying_a_contact_and_leaving(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/try")
    browser.type("input[name=email]", "l.vermeer@bergwald-pumpen.de")
    browser.type("input[name=company]", "Bergwald Pumpen")
    browser.click("form.card button")
    assert "Only tried, nothing stored" in browser.text("#result")
    sign_out(browser)
    assert browser.complaints() == []


def test_older_decisions_come_one_page_after_the_other(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/decisions")
    before = browser.run("return document.querySelectorAll('#decisions tbody a.row').length")
    browser.click("td.more a")
    browser.wait_for(f"document.querySelectorAll('#decisions tbody a.row').length > {before}")
    links = browser.run("return [...document.querySelectorAll('#decisions tbody a.row')].map(a => a.href)")
    assert len(links) == len(set(links)) > before


def test_times_are_those_of_the_reader(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/rulebook")
    browser.wait_for("document.querySelector('time').title.length > 0")
    assert browser.run("return document.querySelector('time').textContent.includes('UTC')") is False


def test_the_keyboard_alone_reaches_every_page(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    order = browser.run(
        "return [...document.querySelectorAll('a[href], button, select, input:not([type=hidden])')]"
        ".filter(e => e.tabIndex >= 0).map(e => e.textContent.trim())"
    )
    assert order[0] == "Skip to the page"
    assert order.index("Decisions") < order.index("Deliveries")
