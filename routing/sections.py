"""What may be written in a rulebook, section by section.

The descriptions are the reference: they appear in docs/rulebook.md, in the
JSON Schema that editors use, and as the hint when something is wrong.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from routing.fields import FieldType
from routing.rules.base import Away


class Section(BaseModel):
    """A part of the file. Unknown keys are refused; text must be text."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CustomField(Section):
    """A field of your own, the values of a built-in text field, or the first known of several fields."""

    type: FieldType | None = Setting(
        default=None, strict=False, description="text, number, boolean, time or rep; text unless said."
    )
    values: list[Any] = Setting(default=[], description="The only values it can have.")
    first_of: list[str] | None = Setting(
        default=None,
        alias="first of",
        min_length=1,
        description="For `known.NAME`: fields of one type, of which the first that is known counts.",
    )
    doc: str = Setting(default="", description="What it means.")


class RuleSettings(Section):
    """A rule of engagement: when it applies, what it asks for, and why it exists."""

    id: str = Setting(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        description="A short name, unique in the file: letters, digits, hyphens, dots, underscores.",
    )
    because: str = Setting(min_length=1, description="Why the rule exists, in one sentence.")
    reference: str | None = Setting(default=None, description="The clause of the written rules it codifies.")
    owner: str | None = Setting(default=None, description="Who answers for the rule.")
    start: str | None = Setting(default=None, alias="from", description="When it begins to apply.")
    until: str | None = Setting(
        default=None, description="When it ceases to apply: the first moment without it."
    )
    group: str | None = Setting(default=None, description="Its precedence group, one of `groups`.")
    when: Any = Setting(default=None, description="The condition; a rule without one always applies.")
    then: Any = Setting(description="The outcome it asks for.")
    sla: Any = Setting(default=None, description="The promise to the contact, e.g. `4 business hours`.")
    notify: list[Any] = Setting(
        default=[],
        description="Who else is told: outcomes that name a person, `{manager of: assignee}`, `partner` or "
        "`owners of candidates`.",
    )
    credit: list[Any] = Setting(default=[], description="Whose success it is; unless said, as in `defaults`.")


class FallbackSettings(Section):
    """What happens when no rule applies. It always answers, so it is a pool, a queue or a rejection."""

    because: str = Setting(default="no rule applies", description="Why this is the fallback.")
    then: Any = Setting(description="A pool, a queue or a rejection.")
    sla: Any = Setting(default=None, description="The promise to the contact.")
    notify: list[Any] = Setting(default=[], description="Who else is told.")
    credit: list[Any] = Setting(default=[], description="Whose success it is; unless said, as in `defaults`.")


class ConflictSettings(Section):
    """What happens when claims of these kinds differ. Say `prefer` or `then`."""

    id: str = Setting(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="A short name, unique in the file."
    )
    because: str = Setting(min_length=1, description="Why it is settled so.")
    reference: str | None = Setting(default=None, description="The clause of the written rules it codifies.")
    between: list[str] = Setting(min_length=1, description="The kinds of claims, e.g. `owner of account`.")
    prefer: Any = Setting(default=None, description="The kind that is preferred, or a list, best first.")
    then: Any = Setting(default=None, description="An outcome that decides instead: ask a person, a queue.")
    notify_loser: bool = Setting(default=False, alias="notify loser", description="Tell the rep who loses.")


class Defaults(Section):
    """What holds where a rule says nothing."""

    sla: Any = Setting(default=None, description="The promise of rules without `sla`.")
    credit: list[Any] = Setting(default=[], description="The credit of rules without `credit`.")
    away: Away = Setting(
        default=Away.COVER,
        strict=False,
        description="What a claim for an absent person does: `cover` (the cover acts; without one the "
        "contact waits for the person), `keep` (it waits) or `pass` (the cover acts; without one the next "
        "claim is considered).",
    )
    by_hand: str = Setting(
        default="30 days",
        alias="by hand",
        description="How long the word of a person who gave a contact to a rep stands against the rules; "
        "`0 days` for not at all.",
    )
    tie: str = Setting(
        default="review", min_length=1, description="The queue for what only a person can decide."
    )


class RulebookFile(Section):
    """The keys of a rulebook."""

    version: int = Setting(description="The version of the format: 1.")
    timezone: str = Setting(
        default="UTC", description="The zone of dates and calendar days, e.g. Europe/Berlin."
    )
    calendars: dict[str, Any] = Setting(default={}, description="Working hours of teams, by name.")
    lists: dict[str, Any] = Setting(default={}, description="Lists of values, by name.")
    fields: dict[str, Any] = Setting(default={}, description="Your own fields, and values of built-in ones.")
    definitions: dict[str, Any] = Setting(default={}, description="Conditions, by name.")
    tables: dict[str, Any] = Setting(default={}, description="Tables, such as territories, by name.")
    files: dict[str, str] = Setting(
        default={}, description="The CSV files that tables come from; put here when the rulebook is sent."
    )
    groups: list[str] = Setting(default=[], description="Precedence groups, the highest first.")
    rules: list[Any] = Setting(default=[], description="The rules, in order of precedence.")
    conflicts: list[Any] = Setting(default=[], description="What happens when claims differ.")
    fallback: Any = Setting(description="What happens when no rule applies.")
    guarantees: list[Any] = Setting(default=[], description="What no contact may ever meet; lint proves it.")
    lint: list[Any] = Setting(default=[], description="Findings of lint that are meant to be, and why.")
    misses: Any = Setting(default=None, description="When a rep who misses clocks is switched offline.")
    defaults: Any = Setting(default=None, description="What holds where a rule says nothing.")
    fixtures: Any = Setting(default=None, description="Reps, pools, accounts and the clock that tests share.")
    tests: list[Any] = Setting(default=[], description="Tests of this rulebook.")
