"""A file's bytes -> the encoding to read them in, found by going through all of them once.

UTF-8 with or without a byte-order mark, UTF-16 with one; what is neither is read as
Windows-1252, the other thing that spreadsheets write. What cannot be read to its end
in any of them is refused before a row is read, with the line.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field
from typing import IO

from service.imports.layouts import Unreadable

_BLOCK = 1 << 20
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE = "save the file as CSV in UTF-8"
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""The bytes that Windows-1252 leaves open."""


@dataclass(slots=True)
class _Decoding:
    """How far a file can be read in one encoding; ``fault`` says where it cannot be any longer."""

    encoding: str
    fault: str | None = None
    _lines: int = 1
    _decoder: codecs.IncrementalDecoder = field(init=False)

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self.encoding)()

    def take(self, block: bytes, *, final: bool = False) -> None:
        """Read the next bytes of the file."""
        if self.fault is not None:
            return
        try:
            self._lines += self._decoder.decode(block, final).count("\n")
        except UnicodeDecodeError as error:
            read = error.object[: error.start].decode(error.encoding, "ignore")
            wrong = " ".join(f"{byte:02X}" for byte in error.object[error.start : error.end])
            line = self._lines + read.count("\n")
            self.fault = f"Line {line} is not {_NAMES[self.encoding]} (bytes {wrong})"


_NAMES = {"utf-8": "UTF-8", "utf-16": "UTF-16 as the file's start is"}


def found(data: IO[bytes]) -> tuple[str, tuple[str, ...]]:
    """Return the encoding in which to read a file, and what is to be said of it. Raises Unreadable."""
    try:
        return _found(data)
    except (OSError, EOFError):
        raise Unreadable("The file is not a whole gzip file; compress it again") from None


def _found(data: IO[bytes]) -> tuple[str, tuple[str, ...]]:
    block = data.read(_BLOCK)
    if not block:
        raise Unreadable("The file is empty; its first line must name the columns")
    wide = block.startswith(_MARKS)
    decoding = _Decoding("utf-16" if wide else "utf-8")
    undefined, line = None, 1  # the first line that is not Windows-1252
    while block:
        if not wide:
            _refuse_nul(block, line)
            if undefined is None and (wrong := _UNDEFINED.search(block)) is not None:
                undefined = line + block.count(b"\n", 0, wrong.start())
            line += block.count(b"\n")
        decoding.take(block)
        block = data.read(_BLOCK)
    decoding.take(b"", final=True)
    if decoding.fault is None:
        return ("utf-16", ("read as UTF-16",)) if wide else ("utf-8-sig", ())
    if wide:
        raise Unreadable(f"{decoding.fault}; {_SAVE}")
    if undefined is not None:
        raise Unreadable(f"{decoding.fault}, and line {undefined} is not Windows-1252; {_SAVE}")
    return "cp1252", ("is not UTF-8; read as Windows-1252",)


def _is_wide(block: bytes) -> bool:
    """Whether a file's first bytes are UTF-16 without a mark.

    Half of each Latin letter, comma and line end is a NUL byte there: all in even places, or all in odd ones.
    """
    start = block[:4096]
    places = [place % 2 for place, byte in enumerate(start) if byte == 0]
    return not start.startswith(b"PK") and len(places) > 2 and len(set(places)) == 1


def _refuse_nul(block: bytes, line: int) -> None:
    """Raise Unreadable for a NUL byte, which text has only in UTF-16 and workbooks have everywhere."""
    at = block.find(b"\0")
    if at < 0:
        return
    if line == 1 and _is_wide(block):
        raise Unreadable(f"The file looks like UTF-16 without a byte-order mark; {_SAVE}")
    line += block.count(b"\n", 0, at)
    raise Unreadable(f"Line {line} has a NUL byte: take it out; save a workbook as CSV in UTF-8")
