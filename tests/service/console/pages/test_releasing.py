"""service/console/pages/releasing.py: what going back would change is seen before it is done."""

from __future__ import annotations

import re

from service.auth import Scope
from service.db import rulebooks
from tests.service.console.conftest import NOW, Console, text_of


def test_going_back_shows_the_difference_and_what_is_wrong_today(demo: Console) -> None:
    database = demo.services.database
    with database.write() as connection:
        text = rulebooks.draft(connection).text
        rulebooks.publish(connection, "# Newer\n" + text, author="ann", reason="Newer", at=NOW)
    look = text_of(demo.page("/rulebook/rollback"))
    assert "-# Newer" in look and "Mind:" in look and "would not be published" not in look
    assert demo.post("/pools/Brazil/members", do="remove", rep="rafael.moura").status_code == 303
    with database.write() as connection:
        broken = text.replace("Inbound APAC", "Inbound Mars")
        rulebooks.publish(connection, broken, author="ann", reason="Broken", at=NOW)
        rulebooks.publish(connection, f"{text}# Mended\n", author="ann", reason="Mended", at=NOW)
    look = demo.page("/rulebook/rollback")
    assert "would not be published as it is" in look and "Inbound Mars" in text_of(look)
    version = re.search(r'name="version" value="([^"]+)"', look)
    assert version is not None
    assert demo.post("/rulebook/rollback", version=version[1], reason="").status_code == 400
    assert demo.post("/rulebook/rollback", version=version[1], reason="On purpose").status_code == 303
    assert "Inbound Mars" in demo.page("/rulebook") and "On purpose" in demo.page("/rulebook")
    assert demo.client.get("/console/rulebook/rollback?version=0000").status_code == 409
    assert "disabled" in demo.colleague("reader", Scope.READ).page("/rulebook/rollback")
