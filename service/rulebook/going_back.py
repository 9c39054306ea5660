"""What would keep a version from being published anew today, for whoever goes back to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from routing.compiled import Directory
from routing.lint import names
from service.rulebook.examination import Examination, examine
from service.rulebook.live import compiled


def warnings_about(text: str, known: Directory, now: datetime) -> Examination:
    """What is wrong with an earlier version beside the reps and pools of now. Raises RulebookInvalid."""
    rulebook = compiled(text)
    return replace(examine(text, now, known=known, reason=False), findings=names(rulebook, now, known))
