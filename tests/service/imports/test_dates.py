"""service/imports/dates.py: which of day and month stands first in a file's dates."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.engagement.records import SignalRecord
from service.imports.dates import Dates, orders
from service.imports.headers import Kind, recognise
from service.imports.reading import Format, Source, open_bytes
from service.imports.run import read_row

CASES = YAML(typ="safe").load(Path(__file__).parents[2] / "cases" / "imports" / "dates.yaml")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    text = "".join(f'form,one.example,"{each}"\n' for each in case["at"])
    said = Dates(case["said"]) if "said" in case else None
    told = orders(Kind.SIGNALS, _source(text), said)
    source = _source(text)
    columns = replace(recognise(Kind.SIGNALS, source.headers), month_first=told)
    read = [read_row(Kind.SIGNALS, columns, row) for row in source.rows]
    found = [each.record.at if isinstance(each.record, SignalRecord) else None for each in read]
    assert found == [each and _moment(str(each)) for each in case["read"]]
    faults = {fault.line: fault for each in read for fault in each.faults}
    assert {line: fault.column for line, fault in faults.items()} == dict.fromkeys(
        case.get("wrong", {}), "at"
    )
    assert all(part in faults[line].problem for line, part in case.get("wrong", {}).items())


def test_each_column_tells_for_itself_and_signals_of_json_as_well() -> None:
    text = b"Id,Account Id,Created Date,Close Date\n1,a,31/3/2026,3/31/2026\n2,a,1/3/2026,\n"
    source = open_bytes(io.BytesIO(text), Format.CSV)
    assert orders(Kind.OPPORTUNITIES, source, None) == {"opened_at": False, "close_date": True}
    texts = ["5/3/2026", "31/3/2026"]
    lines = "".join(
        f'{{"kind": "form", "domain": "one.example", "visit": {{"Date": "{at}"}}}}\n' for at in texts
    )

    def read(first: int, said: Dates | None) -> list[Any]:
        rest = "".join(lines.splitlines(keepends=True)[:first])
        told = orders(Kind.SIGNALS, open_bytes(io.BytesIO(rest.encode()), Format.NDJSON), said)
        rows = open_bytes(io.BytesIO(rest.encode()), Format.NDJSON).rows
        found = [read_row(Kind.SIGNALS, None, row, told) for row in rows]
        return [each.record.at.day if isinstance(each.record, SignalRecord) else None for each in found]  # type: ignore[union-attr]

    assert (read(2, None), read(1, None), read(1, Dates.MDY)) == ([5, 31], [None], [3])
    records = open_bytes(io.BytesIO(b'{"opened_at": "3/31/2026"}\n'), Format.NDJSON)
    assert orders(Kind.OPPORTUNITIES, records, Dates.MDY) == {}, "these are read as the API reads them"


def _source(rows: str) -> Source:
    return open_bytes(io.BytesIO(f"kind,domain,at\n{rows}".encode()), Format.CSV)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
