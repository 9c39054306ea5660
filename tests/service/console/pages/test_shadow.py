"""service/console/pages/shadow.py: deciding beside another system, and where the two differ."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from service.auth import Scope
from service.db.tables import decision, shadow_case
from tests.service.console.conftest import NOW, Console, text_of


def test_the_shadow_is_switched_on_and_off_by_who_may_publish(demo: Console) -> None:
    assert "Every contact is decided for real" in demo.page("/shadow")
    assert demo.post("/shadow", to="on", owner_field="").status_code == 422
    assert demo.post("/shadow", to="on", owner_field="hs_owner", sources="web, ads").status_code == 303
    page = text_of(demo.page("/shadow"))
    assert "Contacts from ads, web since" in page and "hs_owner" in page
    assert demo.colleague("editor").post("/shadow", to="off").status_code == 403
    assert demo.post("/shadow", to="off").status_code == 303
    assert "Every contact is decided for real" in demo.page("/shadow")
    assert "Decide in the shadow" not in demo.colleague("reader", Scope.READ).page("/shadow")


def test_each_disagreement_is_listed_with_both_owners(demo: Console) -> None:
    with demo.services.database.write() as connection:
        rows = connection.execute(
            select(decision.c.contact_id, decision.c.id, decision.c.rule)
            .where(decision.c.rule == "emea")
            .order_by(decision.c.id)
        ).all()[:2]
        owners = ["priya.nair", "tom.ashby"]
        for row, theirs in zip(rows, owners, strict=True):
            mine = {"outcome": "assigned", "rep": "tom.ashby", "pool": None, "incumbent": theirs}
            named = {"contact_id": row.contact_id, "decision_id": row.id, "rule": row.rule, "at": NOW}
            connection.execute(insert(shadow_case).values(**named, **mine))
    page = text_of(demo.page("/shadow"))
    assert "Where the two disagree" in page and "Priya Nair" in page and "50 %" in page
    listed = demo.page("/shadow?verdict=agrees&rule=emea").split('id="contacts"')[1]
    assert rows[1].id in listed and rows[0].id not in listed
    assert "None" in demo.page("/shadow?verdict=unknown")


@pytest.mark.parametrize("after", ["nonsense", "AAAA"])
def test_a_cursor_that_is_none_is_refused(demo: Console, after: str) -> None:
    assert demo.client.get(f"/console/shadow?after={after}").status_code == 422
