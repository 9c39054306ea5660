"""A policy of a file decides: also of a match without a database."""

from __future__ import annotations

import csv
from pathlib import Path

from typer.testing import CliRunner

from matching.policy import default_policy, to_yaml
from service.cli import app


def outcome(folder: Path, *more: str) -> tuple[int, str]:
    out = folder / "out.csv"
    given = ("--accounts", str(folder / "a.csv"), "--contacts", str(folder / "c.csv"), "--out", str(out))
    done = CliRunner().invoke(app, ["match", *given, "--processes", "1", *more])
    if done.exit_code:
        return done.exit_code, done.stderr
    return 0, next(csv.DictReader(out.read_text(encoding="utf-8").splitlines()))["outcome"]


def test_muster_match_takes_numbers_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("account_id,name,domains\n1,Acme Robotics,acme.example\n")
    (tmp_path / "c.csv").write_text("contact_id,company,email\n1,Acme Robotics,x@acme.example\n")
    shipped = default_policy()
    strict = shipped.model_copy(
        update={"thresholds": shipped.thresholds.model_copy(update={"matched": 0.9999999})}
    )
    (tmp_path / "strict.yaml").write_text(to_yaml(strict))
    (tmp_path / "wrong.yaml").write_text("name: x\nlevels: 5\n")
    assert outcome(tmp_path) == (0, "matched")
    assert outcome(tmp_path, "--policy", str(tmp_path / "strict.yaml")) == (0, "review")
    status, said = outcome(tmp_path, "--policy", str(tmp_path / "wrong.yaml"))
    assert status == 3
    assert "levels" in said
