"""Every page by the rules of WCAG 2.2 AA that a program can check, in light and in dark.

The rules are those of axe-core (Deque, MPL-2.0), which stands beside this file
unchanged, with its licence; it is no part of what is installed.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.conftest import Demo
from tests.browser.test_console import sign_in
from tests.browser.webdriver import Browser

AXE = (Path(__file__).parent / "axe-4.14.1.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
AUDIT = f"""axe.run(document, {{runOnly: {RULES}}}).then(found => found.violations.map(
  each => each.id + ": " + each.nodes.map(node => node.html.slice(0, 160)).join(" | ")))"""

PAGES = (
    *("", "decisions", "reviews", "reviews?tab=held", "try", "accounts", "accounts/ACC-1001", "pools"),
    *("pools/Inbound%20EMEA", "rulebook", "rulebook/draft", "rulebook/diff?before=live&after=draft"),
    *("deliveries", "nowhere"),
)


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_every_page_keeps_the_rules(browser: Browser, demo: Demo, width: int, dark: bool) -> None:
    sign_in(browser, demo)
    browser.resize(width, 900, dark=dark)
    browser.open(f"{demo.address}/console/decisions")
    decision = browser.run("return document.querySelector('a.row').getAttribute('href')")
    browser.open(f"{demo.address}/console/reviews?tab=review")
    review = browser.run("return document.querySelector('a.row').getAttribute('href')")
    found = {}
    for page in (*(f"/console/{each}" for each in PAGES), decision, review):
        browser.open(demo.address + page)
        browser.run(AXE)
        if broken := browser.later(AUDIT):
            found[page] = broken
    assert found == {}
