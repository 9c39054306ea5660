"""`muster sources`: what was sent, what it was read as, and a mapping that is mended and tried again."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from tests.service.served import served, services_of


def muster(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["sources", *arguments])


def test_a_quarantine_is_seen_mended_and_retried(database_url: str) -> None:
    with served(database_url) as client:
        client.post("/v1/sources", json={"name": "forms", "mapping": {"email": "mail"}})
        client.post("/v1/sources", json={"name": "quiet"})
        sent = [
            {"event_id": "e1", "mail": "ana@acme.example"},
            {"event_id": "e2", "adresse": "b@acme.example"},
        ]
        results = client.post("/v1/webhooks/forms", json=sent).json()["results"]
        assert [each["result"] for each in results] == ["accepted", "quarantined"]
        poison = str(results[1]["id"])
        there = ("--database", database_url)

        listed = muster("list", *there).output.splitlines()
        assert listed[0].startswith("forms  generic  heard 2") and listed[0].endswith(
            "1 waiting, 1 quarantined"
        )
        assert listed[1] == "quiet  generic  silent  nothing waits"
        shown = muster("show", "forms", "--state", "quarantined", *there).output.splitlines()
        assert shown[0].startswith(f"{poison}  2") and "  quarantined  " in shown[0]
        assert shown[1] == '    {"event_id":"e2","adresse":"b@acme.example"}'
        assert len(muster("show", "forms", *there).output.splitlines()) == 4

        client.patch("/v1/sources/forms", json={"mapping": {"email": "adresse"}})
        assert muster("retry", "forms", *there).output == "1 will be decided\n"
        assert muster("show", "forms", "--state", "quarantined", *there).output == ""
        services_of(client).database.dispose()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "none"), "There is no source with the name none"),
        (("retry", "none"), "Nothing of this source waits for a person under this id"),
        (("retry", "none", "--item", "7"), "Nothing of this source waits for a person under this id"),
    ],
)
def test_what_is_not_there(
    arguments: tuple[str, ...], said: str, sqlite_template: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "muster.db"
    copy.write_bytes(sqlite_template.read_bytes())
    done = muster(*arguments, "--database", f"sqlite:///{copy}")
    assert done.exit_code == 4 and said in done.output
