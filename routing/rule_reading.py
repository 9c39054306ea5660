"""Reads the rules of a rulebook, its groups and its fallback."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from routing.compiled import Rule, refusals
from routing.conditions import ALWAYS, Tree, compile_condition
from routing.durations import TIME_HINT, parse_time
from routing.effects.credit import Stamp, read_credit
from routing.effects.notify import read_notify
from routing.effects.people import Whom
from routing.problems import did_you_mean
from routing.promises import PromiseReader, Promises
from routing.reading import Node, quoted
from routing.rules.base import Binder, Outcome
from routing.sections import FallbackSettings, RuleSettings
from routing.shape import validate
from routing.types.decision import FALLBACK

UNGROUPED = "the rest"
"""The place of rules without a group in ``groups``."""

Effects = tuple[Promises, tuple[Whom, ...], tuple[Stamp, ...]]
"""What an assignment by a rule brings with it: the promises, who is told, whose success it is."""


class RuleReader:
    """Reads rules, each with what holds for all where it says nothing. Faults are reported."""

    def __init__(
        self,
        binder: Binder,
        promises: PromiseReader,
        default_sla: Promises,
        default_credit: tuple[Stamp, ...],
    ) -> None:
        self._binder, self._report = binder, binder.report
        self._promises = promises
        self._default_sla, self._default_credit = default_sla, default_credit

    def rules(self, nodes: Iterable[Node], groups: Node | None) -> list[Rule]:
        """Read the rules in their order in the file; those with a fault are left out."""
        ranks = self._ranks(groups)
        rules: list[Rule] = []
        lines: dict[str, int] = {}
        for node in nodes:
            settings = validate(RuleSettings, node, "a rule", self._report)
            rule = self._rule(settings, node, ranks)
            if settings is not None:
                self._check_id(settings.id, node, lines)
            if rule is not None:
                rules.append(rule)
        return rules

    def fallback(self, node: Node | None) -> Rule | None:
        """Read the fallback, as a rule that always applies; None where there is none, or a faulty one."""
        if node is None:
            return None
        settings = validate(FallbackSettings, node, "'fallback'", self._report)
        entries = node.mapping or {}
        outcome = self._outcome(entries)
        if outcome is not None and outcome.kind not in ("pool", "queue", "reject"):
            self._report(
                entries["then"],
                "fallback_may_fail",
                f"the fallback must always have an answer, and '{outcome.kind}' may have none",
                "use a pool, a queue or a rejection",
            )
        effects = self._effects(entries)
        if settings is None or outcome is None:
            return None
        return _made(node, FALLBACK, settings.because, None, ALWAYS, outcome, effects)

    def _rule(
        self, settings: RuleSettings | None, node: Node, ranks: Mapping[str | None, int]
    ) -> Rule | None:
        """Read a rule's parts, also of a rule whose own keys are faulty, to find all faults at once."""
        entries = node.mapping or {}
        tree = self._binder.condition(entries["when"]) if "when" in entries else ALWAYS
        outcome = self._outcome(entries)
        start, until = self._period(entries)
        group = settings.group if settings is not None else None
        if group not in ranks:
            self._report(
                entries["group"],
                "unknown_group",
                f"there is no group '{group}'",
                did_you_mean(str(group), [g for g in ranks if g]) or "name it under 'groups'",
            )
        effects = self._effects(entries)
        if settings is None or outcome is None:
            return None
        made = _made(node, settings.id, settings.because, settings.reference, tree, outcome, effects)
        rank = ranks.get(group, 0)
        return replace(made, owner=settings.owner, start=start, until=until, group=group, rank=rank)

    def _ranks(self, node: Node | None) -> dict[str | None, int]:
        """Return the rank of each group, 0 the highest; that of None is the one of rules without a group."""
        items = (node.items or []) if node is not None else []
        names = [item.value for item in items]
        for index, item in enumerate(items):
            if item.value in names[:index]:
                self._report(item, "duplicate_value", f"'{item.value}' is in 'groups' twice")
        order = [str(name) for name in names]
        if UNGROUPED not in order:
            order.append(UNGROUPED)
        ranks: dict[str | None, int] = {name: rank for rank, name in enumerate(order)}
        return {**ranks, None: ranks[UNGROUPED]}

    def _check_id(self, rule: str, node: Node, lines: dict[str, int]) -> None:
        """Report an id that another rule has, or the fallback; note its line in ``lines``."""
        if rule == FALLBACK:
            message = "'fallback' is the name of the fallback"
            self._report(node, "reserved", message, "give the rule another id")
        elif rule in lines:
            message = f"'{rule}' is also the rule on line {lines[rule]}"
            self._report((node.mapping or {})["id"], "duplicate_id", message, "every rule has its own id")
        lines.setdefault(rule, node.line)

    def _outcome(self, entries: Mapping[str, Node]) -> Outcome | None:
        return self._binder.outcome(entries["then"]) if "then" in entries else None

    def _period(self, entries: Mapping[str, Node]) -> tuple[datetime | None, datetime | None]:
        """Return when the rule begins to apply and when it ceases to."""
        start, until = self._moment(entries.get("from")), self._moment(entries.get("until"))
        if start is not None and until is not None and start >= until:
            self._report(
                entries["until"],
                "empty_period",
                "the rule ends before it begins",
                "'until' is the first moment at which the rule no longer applies",
            )
        return start, until

    def _moment(self, node: Node | None) -> datetime | None:
        if node is None or not isinstance(node.value, str):
            return None
        moment = parse_time(node.value, self._binder.zone)
        if moment is None:
            self._report(node, "bad_time", f"{quoted(node)} is no date or time", TIME_HINT)
        return moment

    def _effects(self, entries: Mapping[str, Node]) -> Effects:
        sla = self._promises.read(entries["sla"]) if "sla" in entries else self._default_sla
        notify = read_notify(entries.get("notify"), self._binder)
        credit = read_credit(entries["credit"], self._binder) if "credit" in entries else self._default_credit
        return sla, notify, credit


def _made(
    node: Node, rule: str, because: str, reference: str | None, tree: Tree, outcome: Outcome, effects: Effects
) -> Rule:
    """Compile a rule that is nobody's, of no group, and without a time."""
    sla, notify, credit = effects
    return Rule(
        id=rule,
        because=because,
        reference=reference,
        owner=None,
        start=None,
        until=None,
        group=None,
        rank=0,
        tree=tree,
        when=compile_condition(tree),
        refuse=refusals(rule, outcome.kind, because, reference),
        outcome=outcome,
        sla=sla,
        notify=notify,
        credit=credit,
        line=node.line,
        column=node.column,
    )
