"""`muster program measures` and `rates` over the made-up company."""

from __future__ import annotations

import shutil
from pathlib import Path

from typer.testing import CliRunner

from service.cli import app
from service.db.engine import Database
from tests.service.measures.naive import Company


def test_measures_rows_and_rates_on_the_terminal(sqlite_template: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copyfile(sqlite_template, tmp_path / 'm.db')}"
    database = Database(url)
    database.transact(Company(3).store)
    database.dispose()

    def call(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(app, ["program", *arguments, "--database", url])
        assert result.exit_code == code, result.output
        return result.output

    shown = call("measures", "--quarter", "FY2024-Q2", "--by", "tier", "--by", "campaign")
    assert "Pipeline created: The amounts" in shown and "tier one_to_few" in shown and "in CHF" in shown
    assert "From 2024-04-01 00:00 to 2024-07-01 00:00 (UTC)" in shown
    assert "campaign Campaign 1 (C1)\n" in shown, "a name, with the id that --only takes"
    assert "There is no measure joy; there are contacts, " in call("measures", "joy", code=2)
    assert call("measures", "--quarter", "FY2024-Q2", "--by", "rep", "--csv").startswith(
        "rep,rep_name,contacts,"
    )
    rows = call("measures", "revenue", "--since", "2024-01-01", "--only", "tier=strategic")
    assert rows.startswith("source,id,account") and "strategic" in rows
    assert "--group_by" in call("measures", "--by", "joy", code=2)
    assert "dimension and a value" in call("measures", "--only", "joy", code=2)
    file = tmp_path / "rates.csv"
    file.write_text("currency,on,rate\nCHF,2023-01-01,1.05\nEUR,2023-01-01,1\n", encoding="utf-8")
    assert "1 of 2 rows taken" in call("rates", str(file), code=1)
    assert "2023-01-01  1 CHF = 1.05 EUR" in call("rates")
    assert "in CHF" not in call("measures", "--quarter", "FY2024-Q2")
