"""How fast `muster match` is: the index, then the contacts, in contacts a second of one core.

    python -m bench.speed bulk --accounts 1000000 --contacts 100000 [--processes 2] [--colleagues 4]

The files are made (see `bench.speed.made`) on the first run and kept. Found is
the share of contacts of an account that got that account as best answer. Without
``--colleagues`` every contact is of another company or says it otherwise; with it, so many
of each say the same and stand anywhere in the file.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

from bench.speed.made import with_colleagues, write
from bench.speed.memory import Spent, measured
from matching.policy import default_policy
from service.imports import offline


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command takes."""
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--colleagues", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=Path(".muster/speed"))


def run(given: argparse.Namespace) -> None:
    """Build, match, print."""
    held, asked = write(given.folder, given.accounts, given.contacts)
    asked = with_colleagues(asked, given.colleagues)
    out = given.folder / "predictions.csv"
    with measured() as building:
        index = offline.build_index(held, given.processes)
    print(f"index of {len(index):,} accounts: {_figures(building)}", flush=True)
    with measured() as matching:
        count = offline.match_file(index, asked, out, default_policy(), lambda *_: None, given.processes)
    rate, core = count / matching.seconds, count / matching.cpu
    print(f"{count:,} contacts: {_figures(matching)}; {rate:,.0f} a second, {core:,.0f} a second of one core")
    print(f"found {found(asked, out):.1%} of the contacts of an account")


def found(asked: Path, predictions: Path) -> float:
    """Return the share of contacts of an account whose best answer is that account."""
    with asked.open(encoding="utf-8", newline="") as file:
        expected = {row["contact_id"]: row["expected"] for row in csv.DictReader(file) if row["expected"]}
    with predictions.open(encoding="utf-8", newline="") as file:
        right: int = sum(row["account_id"] == expected.get(row["contact_id"]) for row in csv.DictReader(file))
    return right / len(expected)


def _figures(spent: Spent) -> str:
    return f"{spent.seconds:.1f} s, {spent.cpu:.1f} CPU s, {spent.megabytes:.0f} MB at most"
