"""service/console/routes.py: who may do what. A reader can change nothing, whatever the page shows."""

from __future__ import annotations

import re

import pytest

from service.auth import Scope
from service.console.routes import ROUTES
from tests.service.console.conftest import Console, sign_in

OPEN = {"/sign-in", "/sign-in/away", "/password", "/sign-out"}
READING = {"/rulebook/draft/check", "/rulebook/draft/tests"}  # look at what is sent, store nothing
POSTED = sorted({r.path for r in ROUTES if "POST" in (r.methods or ())} - OPEN - READING)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_reader_changes_nothing(stranger: Console) -> None:
    _, key = stranger.services.keys.create("reader", frozenset({Scope.READ}))
    sign_in(stranger, key)
    token = stranger.token()
    assert len(POSTED) >= 20
    for path in POSTED:
        place = re.sub(r"{[^}]*}", "1", path)
        refused = stranger.client.post(f"/console{place}", data={"token": token})
        assert refused.status_code == 403, path
    for path in ("/disputes/new", "/handovers/new", "/program/campaigns/new"):
        refused = stranger.client.get(f"/console{path}")
        assert refused.status_code == 403 and "takes a key with the scope ops-editor" in refused.text, path
    assert "takes a key with the scope match" in stranger.page("/try")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_number_that_no_database_could_hold_is_no_address(console: Console) -> None:
    for path in (each for each in POSTED if ":number" in each):
        place = re.sub(r"{[^}]*}", "9" * 24, path)
        assert console.post(place).status_code in {404, 405}, path
