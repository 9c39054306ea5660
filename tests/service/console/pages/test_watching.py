"""service/console/pages/watching.py: shares before and after, alarms, rules that decide nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from service.db import rulebooks
from service.db.tables import rulebook_alarm
from tests.service.console.conftest import NOW, Console, text_of

NEVER = """  - id: never-anybody
    because: There is nobody
    when: {contact.country: AQ}
    then: {queue: Nobody}

"""


def test_each_rule_has_its_share_and_the_silent_ones_say_why(demo: Console) -> None:
    with demo.services.database.write() as connection:
        text = rulebooks.draft(connection).text.replace("  - id: emea\n", f"{NEVER}  - id: emea\n")
        rulebooks.publish(connection, text, author="ann", reason="One more", at=NOW)
    page = text_of(demo.page("/rulebook/watch?days=365"))
    assert "Since it went live" in page and "What each rule decided, the last 365 days" in page
    assert "never-anybody" in page and "none never" in page
    part = demo.client.get("/console/rulebook/watch", headers={"HX-Request": "true"}).text
    assert "<html" not in part and "Since it went live" in part and "What each rule decided" not in part
    assert 'hx-get="/console/rulebook/watch"' in demo.page("/rulebook")


def test_an_alarm_says_what_moved(demo: Console) -> None:
    with demo.services.database.write() as connection:
        live = rulebooks.publications(connection, limit=1)[0]
        counted = {"before_count": 10, "before_total": 100, "now_count": 60, "now_total": 100}
        named = {"publication_id": live.id, "version": live.version, "measure": "rule:emea"}
        connection.execute(insert(rulebook_alarm).values(**named, **counted, raised_at=NOW))
    assert "Rule emea : 60 % of the decisions since" in text_of(demo.page("/rulebook/watch"))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_nothing_is_watched_before_a_rulebook_is_live(console: Console) -> None:
    assert "nothing to watch" in console.page("/rulebook/watch")
