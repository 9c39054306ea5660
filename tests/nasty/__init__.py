"""The nasty inputs of tests/cases/nasty, read for the tests of every way in.

Numbers 44 and 45 are about batches and 60 is about SOAP: they have tests of
their own. 41 stands there once; a crowd sends it in a test of its own.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FILE = Path(__file__).parents[1] / "cases" / "nasty" / "inputs.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Nasty:
    """One input. ``direct`` and ``hook`` are the expectations as they stand in the file."""

    name: str
    body: bytes
    before: tuple[bytes, ...]
    headers: Mapping[str, str]
    chunked: bool
    direct: Mapping[str, Any]
    hook: Mapping[str, Any]

    def content(self) -> bytes | Iterator[bytes]:
        """What to send: the bytes, or chunks of them whose sum is not announced."""
        if not self.chunked:
            return self.body
        return (self.body[start : start + 65536] for start in range(0, len(self.body), 65536))


def inputs() -> list[Nasty]:
    """Every input of the file, in its order."""
    rows = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return [_input(place, row) for place, row in enumerate(rows)]


def contact(place: int | str, fields: str = "") -> bytes:
    """The ordinary contact with ``fields``, JSON text, added or in the place of its own."""
    own = {
        "event_id": f'"e{place}"',
        "occurred_at": '"2026-01-02T03:04:05Z"',
        "email": f'"a{place}@b.com"',
    }
    kept = [f'"{name}":{value}' for name, value in own.items() if f'"{name}":' not in fields]
    return ("{" + ",".join([*kept, *([fields] if fields else [])]) + "}").encode()


def _input(place: int, row: Mapping[str, Any]) -> Nasty:
    expected = ("direct", "problem", "errors", "stored")
    return Nasty(
        name=f"{row['n']} {row['what'] or 'null'}",
        body=_body(place, row),
        before=tuple(contact(place, fields) for fields in row.get("after", ())),
        headers={"Content-Type": "application/json", **row.get("headers", {})},
        chunked=row.get("chunked", False),
        direct={name: row[name] for name in expected if name in row},
        hook=row["hook"],
    )


def _body(place: int, row: Mapping[str, Any]) -> bytes:
    if "make" in row:
        return GENERATORS[row["make"]]()
    return row["body"].encode() if "body" in row else contact(place, row["with"])


def _with_custom(value: str) -> bytes:
    return contact("g", f'"custom":{{"k":{value}}}')


def _names(count: int) -> bytes:
    return contact("g", '"custom":' + json.dumps({f"field-{number}": number for number in range(count)}))


GENERATORS: Mapping[str, Callable[[], bytes]] = {
    "byte_order_mark": lambda: b"\xef\xbb\xbf" + contact("g"),
    "utf_16": lambda: contact("g").decode().encode("utf-16"),
    "latin_1": lambda: b'{"email":"a@b.com","company":"Caf\xe9"}',
    "overlong": lambda: b'{"email":"a@b.com","company":"\xc0\xaf"}',
    "raw_nul": lambda: b'{"email":"a@b.com","company":"a\x00b"}',
    "five_thousand_digits": lambda: _with_custom("9" * 5000),
    "five_hundred_deep": lambda: _with_custom("[" * 500 + "]" * 500),
    "never_closed": lambda: b"[" * 100_000,
    "ten_megabytes": lambda: contact("g", '"company":"' + "x" * 10_000_000 + '"'),
    "long_company": lambda: contact("g-long", '"company":"' + "x" * 257 + '"'),
    "many_names": lambda: _names(200_000),
    "one_name_too_many": lambda: _names(501),
    "multipart": lambda: b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\na@b.com\r\n--x--\r\n',
    "gzip_bomb": lambda: gzip.compress(contact("g", '"company":"' + "x" * 10_000_000 + '"')),
    "combining_marks": lambda: contact("g-marks", '"last_name":"e' + "\u0301" * 2000 + '"'),
}
