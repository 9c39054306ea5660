"""service/console/pages/access.py: people and keys, each thing that can be done to them."""

from __future__ import annotations

import re

import pytest

from service.auth import Scope
from tests.service.console.conftest import Console, sign_in, text_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PASSWORD = "correct horse battery staple 42"


def test_somebody_is_invited_signs_in_and_is_let_out_again(console: Console) -> None:
    invited = console.post("/access/people", email="ann@varnholt.example", name="Ann", role="ops-editor")
    link = re.search(r"<code class=\"wrap\">([^<]+)</code>", invited.text)
    assert invited.status_code == 200 and link is not None
    assert link[1] not in console.page("/access") and "Ann" in console.page("/access")
    again = console.post("/access/people", email="ann@varnholt.example", role="read")
    assert again.status_code == 409 and 'value="ann@varnholt.example"' in again.text, "what was typed stays"
    ann = _ann(console, link[1])
    refused = ann.client.get("/console/access")
    assert "Signed in as" in ann.page("/") and refused.status_code == 403
    assert "takes the role admin; an admin can give it to you" in refused.text
    person = _person(console)
    assert console.post(person, do="sign-out").status_code == 303
    assert ann.client.get("/console/").status_code == 303
    _enter(ann)
    changed = console.post(person, do="role", role="read")
    said = text_of(console.page(changed.headers["location"].removeprefix("/console")))
    assert "Ann has the role read now" in said and "Undo" in said
    assert ann.client.get("/console/").status_code == 303, "with other roles the sessions end"
    _enter(ann)
    assert console.post(person, do="deactivate").status_code == 303
    assert ann.client.get("/console/").status_code == 303
    assert _enter(ann) == 401 and "Deactivated" in console.page("/access")
    assert console.post(person, do="activate").status_code == 303
    fresh = console.post(person, do="link")
    assert re.search(r"<code class=\"wrap\">([^<]+)</code>", fresh.text)
    assert _enter(ann) == 303
    assert console.post(person, do="role", role="admin").status_code == 303
    for last in ({"do": "deactivate"}, {"do": "role", "role": "read"}):
        refused = console.post(person, **last)
        assert refused.status_code == 409 and "This is the last admin" in refused.text


def test_a_key_is_shown_once_works_and_is_revoked(console: Console) -> None:
    made = console.post("/access/keys", name="web form", role="read")
    key = re.search(r"<code class=\"wrap\">([^<]+)</code>", made.text)
    assert key is not None and key[1] not in console.page("/access")
    other = console.colleague("other", Scope.READ)
    sign_in(other, key[1])
    shown = text_of(console.page("/access"))
    assert "web form" in shown and "In use" in shown
    place = re.findall(r'action="/console(/access/keys/[^"]+/revoke)"', console.page("/access"))
    mine = next(each for each in place if console.services.keys.recognise(key[1]).id in each)
    revoked = console.page(console.post(mine).headers["location"].removeprefix("/console"))
    assert "is not brought back" in revoked and "data-undo" not in revoked
    assert 'value="web form"' in revoked and '<option value="read" selected>' in revoked
    assert other.client.get("/console/").status_code == 303
    assert "Revoked" in console.page("/access")


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/access/people", {"email": "nobody", "role": "read"}, 422),
        ("/access/people", {"email": "a@b.example", "role": "king"}, 422),
        ("/access/people/nobody", {"do": "link"}, 404),
        ("/access/people/nobody", {"do": "promote"}, 422),
        ("/access/keys", {"name": " ", "role": "read"}, 422),
        ("/access/keys", {"name": "form", "role": "king"}, 422),
        ("/access/keys/nothing/revoke", {}, 404),
    ],
)
def test_what_cannot_be_done_is_said(console: Console, path: str, form: dict[str, str], status: int) -> None:
    refused = console.post(path, **form)
    assert refused.status_code == status
    assert all(f'value="{text}"' in refused.text for name, text in form.items() if name == "email")


def test_only_admins_come_here(console: Console) -> None:
    approver = console.colleague("approver", Scope.OPS_APPROVER)
    assert approver.client.get("/console/access").status_code == 403
    assert approver.post("/access/keys", name="mine", role="admin").status_code == 403
    assert "People and keys" not in approver.page("/")


def _ann(console: Console, link: str) -> Console:
    ann = console.colleague("unused", Scope.READ)
    ann.client.cookies.clear()
    text = link.split("link=", 1)[1]
    said = {"link": text, "password": PASSWORD, "again": PASSWORD}
    assert ann.client.post("/console/password", data=said).status_code == 200
    assert _enter(ann) == 303
    return ann


def _enter(console: Console) -> int:
    said = {"email": "ann@varnholt.example", "password": PASSWORD, "next": "/"}
    return console.client.post("/console/sign-in", data=said).status_code


def _person(console: Console) -> str:
    found = re.search(r'action="/console(/access/people/[^"]+)"', console.page("/access"))
    assert found is not None
    return found[1]
