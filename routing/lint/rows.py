"""Rows of tables that never count: taken by rows above, impossible, or excluded by the rules."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

from routing.compiled import Rule
from routing.conditions import All, Tree, describe
from routing.fields import Collection, Field, FieldType, Scope
from routing.lint.context import Context, listed
from routing.lint.reach import shrunk
from routing.lint.trees import conjuncts
from routing.masks import separated
from routing.operators import Operator, fold
from routing.problems import Problem, Severity
from routing.proof.solver import Answer, Found, Impossible, Part, Undecided
from routing.tables import Row, Table

MAX_ROWS = 60
"""Rows of one table that are looked at; of a larger table, of those that can meet a row above."""

MAX_ROUNDS = 60
"""Contacts that are tried for one row."""


def rows(context: Context) -> Iterator[Problem]:
    """Yield the rows that no decision can rest on."""
    for table in context.rulebook.tables:
        yield from _Rows(context, table).problems()


@dataclass(frozen=True, slots=True)
class _Use:
    """A rule that uses the table, with what it asks beside the table itself."""

    rule: Rule
    beside: Tree


class _Rows:
    """Looks at one table. Lives for one look."""

    def __init__(self, context: Context, table: Table) -> None:
        self._context, self._table, self._reasoner = context, table, context.reasoner
        about = f"table.{table.name}."
        self._uses = [
            _Use(rule, _beside(rule.tree, about)) for rule in context.in_force if _names(rule, about)
        ]
        anywhere = any(use.beside == All(parts=()) for use in self._uses)
        self._confined = bool(self._uses) and not anywhere and not _names(context.rulebook.conflicts, about)

    def problems(self) -> Iterator[Problem]:
        """Yield what is found of each row, and what was not looked at."""
        table = self._table
        small = len(table.rows) <= MAX_ROWS
        asked = list(range(len(table.rows))) if small else _may_meet(table.rows)
        excluded: list[int] = []
        open_: list[int] = []
        for place in asked[:MAX_ROWS]:
            answer = self._fits(place)
            if isinstance(answer, Impossible):
                yield self._never(place, answer)
            elif isinstance(answer, Undecided):
                open_.append(place)
            elif self._confined and self._is_excluded(place):
                excluded.append(place)
        if excluded:
            yield self._excluded(excluded)
        if open_:
            message = f"whether {self._called(open_)} ever count is undecided: it depends on texts or times"
            yield self._finding(table.rows[open_[0]], "undecided", Severity.NOTE, message)
        if len(asked) > MAX_ROWS:
            message = (
                f"only {MAX_ROWS} rows of the table '{table.name}' were looked at; the rest is undecided"
            )
            yield self._finding(table.rows[asked[MAX_ROWS]], "undecided", Severity.NOTE, message)

    # --- questions ----------------------------------------------------------

    def _row(self, place: int) -> Part:
        return self._reasoner.holds(f"row {place}", self._table.rows[place].tree)

    def _not(self, place: int) -> Part:
        return self._reasoner.opposite(f"not {self._table.name} {place}", self._row(place))

    def _fits(self, place: int, *more: Part) -> Answer:
        """Find a contact of which the row is the first that fits; rows above are met one by one."""
        parts = [self._row(place), *more]
        for _ in range(MAX_ROUNDS):
            answer = self._reasoner.exists(parts)
            if not isinstance(answer, Found):
                return answer
            taker = self._taker(answer)
            if taker == place:
                return answer
            parts.append(self._not(taker))
        return Undecided(f"more than {MAX_ROUNDS} rows above it")

    def _taker(self, found: Found) -> int:
        situation = found.situation
        number = self._table.number(Scope(situation.facts, situation.now, self._context.rulebook.zone))
        assert number is not None, "one fits: what was found was tried"
        return number - 1

    def _is_excluded(self, place: int) -> bool:
        """Whether each rule that uses the table is for none of the contacts that come to the row."""
        besides = (self._reasoner.holds(use.rule.id, use.beside) for use in self._uses)
        return all(isinstance(self._fits(place, beside), Impossible) for beside in besides)

    # --- findings -----------------------------------------------------------

    def _never(self, place: int, answer: Impossible) -> Problem:
        row = self._table.rows[place]
        alone = self._usual(place)
        if not isinstance(alone, Found):
            return self._impossible(row)
        above = [self._not(each) for each in range(place) if self._not(each).label in answer.because]
        needed = {
            part.label for part in shrunk(self._context, [self._row(place), *above], _all_of(place, above))
        }
        covers = [each for each in range(place) if f"not {self._table.name} {each}" in needed]
        same = all(self._table.rows[each].results == row.results for each in covers)
        taker = self._table.rows[self._taker(alone)]
        if len(covers) == 1:
            why = f"{taker.place} takes every contact it is for"
        else:
            why = f"{self._lines(covers)} take every contact it is for; the one shown, {taker.place} does"
        return self._finding(
            row,
            "shadowed_row",
            Severity.WARNING if same else Severity.ERROR,
            f"the row of the table '{self._table.name}' that asks {row.asks} never counts: {why}",
            hint="remove it: it gives the same" if same else "move it up, or remove it",
            found=alone,
        )

    def _impossible(self, row: Row) -> Problem:
        parts = [self._reasoner.holds(describe(part), part) for part in conjuncts(row.tree)]
        core = shrunk(self._context, parts, Impossible(tuple(part.label for part in parts)))
        nearly = self._reasoner.solve([part for part in parts if part is not core[-1]])
        asked = " and ".join(part.label for part in core)
        return self._finding(
            row,
            "shadowed_row",
            Severity.ERROR,
            f"a row of the table '{self._table.name}' can never fit: no contact has {asked}",
            hint="all cells of a row must hold together",
            found=nearly if isinstance(nearly, Found) else None,
        )

    def _excluded(self, places: Sequence[int]) -> Problem:
        rules = listed([f"'{use.rule.id}'" for use in self._uses])
        what = f"rule {rules} that uses it is" if len(self._uses) == 1 else f"rules {rules} that use it are"
        alone = self._usual(places[0])
        return self._finding(
            self._table.rows[places[0]],
            "shadowed_row",
            Severity.WARNING,
            f"{self._called(places)} never count: the {what} for none of their contacts",
            hint="remove them, or widen the rule's condition",
            found=alone if isinstance(alone, Found) else None,
        )

    def _usual(self, place: int) -> Answer:
        """Return a usual contact that the row asks for, if possible one for a rule that uses the table."""
        for use in self._uses:
            answer = self._reasoner.solve([self._row(place), self._reasoner.holds(use.rule.id, use.beside)])
            if isinstance(answer, Found):
                return answer
        return self._reasoner.solve([self._row(place)])

    def _called(self, places: Sequence[int]) -> str:
        return f"rows of the table '{self._table.name}' ({self._lines(places)})"

    def _lines(self, places: Sequence[int]) -> str:
        return listed([self._table.rows[each].place for each in places])

    def _finding(
        self,
        row: Row,
        code: str,
        severity: Severity,
        message: str,
        *,
        hint: str | None = None,
        found: Found | None = None,
    ) -> Problem:
        rules = [use.rule for use in self._uses]
        problem = self._context.finding(
            code,
            severity,
            message,
            subject=self._table.name,
            place=(row.line, row.column),
            hint=hint,
            witness=self._context.witness(found, *rules) if found is not None else None,
        )
        return replace(problem, file=row.file) if row.file else problem


def _all_of(place: int, parts: Sequence[Part]) -> Impossible:
    return Impossible((f"row {place}", *(part.label for part in parts)))


def _beside(tree: Tree, about: str) -> Tree:
    """Return what a rule asks beside a table: a row that gives nothing may well be there to fail the rest."""
    return All(parts=tuple(part for part in conjuncts(tree) if not _names(part, about)))


def _names(value: Any, about: str) -> bool:
    """Whether a part of a rulebook has a field whose name begins with ``about``."""
    if isinstance(value, Field | Collection):
        return value.name.startswith(about)
    if is_dataclass(value) and not isinstance(value, type):
        inner = (getattr(value, each.name) for each in fields(value))
        return any(_names(each, about) for each in inner if not callable(each))
    if isinstance(value, Mapping):
        return any(_names(each, about) for each in value.values())
    return isinstance(value, tuple | list) and any(_names(each, about) for each in value)


def _may_meet(rows: Sequence[Row]) -> list[int]:
    """Return the rows that can fit together with one above them, as far as cells that list values tell."""
    listed_ = [_values(row.tree) for row in rows]
    having: dict[str, dict[Any, int]] = {}
    asking: dict[str, int] = {}
    for place, values in enumerate(listed_):
        for name, each in values.items():
            asking[name] = asking.get(name, 0) | 1 << place
            for value in each:
                by_value = having.setdefault(name, {})
                by_value[value] = by_value.get(value, 0) | 1 << place
    return [
        place for place, values in enumerate(listed_) if _sharing(values, (1 << place) - 1, having, asking)
    ]


def _sharing(
    values: Mapping[str, set[Any]],
    above: int,
    having: Mapping[str, Mapping[Any, int]],
    asking: Mapping[str, int],
) -> int:
    """Return which of the rows in ``above``, as bits, list none of the fields apart from ``values``."""
    for name, each in values.items():
        sharing = ~asking[name]
        for value in each:
            sharing |= having[name][value]
        above &= sharing
    return above


def _values(tree: Tree) -> dict[str, set[Any]]:
    """Return the values that a row's cells leave to fields, for the cells that list them."""
    found: dict[str, set[Any]] = {}
    for name, tests in separated(tree)[0].items():
        for test in tests:
            if test.operator in (Operator.IS, Operator.IN) and not isinstance(test.operand, Field):
                operands = test.operand if isinstance(test.operand, tuple) else (test.operand,)
                text = test.field.type is FieldType.TEXT
                found[name] = {fold(each) if text else each for each in operands}
    return found
