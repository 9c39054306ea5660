"""The ``lint`` section: findings that are meant to be, each with the reason.

There is no other way to silence a finding, so who reads the rulebook reads why.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.findings import FINDINGS
from routing.problems import did_you_mean
from routing.reading import Node
from routing.sections import Section
from routing.shape import Report, validate


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """Findings of one kind that are allowed: about ``of`` (empty: about anything)."""

    code: str
    of: tuple[str, ...]
    because: str
    line: int
    column: int


class AllowanceSettings(Section):
    """Findings that are meant to be, and why."""

    allow: str = Setting(description="The kind of finding, e.g. `overlap`; docs/rulebook-lint.md has all.")
    of: list[str] = Setting(
        default=[],
        description="The rules, pools, reps, lists or guarantees it is about; unless said, all.",
    )
    because: str = Setting(min_length=1, description="Why it is meant to be so, in one sentence.")


def read_allowances(node: Node | None, report: Report) -> tuple[Allowance, ...]:
    """Read the section; entries with a fault are reported and left out."""
    found: list[Allowance] = []
    for item in (node.items or []) if node is not None else []:
        settings = validate(AllowanceSettings, item, "an entry of 'lint'", report)
        if settings is None:
            continue
        if settings.allow not in FINDINGS or settings.allow == "idle_allowance":
            hint = (
                did_you_mean(settings.allow, FINDINGS) or "docs/rulebook-lint.md lists the kinds of findings"
            )
            report(
                (item.mapping or {})["allow"],
                "unknown_finding",
                f"there is no kind of finding '{settings.allow}' that can be allowed",
                hint,
            )
            continue
        found.append(
            Allowance(
                code=settings.allow,
                of=tuple(settings.of),
                because=settings.because,
                line=item.line,
                column=item.column,
            )
        )
    return tuple(found)
