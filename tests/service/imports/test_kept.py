"""service/imports/kept.py: what was said of a file is kept with it, and the file is what was sent."""

from __future__ import annotations

import gzip

import pytest

from service.imports.dates import Dates
from service.imports.headers import Kind
from service.imports.kept import Kept, unpacked

BODY = b'"Our\nNo",Since\n1,3/4/2026\n'


@pytest.mark.parametrize("body", [BODY, gzip.compress(BODY, mtime=0)], ids=["plain", "packed"])
@pytest.mark.parametrize("by_hand", [{}, {"Our\nNo": "external_id", "Since": "owner_from"}])
@pytest.mark.parametrize("dates", [None, Dates.MDY])
def test_what_was_said_is_kept_with_the_file(
    body: bytes, by_hand: dict[str, str], dates: Dates | None
) -> None:
    file = Kept(kind=Kind.ACCOUNTS, media_type="text/csv", body=body, dates=dates, by_hand=by_hand)
    media_type, packed = file.packed()
    assert len(media_type) <= 64, "as much as the database holds"
    assert unpacked("accounts", media_type, packed) == file
    assert file.month_first().get("owner_from") is (True if dates else None)
    assert [row.value for row in file.source().rows] == [["1", "3/4/2026"]]
