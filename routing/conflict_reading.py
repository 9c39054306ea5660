"""Reads the section ``conflicts``: what happens when claims of certain kinds differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set

from routing.conflicts import Conflict
from routing.problems import did_you_mean
from routing.reading import Node, quoted
from routing.rules import RULE_TYPES
from routing.rules.base import Binder
from routing.sections import ConflictSettings
from routing.shape import Report, validate


def read_conflicts(nodes: Iterable[Node], rules: Set[str], binder: Binder) -> tuple[Conflict, ...]:
    """Read the entries of the section; faults are reported. ``rules`` are the ids of the book's rules."""
    conflicts: list[Conflict] = []
    for node in nodes:
        settings = validate(ConflictSettings, node, "a conflict", binder.report)
        if settings is None:
            continue
        entries = node.mapping or {}
        if settings.id in rules or settings.id in {c.id for c in conflicts}:
            binder.report(
                entries["id"],
                "duplicate_id",
                f"'{settings.id}' is already the id of another",
                "every rule and conflict has its own id",
            )
        conflicts.append(_conflict(settings, entries, node, binder))
    return tuple(conflicts)


def _conflict(
    settings: ConflictSettings, entries: Mapping[str, Node], node: Node, binder: Binder
) -> Conflict:
    between = [_kind(item, binder.report) for item in entries["between"].items or []]
    preferred = _listed(entries.get("prefer"))
    prefer = [_kind(item, binder.report) for item in preferred]
    then = binder.outcome(entries["then"]) if "then" in entries else None
    if ("prefer" in entries) is ("then" in entries):
        binder.report(
            node,
            "prefer_or_then",
            "a conflict says either 'prefer' or 'then'",
            "prefer one kind of claim, or name an outcome that decides instead",
        )
    for kind, item in zip(prefer, preferred, strict=True):
        if kind is not None and kind not in between:
            binder.report(item, "not_between", f"{quoted(item)} is preferred but not under 'between'")
    return Conflict(
        id=settings.id,
        between=frozenset(k for k in between if k),
        prefer=tuple(k for k in prefer if k),
        then=then,
        notify_loser=settings.notify_loser,
        because=settings.because,
        reference=settings.reference,
    )


def _listed(node: Node | None) -> list[Node]:
    """The items of a list, or what stands in the place of one."""
    return [] if node is None else node.items or [node]


def _kind(node: Node, report: Report) -> str | None:
    """Read the name of a kind of claim, as claims have it."""
    known = {kind.replace("_", " "): kind for type_ in RULE_TYPES for kind in type_.kinds}
    word = node.raw.replace("_", " ")
    if word not in known:
        report(
            node,
            "unknown_kind",
            f"there is no kind of claim {quoted(node)}",
            did_you_mean(word, known) or f"use one of {', '.join(known)}",
        )
    return known.get(word)
