"""service/console/pages/settings.py: what is set, where from, and nothing secret."""

from __future__ import annotations

import pytest

from service.auth import Scope
from service.console.pages.settings import HIDDEN, described
from service.settings import SECRETS, Settings
from tests.service.console.conftest import KEY, Console, text_of


def test_every_setting_is_shown_but_no_secret() -> None:
    secret = "a-secret-that-nobody-may-read-0123456789"
    settings = Settings.model_validate(
        {
            "database_url": f"postgresql://muster:{secret}@db.example/muster",
            **{name: secret for name in SECRETS if name != "database_url"},
            "oidc_roles": "sales=read, ops=admin",
            "delivery_allow": "10.0.0.0/8, 127.0.0.1:9000",
            "rulebook_approval": True,
        }
    )
    shown = {each.variable: each for each in described(settings, frozenset({"MUSTER_SECRET_KEY_FILE"}))}
    assert len(shown) == len(Settings.model_fields)
    assert not [each for each in shown.values() if secret in each.value]
    assert shown["MUSTER_DATABASE_URL"].value == "postgresql://muster:***@db.example/muster"
    assert shown["MUSTER_BOOTSTRAP_KEY"].value == HIDDEN
    assert shown["MUSTER_OIDC_ROLES"].value == "sales=read, ops=admin"
    assert shown["MUSTER_DELIVERY_ALLOW"].value == "10.0.0.0/8, 127.0.0.1/32 port 9000"
    assert shown["MUSTER_RULEBOOK_APPROVAL"].value == "yes"
    assert shown["MUSTER_SECRET_KEY"].source == "a file that the environment names"
    assert shown["MUSTER_RULEBOOK_APPROVAL"].source == "the command line"
    assert shown["MUSTER_PORT"].usual and shown["MUSTER_PORT"].source == "the default"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_settings_are_for_admins(console: Console) -> None:
    page = console.page("/settings")
    assert "MUSTER_DATABASE_URL" in page and KEY not in page and "What it is" in text_of(page)
    assert console.colleague("editor", Scope.OPS_APPROVER).client.get("/console/settings").status_code == 403
