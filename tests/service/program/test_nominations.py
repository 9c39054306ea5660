"""Nominations, reviews and quarters, told as stories on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.db.engine import Database
from tests.service.program.story import tell

STORIES = YAML(typ="safe").load(
    (Path(__file__).parents[2] / "cases" / "program" / "stories.yaml").read_text()
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story["name"])
def test_story(database: Database, story: dict[str, Any]) -> None:
    tell(database, story)
