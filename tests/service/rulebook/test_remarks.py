"""What is reasoned about once, and who waits for whom meanwhile."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest

from routing.compiled import Rulebook
from routing.problems import Problem
from routing.rulebook import parse
from service.rulebook import remarks
from service.rulebook.remarks import question_of, reasoned

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PATIENCE = 60
"""Seconds after which something that should not wait is taken to wait for good."""


def test_a_text_waits_for_itself_and_for_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    large, small = (
        parse(f"version: 1\nfallback: {{then: {{queue: {name}}}}}\n")
        for name in ("remarks-large", "remarks-small")
    )
    begun, go_on, looked_at = Event(), Event(), []

    def standing(rulebook: Rulebook, *_: object) -> tuple[Problem, ...]:
        looked_at.append(rulebook.version)
        if rulebook.version == large.version:
            begun.set()
            go_on.wait(PATIENCE)
        return ()

    monkeypatch.setattr(remarks, "standing", standing)
    with ThreadPoolExecutor(3) as pool:
        try:
            first = pool.submit(reasoned, large, question_of(large, NOW, None))
            assert begun.wait(PATIENCE)
            again = pool.submit(reasoned, large, question_of(large, NOW, None))
            other = pool.submit(reasoned, small, question_of(small, NOW, None))
            assert other.result(PATIENCE) == ()
        finally:
            go_on.set()
        assert first.result(PATIENCE) == again.result(PATIENCE) == ()
    assert looked_at == [large.version, small.version]
