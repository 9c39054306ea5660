"""service/imports/reading.py: encodings, separators, formats, and the lines that rows start on."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from service.imports.reading import Format, Row, Unreadable, open_bytes, open_file

TEXT = "id;name\n1;Müller\n2;Łódź\n"


def rows(raw: bytes, format: Format = Format.CSV) -> list[Row]:
    return list(open_bytes(io.BytesIO(raw), format).rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings(encoding: str) -> None:
    source = open_bytes(io.BytesIO(TEXT.encode(encoding)), Format.CSV)
    assert source.headers == ("id", "name")
    assert [row.value for row in source.rows] == [["1", "Müller"], ["2", "Łódź"]]


def test_what_is_not_utf8_is_read_as_windows_1252_and_said_so() -> None:
    source = open_bytes(io.BytesIO("id,name\n1,Müller – Söhne\n".encode("cp1252")), Format.CSV)
    assert [row.value for row in source.rows] == [["1", "Müller – Söhne"]]
    assert any("Windows-1252" in note for note in source.notes)


@pytest.mark.parametrize(
    ("separator", "note"), [(",", None), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")]
)
def test_separators(separator: str, note: str | None) -> None:
    lines = [["id", "name, in full"], ["1", "Acme; Ltd | x"]]
    raw = "\n" + "\n".join(separator.join(f'"{cell}"' for cell in line) for line in lines)
    source = open_bytes(io.BytesIO(raw.encode()), Format.CSV)
    assert source.headers == ("id", "name, in full")
    assert [row.value for row in source.rows] == [["1", "Acme; Ltd | x"]]
    assert [note] == [next((n for n in ("semicolons", "tabs", "bars") if n in " ".join(source.notes)), None)]


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "\n\nsep=;"])
def test_a_first_line_that_names_the_separator(first: str) -> None:
    source = open_bytes(io.BytesIO(f"{first}\r\nid;name, in full\r\n1;Acme, Ltd\r\n".encode()), Format.CSV)
    assert source.headers == ("id", "name, in full")
    at = first.count("\n") + 3
    assert list(source.rows) == [Row(at, ["1", "Acme, Ltd"])]
    assert any("semicolons" in note for note in source.notes)


def test_a_column_called_sep_is_a_column() -> None:
    assert open_bytes(io.BytesIO(b"sep,name\n1,Acme\n"), Format.CSV).headers == ("sep", "name")


def test_lines_are_those_of_the_file_whatever_is_in_quotes() -> None:
    raw = b'id,note\n1,"two\nlines"\n\n2,x\n3,"a\r\nb\r\nc"\n4,y\n'
    assert [(row.line, row.value[0]) for row in rows(raw)] == [(2, "1"), (5, "2"), (6, "3"), (9, "4")]


def test_rows_that_cannot_be_read_stop_no_other() -> None:
    raw = b'id,name\n1,a,b\n2,"x"y\n3,ok\n'
    found = rows(raw)
    assert [row.line for row in found] == [2, 3, 4]
    assert "3 cells for 2 columns" in (found[0].problem or "")
    assert "quotes do not match" in (found[1].problem or "")
    assert found[2].value == ["3", "ok"]


def test_a_quote_that_is_never_closed() -> None:
    assert "not closed" in (rows(b'id,name\n1,"open\n2,b\n')[0].problem or "")


def test_lines_of_json() -> None:
    found = rows(b'{"external_id": "1"}\n\nnot json\n[1]\n{"external_id": NaN}\n', Format.NDJSON)
    assert [(row.line, row.problem is None) for row in found] == [
        (1, True),
        (3, False),
        (4, False),
        (5, False),
    ]


def test_a_list_of_json() -> None:
    found = rows(b'[{"external_id": "1"}, 2]', Format.JSON)
    assert [(row.line, row.problem is None) for row in found] == [(1, True), (2, False)]


@pytest.mark.parametrize(
    ("raw", "format", "message"),
    [
        (b"", Format.CSV, "empty"),
        (b'"open\n1,2\n', Format.CSV, "must name the columns"),
        (b"PK\x03\x04\x00\x00", Format.CSV, "workbook"),
        (b"id,name\n1,Acme\n2,B\x00eta\n", Format.CSV, "Line 3 has a NUL byte"),
        ("id,name\n1,Acme\n".encode("utf-16-le"), Format.CSV, "UTF-16 without a byte-order mark"),
        ("id,name\n1,Acme\n".encode("utf-16-be"), Format.CSV, "UTF-16 without a byte-order mark"),
        ("名前,国\nAcme,DE\n".encode("utf-16-le"), Format.CSV, "UTF-16 without a byte-order mark"),
        (b"id,n\x00me\n", Format.CSV, "Line 1 has a NUL byte"),
        (
            b"id,n\x81me\n1,Acme\n",
            Format.CSV,
            "Line 1 is not UTF-8 .bytes 81., and line 1 is not Windows-1252",
        ),
        (b"id,name\n" + b"1,Acme\n" * 200_000 + b"2,\x8deta\n", Format.CSV, "Line 200002 is not UTF-8"),
        (
            "id,name\n1,Łódź\n".encode() + b"2,B\xe9ta\n3,\xc3\x81\n",
            Format.CSV,
            "Line 3 is not UTF-8 .bytes E9., and line 2 is not Windows-1252; save the file as CSV in UTF-8",
        ),
        ("id,name\n1,Acme\n".encode("utf-16") + b"\x00\xd8\x41\x00", Format.CSV, "Line 3 is not UTF-16"),
        ("id,name\n1,Acme\n".encode("utf-16")[:-1], Format.CSV, "Line 2 is not UTF-16"),
        (b'{"a": "\x81"}\n', Format.NDJSON, "Line 1 is not UTF-8"),
        (b"sep=#\nid#name\n", Format.CSV, "names '#' as separator; it must be one of commas, semicolons"),
        (b'{"a": 1}', Format.JSON, "list of objects"),
        (b"[1,", Format.JSON, "not JSON"),
    ],
)
def test_files_that_cannot_be_read(raw: bytes, format: Format, message: str) -> None:
    with pytest.raises(Unreadable, match=message):
        rows(raw, format)


def test_files_by_name(tmp_path: Path) -> None:
    packed = tmp_path / "accounts.csv.gz"
    packed.write_bytes(gzip.compress(TEXT.encode()))
    with open_file(packed) as source:
        assert len(list(source.rows)) == 2
        assert 0 < source.position() <= packed.stat().st_size
    packed.write_bytes(gzip.compress(TEXT.encode())[:-9])
    with pytest.raises(Unreadable, match="gzip"), open_file(packed) as source:
        list(source.rows)
    with pytest.raises(Unreadable, match=r"must end in \.csv"), open_file(_written(tmp_path / "a.xlsx")):
        pass
    with pytest.raises(Unreadable, match="No such file"), open_file(tmp_path / "missing.csv"):
        pass


def _written(path: Path) -> Path:
    path.write_bytes(b"x")
    return path
