"""`muster audit`: what was changed, from what to what, and a log that shows tampering."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from service.audit.chain import Sealer
from service.cli import app
from tests.service.served import served, services_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def muster(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["audit", *arguments])


def test_a_change_is_listed_with_its_values_and_tampering_shows(database_url: str) -> None:
    there = ("--database", database_url)
    with served(database_url) as client:
        client.put("/v1/reps/ana", json={"name": "Ana", "role": "AE"})
        client.put("/v1/reps/ana", json={"name": "Ana", "role": "AM"})
        services = services_of(client)
        while Sealer(services.database, services.now).run():
            pass
        lines = muster("list", *there).output.splitlines()
        at = next(place for place, line in enumerate(lines) if line.endswith("bootstrap  changed  rep ana"))
        assert lines[at + 1] == '    {"role": "AE"} -> {"role": "AM"}'

        noted = muster("head", *there).output.strip()
        assert muster("verify", "--anchor", noted, *there).exit_code == 0
        CliRunner().invoke(app, ["keys", "create", "--name", "script", "--scope", "match", *there])
        assert muster("list", "--limit", "1", *there).output.split("  ")[1:3] == [
            "command line",
            "made an API key",
        ]
        assert muster("verify", "--anchor", "nonsense", *there).exit_code == 2
        with services.database.write() as connection:
            connection.execute(text("UPDATE audit SET actor = 'nobody' WHERE action = 'changed'"))
        tampered = muster("verify", *there)
        assert tampered.exit_code == 4 and "tampered" in tampered.output
        services.database.dispose()
