"""Reads the text of a PDF back, as far as the reports here go: fonts with their own tables, and Adobe's."""

from __future__ import annotations

import base64
import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\b(.*?)endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)endstream", re.DOTALL)
_SHOWN = re.compile(rb"/(F\d\S*) [\d.]+ Tf|\((?:[^()\\]|\\.)*\) Tj|T\*|BT", re.DOTALL)
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_NAMED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """What a reader sees, with single spaces."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    fonts = {
        name[1]: _decoder(body, objects)
        for body in objects.values()
        if b"/Type /Font" in body and (name := re.search(rb"/Name /(\S+)", body))
    }
    found = []
    for body in objects.values():
        if b"stream" in body and b"/Length1" not in body and b"/Subtype" not in body:
            found.append(_words(_stream(body), fonts))
    return re.sub(r"\s+", " ", " ".join(found))


def _words(content: bytes, fonts: dict[bytes, dict[int, str] | None]) -> str:
    words, table = [], None
    for found in _SHOWN.finditer(content):
        if found[1]:
            table = fonts.get(found[1])
        elif found[0].endswith(b"Tj"):
            raw = _ESCAPED.sub(_unescaped, found[0][1:-4])
            words.append(raw.decode("utf-16-be") if table is None else "".join(table[byte] for byte in raw))
        else:
            words.append(" ")
    return "".join(words)


def _unescaped(found: re.Match[bytes]) -> bytes:
    said = found[1]
    return bytes([int(said, 8)]) if said.isdigit() else _NAMED.get(said, said)


def _decoder(font: bytes, objects: dict[int, bytes]) -> dict[int, str] | None:
    """The letters of a font by their bytes; None for those of Adobe's, which are UTF-16."""
    table = re.search(rb"/ToUnicode (\d+) 0 R", font)
    if table is None:
        return None if b"/Type0" in font else {byte: chr(byte) for byte in range(256)}
    lines = re.findall(rb"<(\w\w)> <(\w{4,})>\n", _stream(objects[int(table[1])]))
    return {int(byte, 16): bytes.fromhex(code.decode()).decode("utf-16-be") for byte, code in lines}


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    assert found
    raw = found[1].strip()
    if b"ASCII85Decode" in body:
        raw = base64.a85decode(raw.removesuffix(b"~>"))
    return zlib.decompress(raw) if b"FlateDecode" in body else raw
