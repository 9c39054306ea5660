"""Condition trees as formulas of the solver.

Every comparison of `routing.operators` has its formula here; what has none (a
comparison that is new, a node this package does not know) becomes a free truth
value and is noted as open. A test compares formulas and real conditions on
random facts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import z3  # type: ignore[import-untyped]

from routing.conditions import All, Any_, Count, Named, Not, Test, Tree, describe
from routing.durations import Window
from routing.fields import Field, FieldType
from routing.operators import COMPARISONS, Operand, Operator, predicate
from routing.proof.hidden import Differ, First, Open
from routing.proof.space import BLANK, Key, Known, Slot, Space, number, seconds
from routing.reach import Reach
from routing.tables import ROW, Table

MAX_ROWS = 60
"""Rows of a table that are reasoned about; what a larger one gives is left open."""

_NEGATIVE = {
    Operator.IS_NOT: Operator.IS,
    Operator.NOT_IN: Operator.IN,
    Operator.NOT_SAME_AS: Operator.SAME_AS,
}
_TEXT_PARTS = (Operator.STARTS_WITH, Operator.ENDS_WITH, Operator.CONTAINS)


@dataclass(frozen=True, slots=True)
class Atom:
    """A question about a text that is answered text by text: does it begin so, fit this pattern.

    ``holds`` is the real answer, ``truth`` the solver's function from texts to
    answers, ``told`` the texts for which the solver has been told.
    """

    operator: Operator
    operand: str
    holds: Callable[[str], bool]
    truth: Any
    told: dict[int, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Formula:
    """A tree for the solver.

    ``keys`` are the variables in it, ``texts`` the atoms with the variable each asks
    about, ``open`` what was left open, ``items`` how many items of each collection
    its counts may need, ``words`` the values of text that it mentions.
    """

    expr: Any
    keys: frozenset[Key] = frozenset()
    texts: frozenset[tuple[int, Key]] = frozenset()
    open: frozenset[tuple[str, Slot]] = frozenset()
    items: frozenset[tuple[str, int, int]] = frozenset()  # collection, the count's number, items
    words: frozenset[int] = frozenset()


class Encoder:
    """Makes formulas, each tree's once."""

    def __init__(self, space: Space, tables: Sequence[Table] = ()) -> None:
        self.space = space
        self._tables = {f"table.{table.name}": table for table in tables}
        self._rows: dict[str, tuple[Formula, list[Any]]] = {}
        self.atoms: list[Atom] = []
        self._by_question: dict[tuple[Operator, str], int] = {}
        self._made: dict[tuple[int, Slot], tuple[Tree, Formula]] = {}
        self._opened: dict[tuple[str, Slot], Any] = {}

    def formula(self, tree: Tree, slot: Slot = None) -> Formula:
        """Return the formula of a tree; inside a collection that of one item."""
        known = self._made.get((id(tree), slot))
        if known is None:
            known = self._made[(id(tree), slot)] = (tree, self._make(tree, slot))  # keeps the tree alive
        return known[1]

    def _make(self, tree: Any, slot: Slot) -> Formula:
        match tree:
            case Test():
                return self._test(tree, slot)
            case Not(part=part):
                inner = self.formula(part, slot)
                return _join(z3.Not(inner.expr), [inner])
            case Named(part=part):
                return self.formula(part, slot)
            case All(parts=parts):
                inner_ = [self.formula(part, slot) for part in parts]
                return _join(z3.And([i.expr for i in inner_]) if inner_ else self._truth(True), inner_)
            case Any_(parts=parts):
                inner_ = [self.formula(part, slot) for part in parts]
                return _join(z3.Or([i.expr for i in inner_]) if inner_ else self._truth(False), inner_)
            case Count():
                return self._count(tree)
            case First():
                return self._first(tree)
            case Differ():
                return self._differ(tree)
            case Open(what=what):
                return self._left_open(what, slot)
            case _:
                return self._left_open(f"'{type(tree).__name__}'", slot)

    def _truth(self, value: bool) -> Any:
        return z3.BoolVal(value, self.space.ctx)

    def _left_open(self, what: str, slot: Slot) -> Formula:
        """Return a truth value that may be either, one for each thing left open and each item."""
        key = (what, slot)
        if key not in self._opened:
            self._opened[key] = z3.Bool(f"open {len(self._opened)}", self.space.ctx)
        return Formula(self._opened[key], open=frozenset({key}))

    def opened(self, key: tuple[str, Slot]) -> Any:
        """Return the truth value that stands for something left open."""
        return self._opened[key]

    # --- collections --------------------------------------------------------

    def _count(self, count: Count) -> Formula:
        name, slots = count.collection.name, self.space.slots
        inner, ones, keys = [], [], set()
        for place in range(slots):
            there, key = self.space.there(count.collection, place)
            item = self.formula(count.where, (name, place))
            inner.append(item)
            keys.add(key)
            ones.append(z3.And(there, item.expr))
        bounds = [self._truth(True)]
        if count.least:
            bounds.append(z3.Or(ones) if count.least == 1 else z3.AtLeast(*ones, count.least))
        if count.most is not None:
            bounds.append(z3.Not(z3.Or(ones)) if count.most == 0 else z3.AtMost(*ones, count.most))
        needed = max(count.least, count.most + 1 if count.most is not None else 0)
        whole = _join(z3.And(bounds), inner, keys)
        return replace(whole, items=whole.items | {(name, id(count), needed)})

    def _first(self, first: First) -> Formula:
        name = first.collection.name
        inner, keys, none_before, ways = [], set(), self._truth(True), []
        for place in range(self.space.slots):
            there, key = self.space.there(first.collection, place)
            keys.add(key)
            where, then = self.formula(first.where, (name, place)), self.formula(first.then, (name, place))
            inner += [where, then]
            ways.append(z3.And(none_before, there, where.expr, then.expr))
            none_before = z3.And(none_before, z3.Not(z3.And(there, where.expr)))
        whole = _join(z3.Or(ways), inner, keys)
        return replace(whole, items=whole.items | {(name, id(first), 2)})

    def _differ(self, differ: Differ) -> Formula:
        name, rep = differ.collection.name, differ.collection.fields[differ.rep]
        inner, keys, ways = [], set(), []
        held: list[tuple[Any, Any]] = []
        for place in range(self.space.slots):
            there, key = self.space.there(differ.collection, place)
            who, rep_key = self.space.of(rep, (name, place))
            where = self.formula(differ.where, (name, place))
            inner.append(where)
            keys |= {key, rep_key}
            holds = z3.And(there, who.present, where.expr)
            ways += [z3.And(holds, before, who.value != other) for before, other in held]
            held.append((holds, who.value))
        whole = _join(z3.Or(ways), inner, keys)
        return replace(whole, items=whole.items | {(name, id(differ), 2)})

    # --- comparisons --------------------------------------------------------

    def _test(self, test: Test, slot: Slot) -> Formula:
        operator, field_ = test.operator, test.field
        if operator in _NEGATIVE:
            positive = self._test(
                Test(field=field_, operator=_NEGATIVE[operator], operand=test.operand, wanted=""), slot
            )
            return _join(z3.Not(positive.expr), [positive])
        rows = self._looked_up(field_)
        if rows is None:
            return self._left_open(f"the table of {field_.name}", None)
        known, key = self.space.of(field_, slot)
        tested = self._tested(test, known, key, slot)
        return _join(tested.expr, [tested, *rows]) if rows else tested

    def _tested(self, test: Test, known: Known, key: Key, slot: Slot) -> Formula:
        operator, field_ = test.operator, test.field
        keys = {key}
        atoms: set[tuple[int, Key]] = set()
        if COMPARISONS[operator].operand is Operand.FIELD:
            if self._looked_up(test.operand) != []:
                return self._left_open(describe(test), slot)
            other, other_key = self.space.of(test.operand)
            keys.add(other_key)
            self.space.tie(key, other_key)
            holds = z3.And(other.present, known.value == other.value)
        elif operator is Operator.EXISTS:
            return Formula(known.present if test.operand else z3.Not(known.present), frozenset(keys))
        elif operator is Operator.BLANK:
            self.space.compare(key, [BLANK])
            blank = z3.Or(z3.Not(known.present), known.value == BLANK)
            return Formula(blank if test.operand else z3.Not(blank), frozenset(keys))
        elif operator in _TEXT_PARTS or operator is Operator.MATCHES:
            asked = self._atoms(field_, operator, test.operand)
            atoms = {(index, key) for index in asked}
            holds = z3.Or([self.atoms[index].truth(known.value) for index in asked])
        else:
            found = self._compared(field_, known, key, operator, test.operand)
            if found is None:
                left = self._left_open(describe(test), slot)
                if isinstance(test.operand, Reach):
                    keys |= self._guess(left.expr, known, key, test.operand, operator)
                return Formula(z3.And(known.present, left.expr), frozenset(keys), open=left.open)
            holds = found
        words = self._words(field_, operator, test.operand)
        return Formula(z3.And(known.present, holds), frozenset(keys), frozenset(atoms), words=words)

    def _words(self, field_: Field, operator: Operator, operand: Any) -> frozenset[int]:
        """Return the numbers of the values that a comparison mentions."""
        if field_.type not in (FieldType.TEXT, FieldType.REP) or operator not in (Operator.IS, Operator.IN):
            return frozenset()
        wanted = operand if isinstance(operand, tuple) else (operand,)
        return frozenset(self.space.words.number(field_.type, word) for word in wanted)

    def _compared(self, field_: Field, known: Known, key: Key, operator: Operator, operand: Any) -> Any:
        """Return the formula for a value that is known; None for a comparison that is not known here."""
        value = known.value
        match field_.type:
            case FieldType.TEXT | FieldType.REP if operator in (Operator.IS, Operator.IN):
                wanted = operand if isinstance(operand, tuple) else (operand,)
                numbers = [self.space.words.number(field_.type, word) for word in wanted]
                self.space.compare(key, numbers)
                return z3.Or([value == each for each in numbers])
            case FieldType.BOOLEAN if operator is Operator.IS:
                return value == self._truth(operand)
            case FieldType.NUMBER:
                return self._ordered(value, operator, operand, lambda n: number(n, self.space.ctx))
            case FieldType.TIME:
                return self._timed(value, operator, operand)
        return None

    def _ordered(self, value: Any, operator: Operator, operand: Any, read: Callable[[Any], Any]) -> Any:
        match operator:
            case Operator.IS:
                return value == read(operand)
            case Operator.IN:
                return z3.Or([value == read(each) for each in operand])
            case Operator.AT_LEAST | Operator.SINCE:
                return value >= read(operand)
            case Operator.AT_MOST:
                return value <= read(operand)
            case Operator.MORE_THAN:
                return value > read(operand)
            case Operator.LESS_THAN | Operator.BEFORE:
                return value < read(operand)
            case Operator.BETWEEN:
                return z3.And(value >= read(operand[0]), value < read(operand[1]))
        return None

    def _timed(self, value: Any, operator: Operator, operand: Any) -> Any:
        if not isinstance(operand, Window):
            ends = operand if isinstance(operand, tuple) else (operand,)
            if not all(isinstance(end, datetime) for end in ends):
                return None
            return self._ordered(value, operator, operand, seconds)
        now, _ = self.space.of(self.space.catalogue.fields["now"])
        match operator:
            case Operator.WITHIN:
                return z3.And(self.space.window(operand, "start") <= value, value <= now.value)
            case Operator.WITHIN_NEXT:
                return z3.And(now.value <= value, value < self.space.window(operand, "end"))
            case Operator.OLDER_THAN:
                return value < self.space.window(operand, "start")
        return None

    def _guess(self, holds: Any, known: Known, key: Key, reach: Reach, operator: Operator) -> set[Key]:
        """Wish for a time that lies well inside a window that hangs on another moment, or well outside."""
        catalogue = self.space.catalogue
        anchor, other = self.space.of(reach.anchor or catalogue.fields["now"])
        ahead = reach.ahead or operator is Operator.WITHIN_NEXT
        inside = anchor.value + (60 if ahead else -60)
        outside = anchor.value - 20 * 366 * 86400
        if operator is Operator.OLDER_THAN:
            inside, outside = outside, inside
        self.space.wish(key, z3.Implies(holds, z3.And(anchor.present, known.value == inside)))
        self.space.wish(key, z3.Implies(z3.And(known.present, z3.Not(holds)), known.value == outside))
        return {other}

    # --- tables -------------------------------------------------------------

    def _looked_up(self, field_: Field) -> list[Formula] | None:
        """Make what a table gives known to the space.

        Returns the formulas it rests on, None for too large a table.
        """
        column, table = self._column(field_)
        if table is None or column is None:
            return []
        if len(table.rows) > MAX_ROWS:
            return None
        whole, fits = self._fits(table)
        if self.space.key(column, None) not in self.space.known:
            name = column.name.rpartition(".")[2]
            given = [
                place + 1 if name == ROW else row.results.get(name) for place, row in enumerate(table.rows)
            ]
            self.space.give(column, fits, given, whole.keys)
        return [whole]

    def _column(self, field_: Field) -> tuple[Field | None, Table | None]:
        """Return the column of a table that a field is, or belongs to (``table.t.rep.role``)."""
        for name, table in self._tables.items():
            if field_.name.startswith(f"{name}."):
                column = field_.name.removeprefix(f"{name}.").partition(".")[0]
                return self.space.catalogue.fields.get(f"{name}.{column}"), table
        return None, None

    def _fits(self, table: Table) -> tuple[Formula, list[Any]]:
        """Return the formula of all rows, and for each that it is the first that fits."""
        if table.name not in self._rows:
            rows = [self.formula(row.tree) for row in table.rows]
            fits: list[Any] = []
            before: list[Any] = []
            for row in rows:
                fits.append(z3.And(row.expr, *(z3.Not(each) for each in before)))
                before.append(row.expr)
            self._rows[table.name] = (_join(self._truth(True), rows), fits)
        return self._rows[table.name]

    # --- texts --------------------------------------------------------------

    def _atoms(self, field_: Field, operator: Operator, operand: Any) -> list[int]:
        """Return the numbers of the questions that a comparison of text asks."""
        parts = operand if isinstance(operand, tuple) else (operand,)
        return [self._atom(field_, operator, part) for part in dict.fromkeys(parts)]

    def _atom(self, field_: Field, operator: Operator, part: str) -> int:
        question = (operator, part)
        if question not in self._by_question:
            whole = part if operator is Operator.MATCHES else (part,)
            holds = predicate(field_, operator, whole)
            ctx = self.space.ctx
            truth = z3.Function(f"text {len(self.atoms)}", z3.IntSort(ctx), z3.BoolSort(ctx))
            self._by_question[question] = len(self.atoms)
            self.atoms.append(Atom(operator, part, _answering(holds), truth))
        return self._by_question[question]


def _answering(holds: Callable[[Any, Any], bool]) -> Callable[[str], bool]:
    return lambda text: holds(text, None)


def _join(expr: Any, parts: Sequence[Formula], keys: set[Key] | None = None) -> Formula:
    return Formula(
        expr,
        frozenset(keys or ()).union(*(part.keys for part in parts)),
        frozenset[tuple[int, Key]]().union(*(part.texts for part in parts)),
        frozenset[tuple[str, Slot]]().union(*(part.open for part in parts)),
        frozenset[tuple[str, int, int]]().union(*(part.items for part in parts)),
        frozenset[int]().union(*(part.words for part in parts)),
    )
