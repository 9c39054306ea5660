"""The ``guarantees`` section: what no contact may ever meet, whatever the rules come to say.

A guarantee says of contacts with certain facts what never, or always, becomes of
them. Rules do not look at it; lint proves it over the rules, or shows a contact
for which they break it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field as Setting

from routing.conditions import ALWAYS, Tree
from routing.problems import did_you_mean
from routing.reading import Node
from routing.sections import Section
from routing.shape import Report, validate
from routing.types.decision import FALLBACK
from routing.when import ConditionReader

What = Literal["rule", "pool", "queue", "rep", "reject", "kind"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """For contacts for which ``when`` holds: what decides is ``always``, or never, one of ``words``.

    ``what`` says what the words are: rules, pools, queues, reps, codes of
    rejections or kinds of claims.
    """

    id: str
    because: str
    reference: str | None
    when: Tree
    always: bool
    what: What
    words: tuple[str, ...]
    line: int
    column: int


class OutcomeSettings(Section):
    """Which outcomes are meant: one of these, a value or a list."""

    rule: Any = Setting(default=None, description="Decided by these rules.")
    pool: Any = Setting(default=None, description="A turn of these pools.")
    queue: Any = Setting(default=None, description="A place in these queues.")
    rep: Any = Setting(default=None, description="These reps, named in a rule.")
    reject: Any = Setting(default=None, description="A rejection with these codes.")
    kind: Any = Setting(default=None, description="A claim of these kinds, e.g. `owner of account`.")


class GuaranteeSettings(Section):
    """What never, or always, becomes of contacts with certain facts. Lint proves it."""

    id: str = Setting(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="A short name, unique in the file."
    )
    because: str = Setting(min_length=1, description="Why it must be so, in one sentence.")
    reference: str | None = Setting(default=None, description="The clause of the written rules it codifies.")
    when: Any = Setting(default=None, description="Which contacts; all unless said.")
    never: Any = Setting(default=None, description="What must not become of them, e.g. `{pool: sdrs}`.")
    always: Any = Setting(default=None, description="What must become of them, e.g. `{queue: channel}`.")


def read_guarantees(
    node: Node | None, reader: ConditionReader, rules: Sequence[str], report: Report
) -> tuple[Guarantee, ...]:
    """Read the section; entries with a fault are reported and left out. ``rules`` are those of the book."""
    found: dict[str, Guarantee] = {}
    for item in (node.items or []) if node is not None else []:
        settings = validate(GuaranteeSettings, item, "a guarantee", report)
        if settings is None:
            continue
        entries = item.mapping or {}
        tree = reader.condition(entries["when"]) if "when" in entries else ALWAYS
        meant = _meant(item, entries, rules, report)
        if settings.id in found:
            report(entries["id"], "duplicate_id", f"there are two guarantees '{settings.id}'")
        if meant is None:
            continue
        found[settings.id] = Guarantee(
            id=settings.id,
            because=settings.because,
            reference=settings.reference,
            when=tree,
            always="always" in entries,
            what=meant[0],
            words=meant[1],
            line=item.line,
            column=item.column,
        )
    return tuple(found.values())


def _meant(
    item: Node, entries: Mapping[str, Node], rules: Sequence[str], report: Report
) -> tuple[What, tuple[str, ...]] | None:
    """Return which outcomes a guarantee means."""
    if ("never" in entries) is ("always" in entries):
        report(
            item,
            "never_or_always",
            "a guarantee says either 'never' or 'always'",
            "write e.g. 'never: {pool: sdrs}'",
        )
        return None
    node = entries["never"] if "never" in entries else entries["always"]
    if validate(OutcomeSettings, node, "what a guarantee is about", report) is None:
        return None
    said = node.mapping or {}
    if len(said) != 1:
        report(node, "one_of_these", "name one of rule, pool, queue, rep, reject and kind")
        return None
    [(what, value)] = said.items()
    words = tuple(each.raw.strip() for each in (value.items or [value]) if each.scalar is not None)
    if what == "rule":
        for each in value.items or [value]:
            if each.raw not in (*rules, FALLBACK):
                report(each, "unknown_rule", f"there is no rule '{each.raw}'", did_you_mean(each.raw, rules))
    if what == "kind":
        words = tuple(word.replace(" ", "_") for word in words)
    return what, words  # type: ignore[return-value]  # the keys of OutcomeSettings
