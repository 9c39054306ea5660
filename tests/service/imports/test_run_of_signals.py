"""Exports of intent vendors, in their own shapes, become signals; what is missing is named."""

from __future__ import annotations

import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.db.engine import Database
from service.engagement.records import SignalRecord
from service.imports.headers import Kind, recognise
from service.imports.reading import Format, Unreadable, open_bytes
from service.imports.rows import Fault
from service.imports.run import Import, check, read_row
from tests.service.engagement.heard import Heard

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "engagement" / "exports.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    source = open_bytes(io.BytesIO(case["file"].encode()), Format(case["format"]))
    columns = recognise(Kind.SIGNALS, source.headers) if source.format is Format.CSV else None
    if "unreadable" in case:
        assert columns is not None
        with pytest.raises(Unreadable, match=case["unreadable"]):
            check(Kind.SIGNALS, columns)
        return
    read = [read_row(Kind.SIGNALS, columns, row) for row in source.rows]
    records = [each.record for each in read if isinstance(each.record, SignalRecord)]
    found = [
        {name: _plain(getattr(record, name)) for name in wanted}
        for record, wanted in zip(records, case["signals"], strict=True)
    ]
    assert found == [{name: _plain(value) for name, value in each.items()} for each in case["signals"]]
    faults = {fault.line: fault for each in read for fault in each.faults}
    refused = case.get("refused", {})
    assert {line: fault.column for line, fault in faults.items()} == {
        n: said[0] for n, said in refused.items()
    }
    assert all(said[1] in faults[line].problem for line, said in refused.items())
    assert list(columns.unknown if columns else ()) == case.get("notes", [])


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def test_a_file_goes_into_the_store_once(database: Database) -> None:
    heard = Heard(database)
    text = (
        "Account Domain,Intent Keyword,Intent Strength\none.example,routing,High\nnew.example,routing,Low\n"
    )
    faults: list[Fault] = []
    for outcome in ("created", "unchanged"):
        source = open_bytes(io.BytesIO(text.encode()), Format.CSV)
        work = Import(
            source, Kind.SIGNALS, database, handle=lambda _: [], now=heard.clock, report=faults.append
        )
        [tally] = work.run()
        assert (tally.outcomes[outcome], faults) == (2, [])
        heard.on(1)
    stands = heard.stands()
    assert stands is not None and stands.topic == "routing"
    assert [each.said for each in heard.waiting()] == [{"domain": "new.example"}]
