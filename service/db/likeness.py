"""Conditions on texts that are like what somebody typed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func

ESCAPE = "\\"


def escaped(text: str) -> str:
    """The text as a part of a LIKE pattern that stands for itself."""
    return text.translate({ord(each): ESCAPE + each for each in "\\%_"})


def containing(column: Any, typed: str) -> Any:
    """Whether a column has what was typed somewhere in it, in capitals or not."""
    return func.lower(column).like(f"%{escaped(typed.lower())}%", escape=ESCAPE)
