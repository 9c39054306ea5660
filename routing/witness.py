"""A concrete contact that shows what a finding says, in the language of tests.

It can be read, put under ``tests`` of the rulebook as it stands, and given to
``muster rules explain``. `routing.lint.replay` tries it before it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from routing.types.decision import Verdict

_UTC = ":00+00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A situation and what becomes of it.

    ``given`` and ``now`` are the situation, as a test says it. ``rule`` is the rule
    (or conflict) that decides, ``verdicts`` what becomes of the rules in question.
    """

    now: str
    given: Mapping[str, Any]
    rule: str | None
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def __str__(self) -> str:
        """In one line: what the situation is, and who decides."""
        said = ", ".join(_flat("", {k: v for k, v in self.given.items() if k != "pools"}))
        return f"{said or 'any contact'} -> {self.rule}"


def _flat(path: str, value: Any) -> list[str]:
    """Render a part of a situation as ``account.tier: gold`` and the like."""
    if isinstance(value, Mapping):
        inner = ((f"{path}.{key}" if path else key, each) for key, each in value.items())
        return [part for key, each in inner for part in _flat(key, each)] or [f"{path}: there is one"]
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return [f"{path}: {{{', '.join(_flat('', each)) if each else 'one'}}}" for each in value]
    if isinstance(value, list):
        return [f"{path}: [{', '.join(map(str, value))}]"]
    if isinstance(value, bool):
        return [f"{path}: {str(value).lower()}"]
    text = str(value)
    if text.endswith(_UTC):
        text = text.removesuffix(_UTC) + "Z"
    return [f"{path}: {text or 'blank'}"]
