"""The demo's rulebook is sound, and its own tests pass."""

from __future__ import annotations

from importlib.resources import files

from routing.testing import TestStatus, check_tests

TEXT = files("service.demo").joinpath("rulebook.yaml").read_text(encoding="utf-8")


def test_nothing_is_wrong_with_it_and_its_tests_pass() -> None:
    problems, results = check_tests(TEXT, "rulebook.yaml")
    assert problems == ()
    assert [result.differences for result in results if result.status is not TestStatus.PASSED] == []
    assert len(results) >= 15
