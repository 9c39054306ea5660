"""The whole day of an ops person in a real browser: from a file of accounts to taking a rule back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.browser.conftest import Demo
from tests.browser.test_console import sign_in, sign_out
from tests.browser.test_work import EDITOR, write
from tests.browser.webdriver import Browser

POOL = "Optics desk"
ACCOUNTS = """account_id,name,website,country,Fax
ACC-OPT,Nordlicht Optik GmbH,https://nordlicht-optik.de,DE,1
ACC-NONE,,,DE,1
"""
RULE = f"""  - id: optics-fair
    because: Who comes from the optics fair takes turns at the optics desk
    when: {{contact.source: optics fair}}
    then: {{pool: {POOL}}}

"""


@pytest.mark.timeout(400)  # a day has many pages, and the demo may have to start first
def test_from_importing_accounts_to_rolling_back(browser: Browser, demo: Demo, tmp_path: Path) -> None:
    sign_in(browser, demo)
    _import(browser, demo, tmp_path / "optics.csv")
    browser.open(f"{demo.address}/console/accounts?search=Nordlicht")
    browser.wait_for("document.querySelector('main').textContent.includes('Nordlicht Optik GmbH')")

    _make_the_pool(browser, demo)
    _edit_the_rules(browser, demo)
    approver = _make_a_key(browser, demo)
    sign_out(browser)
    sign_in(browser, Demo(address=demo.address, key=approver))
    browser.open(f"{demo.address}/console/rulebook/draft")
    browser.click("button[value=approved]")
    browser.wait_for("document.querySelector('#release')?.textContent.includes('Bea approved')")
    browser.type("[action$='/publish'] input[name=reason]", "The fair is in May")
    browser.click("[action$='/publish'] button")
    browser.wait_for("document.querySelector('.notice.good')?.textContent.includes('This is live')")
    sign_out(browser)
    sign_in(browser, demo)

    first = _send(demo, "eins")
    browser.open(f"{demo.address}/console/decisions/{first['id']}")
    story = browser.text("main")
    assert "by the rule 'optics-fair'" in story and "Nordlicht Optik GmbH" in story

    browser.open(f"{demo.address}/console/reviews?tab=review")
    browser.press("j")
    browser.wait_for("document.querySelector('#claimed')?.textContent.includes('Yours while you work on it')")
    browser.press("1")
    browser.wait_for("document.querySelector('.notice.good')?.textContent.includes('the account')")

    away = _next(browser, demo)
    _put_on_leave(browser, demo, away)
    stays = _next(browser, demo)
    assert stays != away
    assert [_send(demo, name)["routing"]["assignee"] for name in ("zwei", "drei")] == [stays, stays]
    browser.open(f"{demo.address}/console/pools/Optics%20desk/ledger?kind=draw")
    assert "passed over, absent" in browser.text("main")
    browser.open(f"{demo.address}/console/reps/{away}")
    browser.click("[action$='/absences/end'] button")
    browser.wait_for("document.querySelector('.notice.good')")

    browser.open(f"{demo.address}/console/rulebook")
    browser.click("[aria-labelledby=live] a.button")
    assert "-  - id: optics-fair" in browser.text("pre.diff")
    browser.type("[action$='/rollback'] input[name=reason]", "The fair is over")
    browser.click("[action$='/rollback'] button")
    browser.wait_for("document.querySelector('.notice.good')?.textContent.includes('This is live')")
    assert _send(demo, "vier")["routing"]["rule"] != "optics-fair"
    browser.open(f"{demo.address}/console/audit?action=console+/rulebook/rollback")
    assert "put an earlier rulebook live again" in browser.text("main")
    assert browser.complaints() == []


def _import(browser: Browser, demo: Demo, file: Path) -> None:
    """A file chosen in the form, looked at, imported; what is wrong with it is said by line."""
    file.write_text(ACCOUNTS, encoding="utf-8")
    browser.open(f"{demo.address}/console/imports")
    browser.type("input[type=file]", str(file))
    browser.click("[aria-label='Import a file'] button")
    browser.wait_for("document.querySelector('#mapping')")
    mapping = browser.text("main")
    assert "external_id" in mapping and "Not known: left aside" in mapping
    assert "What storing it would do" in mapping and "a new account needs a name" in mapping
    browser.click("button[form='import-form']:not([formaction])")
    browser.wait_for("document.querySelector('.notice')?.textContent.includes('All 2 rows were read')")
    wrong = browser.run("return document.querySelector('#wrong ~ .scroll tbody').textContent")
    assert wrong.split() == ["3namea", "new", "account", "needs", "a", "namenot", "stored"]


def _make_the_pool(browser: Browser, demo: Demo) -> None:
    browser.open(f"{demo.address}/console/pools")
    browser.type("[aria-label='Make a pool'] input[name=name]", POOL)
    browser.click("[aria-label='Make a pool'] button")
    browser.wait_for(f"document.querySelector('h1')?.textContent === '{POOL}'")
    for rep in ("tom.ashby", "helena.brandt"):
        browser.run(
            "const form = [...document.querySelectorAll('[action$=\"/members\"]')].at(-1);"
            "form.closest('details').open = true; form.elements.rep.value = arguments[0];"
            "form.querySelector('button').click()",
            rep,
        )
        browser.wait_for(f"document.querySelector('#members ~ table a[href$=\"{rep}\"]')")


def _edit_the_rules(browser: Browser, demo: Demo) -> None:
    browser.open(f"{demo.address}/console/rulebook/draft")
    browser.wait_for(EDITOR)
    whole = browser.run(f"return {EDITOR}.state.doc.toString()")
    start = whole.index("  - id: ")
    write(browser, whole[:start] + RULE.replace("pool:", "poool:") + whole[start:])
    browser.wait_for("document.querySelector('#findings [data-line]')")
    assert "poool" in browser.text("#findings")
    write(browser, whole[:start] + RULE + whole[start:])
    browser.wait_for("!document.querySelector('#findings [data-line]')")
    browser.click("#draft-form button")
    browser.wait_for("document.querySelector('.notice.good')?.textContent === 'Saved.'")
    browser.click("[action$='/rulebook/plans'] button")
    browser.wait_for("document.querySelector('.figures')")
    assert "Contacts" in browser.text("#plan")


def _make_a_key(browser: Browser, demo: Demo) -> str:
    """A key for Bea, who approves."""
    browser.open(f"{demo.address}/console/access")
    browser.type("[aria-label='Make a key'] input[name=name]", "Bea")
    browser.run("document.querySelector(\"[aria-label='Make a key'] select\").value = 'ops-approver'")
    browser.click("[aria-label='Make a key'] button")
    return browser.text(".notice code")


def _send(demo: Demo, name: str) -> Any:
    """A contact as a web form sends it; the decision."""
    with _client(demo) as client:
        contact = {"email": f"{name}@nordlicht-optik.de", "country": "DE", "source": "optics fair"}
        answered = client.post("/v1/contacts", json=contact)
        assert answered.status_code == 201, answered.text
        return answered.json()


def _next(browser: Browser, demo: Demo) -> str:
    """Whose turn it is, by the pool's page."""
    browser.open(f"{demo.address}/console/pools/Optics%20desk")
    return str(
        browser.run("return document.querySelector('#next ~ ol a').getAttribute('href').split('/').at(-1)")
    )


def _put_on_leave(browser: Browser, demo: Demo, rep: str) -> None:
    browser.open(f"{demo.address}/console/reps/{rep}")
    browser.run(
        "document.querySelector('[aria-label=\"Put on leave\"] [name=until]').value = '2099-01-01T09:00'"
    )
    browser.type("[aria-label='Put on leave'] [name=reason]", "Hiking")
    browser.click("[aria-label='Put on leave'] button")
    browser.wait_for("document.querySelector('.page-head .chip')?.textContent === 'On leave'")


def _client(demo: Demo) -> httpx2.Client:
    key = {"Authorization": f"Bearer {demo.key}"}
    return httpx2.Client(base_url=demo.address, headers=key, trust_env=False, timeout=60)


HOSTILE = (
    "\"><script>document.title='broken in'</script>",
    "<img src=x onerror=\"document.title='broken in'\">",
    "' autofocus onfocus='document.title=`broken in`' x='",
    '<button hx-get="/console/sign-out" hx-trigger="load">x</button>',
)


def test_hostile_texts_run_no_script_in_a_real_browser(browser: Browser, demo: Demo) -> None:
    """All pages with all forty are looked at without a browser; these here are seen to do nothing in one."""
    sign_in(browser, demo)
    with _client(demo) as client:
        for number, text in enumerate(HOSTILE):
            rep = {"name": text, "team": text[:128], "email": text, "role": text[:64]}
            assert client.put(f"/v1/reps/hostile-{number}", json=rep).status_code == 201
            account = {"name": text, "aliases": [text], "city": text[:128], "custom": {text[:128]: text}}
            assert client.put(f"/v1/accounts/HOSTILE-{number}", json=account).status_code == 201
        members = {"members": [{"rep": f"hostile-{number}"} for number in range(len(HOSTILE))]}
        assert client.put("/v1/pools/hostile", json=members | {"queue": HOSTILE[0][:128]}).status_code == 201
    pages = [
        "reps",
        "reps/hostile-0",
        "pools",
        "pools/hostile",
        "pools/hostile/settings",
        "accounts/HOSTILE-1",
    ]
    for page in [*pages, "handovers/new?rep=hostile-2&kind=moves", "disputes/new", "accounts?search=script"]:
        browser.open(f"{demo.address}/console/{page}")
        browser.run("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert browser.run("return document.title") != "broken in", page
        assert browser.complaints() == [], page
    browser.open(f"{demo.address}/console/")
    browser.wait_for("document.querySelector('h1')?.textContent === 'Overview'")
    with _client(demo) as client:
        client.delete("/v1/pools/hostile")
        for number in range(len(HOSTILE)):
            client.delete(f"/v1/reps/hostile-{number}")
            client.delete(f"/v1/accounts/HOSTILE-{number}")
