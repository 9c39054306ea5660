"""The file of what is wrong with a file, for the person who can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from service.imports.rows import Fault
from service.spreadsheet import line

_COLUMNS = ("line", "column", "problem", "row")


class ErrorsFile:
    """FILE.errors.csv: made with the first fault; none is left of an earlier run when there is no fault.

    ``what`` tells it from that of another command over the same file.
    """

    def __init__(self, file: Path, what: str = "errors") -> None:
        self.path = file.with_name(f"{file.name}.{what}.csv")
        self._open: IO[str] | None = None

    def __enter__(self) -> Self:
        self.path.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open is not None:
            self._open.close()

    def add(self, fault: Fault) -> None:
        """Write one fault down."""
        if self._open is None:
            self._open = self.path.open("w", encoding="utf-8", newline="")
            self._open.write(line(_COLUMNS))
        self._open.write(line(_cells(fault)))


def as_text(faults: Iterable[Fault]) -> str:
    """The whole of such a file, for those who fetch it over HTTP."""
    return "".join(map(line, (_COLUMNS, *map(_cells, faults))))


def _cells(fault: Fault) -> tuple[object, ...]:
    became = "stored without it" if fault.left_out else "not stored"
    return (fault.line, fault.column, fault.problem, became)
