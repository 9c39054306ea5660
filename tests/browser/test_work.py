"""An ops person at work in a real browser: a review settled by keys, a rule from edit to roll-back."""

from __future__ import annotations

import re
from pathlib import Path

import httpx2

from tests.browser import webdriver
from tests.browser.conftest import Demo
from tests.browser.test_console import sign_in
from tests.browser.webdriver import Browser

_TYPED_X = """
document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "x", bubbles: true}));
return document.body.dataset.typed;
"""
EDITOR = "document.querySelector('.editor')?.view"


def test_a_review_is_settled_and_taken_back_by_keys_alone(browser: Browser, demo: Demo) -> None:
    for number, company in enumerate(("Nordhavn Norge", "Nordhavn Sverige", "Nordhavn Suomi"), start=10):
        _waiting(demo, number, company)  # others on this demo may have settled what it had
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/reviews?tab=review")
    browser.press("j")
    browser.wait_for("document.querySelector('#claimed')?.textContent.includes('Yours while you work on it')")
    first = browser.url
    browser.press("?")
    browser.wait_for("document.querySelector('dialog[open]')")
    browser.press("\ue00c")
    browser.wait_for("!document.querySelector('dialog[open]')")
    browser.press("j")
    browser.wait_for(f"location.href !== {first!r}")
    second = browser.url
    browser.press("k")
    browser.wait_for(f"location.href !== {second!r}")
    browser.press("a")
    browser.wait_for("document.activeElement.name === 'account_search'")
    browser.press("bergwald")
    browser.wait_for("document.querySelector('#others button')")
    browser.press("\ue00c")
    assert browser.run(_TYPED_X) == "x"  # shown while it waits for a number
    browser.wait_for("!document.body.dataset.typed")
    browser.press("1")
    browser.wait_for("document.querySelector('.notice.good')?.textContent.includes('the account')")
    browser.press("u")
    browser.wait_for("document.querySelector('[data-key=\"1\"]') && !document.querySelector('.notice.good')")
    assert browser.complaints() == []


def test_two_people_share_the_queue_and_one_answers_for_a_whole_company(
    browser: Browser, demo: Demo, tmp_path: Path
) -> None:
    """Two sessions are never on one item; an answer for everyone of a company settles all that wait alike."""
    alike = [_waiting(demo, number) for number in range(3)]
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/reviews/{alike[0]}")
    browser.wait_for("document.querySelector('#claimed')?.textContent.includes('Yours while you work on it')")
    with webdriver.browser(tmp_path / "colleague") as colleague:
        sign_in(colleague, Demo(address=demo.address, key=_key(demo, "Cleo", "ops-editor")))
        colleague.open(f"{demo.address}/console/reviews/{alike[0]}")
        colleague.wait_for(
            "document.querySelector('#claimed .bad')?.textContent.includes('is working on this')"
        )
        assert colleague.run(
            "return [...document.querySelectorAll('[form=settle][name=said]')].every(e => e.disabled)"
        )
        colleague.open(f"{demo.address}/console/reviews?tab=review")
        colleague.press("j")
        colleague.wait_for("document.querySelector('#claimed')?.textContent.includes('Yours while')")
        assert not colleague.url.split("?")[0].endswith(alike[0])
        colleague.click("[action$='/leave'] button")
        colleague.wait_for("location.pathname.endsWith('/reviews')")
        assert colleague.complaints() == []
    assert browser.run("return document.querySelector('[name=alike]').checked")
    browser.press("1")
    browser.wait_for("document.querySelector('.notice.good')?.textContent.includes('the account')")
    for item in alike:
        browser.open(f"{demo.address}/console/reviews/{item}")
        assert "Nothing is open here any more" in browser.text("main")
    assert browser.complaints() == []


def test_a_rule_is_changed_from_the_first_letter_to_taking_it_back(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/rulebook/draft")
    browser.wait_for(EDITOR)
    whole = browser.run(f"return {EDITOR}.state.doc.toString()")

    write(browser, whole.replace("because:", "becuase:", 1))
    browser.wait_for("document.querySelector('#findings [data-line]')")
    assert "because" in browser.text("#findings")
    browser.click("#findings [data-goto]")
    browser.wait_for("document.querySelector('.editor').shadowRoot.querySelector('.cm-lintRange-error')")

    start = whole.index("  - id: competitors")
    write(browser, whole[:start] + whole[whole.index("  - id:", start + 5) :])
    browser.wait_for("!document.querySelector('#findings [data-line]')")
    browser.click("[formaction$='/tests']")
    browser.wait_for("document.querySelector('#tests .chip')")
    assert "failed" in browser.text("#tests")

    write(browser, whole.replace("# The rules", "# From May: the rules", 1))
    browser.click("#draft-form button")
    browser.wait_for("document.querySelector('.notice.good')?.textContent === 'Saved.'")
    browser.click("[action$='/rulebook/plans'] button")
    browser.wait_for("document.querySelector('.figures')")
    assert "Contacts" in browser.text("#plan")

    browser.open(f"{demo.address}/console/rulebook/draft")
    assert _approve(demo) == 201
    browser.open(f"{demo.address}/console/rulebook/draft")
    assert "approver approved" in browser.text("#release")
    browser.type("[action$='/publish'] input[name=reason]", "In May")
    browser.click("[action$='/publish'] button")
    browser.wait_for("document.querySelector('.notice.good')?.textContent.includes('This is live')")
    assert "From May: the rules" in browser.text("pre.text")
    browser.click("[aria-labelledby=live] a.button")
    browser.type("[action$='/rollback'] input[name=reason]", "Not in May")
    browser.click("[action$='/rollback'] button")
    browser.wait_for("document.querySelector('pre.text')?.textContent.includes('From May') === false")
    assert browser.complaints() == []


def test_the_editor_knows_the_language(browser: Browser, demo: Demo) -> None:
    sign_in(browser, demo)
    browser.open(f"{demo.address}/console/rulebook/draft")
    browser.wait_for(EDITOR)
    whole = browser.run(f"return {EDITOR}.state.doc.toString()")
    rule = re.search(r"^  - id: [^\n]*\n", whole, re.MULTILINE)
    assert rule is not None
    write(browser, whole[: rule.end()] + "    \n" + whole[rule.end() :], at=rule.end() + 4)
    browser.run(f"{EDITOR}.focus()")
    browser.press("be")
    offered = "document.querySelector('.editor').shadowRoot.querySelector('.cm-tooltip-autocomplete')"
    browser.wait_for(offered)
    assert "because" in browser.run(f"return {offered}.textContent")
    write(browser, whole[: rule.end()] + "    then: {}\n" + whole[rule.end() :], at=rule.end() + 11)
    browser.run(f"{EDITOR}.focus()")
    browser.press("po")
    browser.wait_for(f"{offered}?.textContent.includes('pool in')")


def write(browser: Browser, text: str, *, at: int = 0) -> None:
    """Put a text into the editor, as if it had been pasted, with the cursor at a place."""
    browser.run(
        f"const v = {EDITOR};"
        " v.dispatch({changes: {from: 0, to: v.state.doc.length, insert: arguments[0]},"
        " selection: {anchor: arguments[1]}})",
        text,
        at,
    )


def _waiting(demo: Demo, number: int, company: str = "Lakeshore Packaging") -> str:
    """A contact of a company that waits for a person; the id of its decision."""
    person = {
        "email": f"somebody.{number}@freemail.example",
        "company": company,
        "country": "US",
    }
    with httpx2.Client(base_url=demo.address, trust_env=False, timeout=60) as client:
        client.headers["Authorization"] = f"Bearer {demo.key}"
        taken = client.post("/v1/contacts", json=person).json()
        assert taken["match"]["outcome"] == "review", taken
        return str(taken["id"])


def _key(demo: Demo, name: str, scope: str) -> str:
    """A key of somebody else."""
    with httpx2.Client(base_url=demo.address, trust_env=False, timeout=60) as client:
        admin = {"Authorization": f"Bearer {demo.key}"}
        made = client.post("/v1/keys", json={"name": name, "scopes": [scope]}, headers=admin)
        return str(made.json()["key"])


def _approve(demo: Demo) -> int:
    """Approve the draft over the API, as somebody else."""
    with httpx2.Client(base_url=demo.address, trust_env=False, timeout=60) as client:
        key = {"Authorization": f"Bearer {_key(demo, 'approver', 'ops-approver')}"}
        tag = {"If-Match": client.get("/v1/rulebook/draft", headers=key).headers["etag"]}
        said = client.post("/v1/rulebook/draft/review", json={"verdict": "approved"}, headers=key | tag)
        return said.status_code
