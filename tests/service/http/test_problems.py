from __future__ import annotations

from service.http.problems import problems
from service.problems import kinds


def test_kinds_of_one_status_share_an_entry() -> None:
    described = problems(*(kind for kind in kinds() if kind.status == 409))[409]["description"]
    assert "Or:" in described
