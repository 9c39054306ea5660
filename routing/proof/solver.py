"""The question put to the solver, and its answer made good.

A model that the solver finds is turned into a situation, the situation is built
as a test's is, and every part of the question is tried on it by the conditions
that decide contacts. What does not hold there teaches the solver (about a text,
about something left open) and it is asked again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import z3  # type: ignore[import-untyped]

from routing.cases import Fixtures, Given
from routing.compiled import Rule, Rulebook
from routing.conditions import Not, Tree, compile_condition
from routing.fields import FieldType, Scope
from routing.operators import Operator, fold
from routing.proof.claims import claim, makes_claim
from routing.proof.contact import Said, situation, spell
from routing.proof.encoding import Encoder
from routing.proof.hidden import Differ, First, Open, test
from routing.proof.moments import moments
from routing.proof.space import Key, Slot, Space
from routing.proof.texts import NoSuchText, find_text
from routing.situations import BadSituation, Situation, build
from routing.types.pools import PoolName

EFFORT = 1_000_000
"""The solver's steps for one question (z3's rlimit): the same on every machine, some seconds at most."""

MAX_GIVEN_UP = 12
"""How often wishes for a usual situation are given up before all of them are."""

REMEMBERED = 500
"""How many contacts that were found are tried for further questions."""

MAX_LESSONS = 40
"""How often a question is asked anew after the solver has learnt something."""

SLOTS = 4
"""Items of a collection that are reasoned about at first; a question that needs more gets `MOST_SLOTS`."""

MOST_SLOTS = 12

Check = Callable[[Scope], bool]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a question: a tree that must hold, how to try it, and a label to know it by."""

    label: str
    tree: Tree
    check: Check


@dataclass(frozen=True, slots=True)
class Found:
    """There is such a contact: what it is like (in the language of tests), and built."""

    said: Said
    situation: Situation


@dataclass(frozen=True, slots=True)
class Impossible:
    """There is none: the parts with these labels exclude each other."""

    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """It could not be told; ``depends`` says on what it rests, for a person."""

    depends: str


Answer = Found | Impossible | Undecided


class Reasoner:
    """Answers questions about one rulebook. Not for several threads at once."""

    def __init__(self, rulebook: Rulebook, now: datetime, passing: frozenset[PoolName] = frozenset()) -> None:
        self.rulebook, self._passing = rulebook, passing
        self.asked = 0
        self._moments = moments(rulebook, now)
        self._fixtures = Fixtures()
        self._claims: dict[str, Part] = {}
        self._opposites: dict[str, Part] = {}
        self._checks: dict[int, tuple[Tree, Check]] = {}
        self._encoders: dict[int, Encoder] = {}
        self._met: list[tuple[Found, Scope]] = []

    # --- parts of questions -------------------------------------------------

    def holds(self, label: str, tree: Tree) -> Part:
        """Return the part that asks a condition to hold."""
        if id(tree) not in self._checks:
            self._checks[id(tree)] = (tree, _check(tree))  # with the tree, so that its id stays its own
        return Part(label, tree, self._checks[id(tree)][1])

    def claims(self, rule: Rule) -> Part:
        """Return the part that asks a rule to make its claim."""
        if rule.id not in self._claims:
            tree = claim(rule, self.rulebook, self._passing)
            self._claims[rule.id] = Part(rule.id, tree, partial(makes_claim, rule))
        return self._claims[rule.id]

    def at_once(self) -> Part:
        """Return the part that asks for the moment from which time is looked at."""
        now = self.rulebook.catalogue.fields["now"]
        later = test(now, Operator.SINCE, self._moments[0] + timedelta(seconds=1))
        return self.holds("now", Not(part=later))

    def opposite(self, label: str, part: Part) -> Part:
        """Return the part that asks the opposite of another one."""
        if label not in self._opposites:
            check = part.check
            self._opposites[label] = Part(label, Not(part=part.tree), lambda scope: not check(scope))
        return self._opposites[label]

    # --- answers ------------------------------------------------------------

    def solve(self, parts: Sequence[Part]) -> Answer:
        """Return a contact for which all parts hold, or which of them exclude each other."""
        self.asked += 1
        answer = self._solve(parts, SLOTS)
        if isinstance(answer, Undecided) and answer.depends == _COUNTS:
            answer = self._solve(parts, MOST_SLOTS)
        if isinstance(answer, Found) and len(self._met) < REMEMBERED:
            now = answer.situation.now
            self._met.append((answer, Scope(answer.situation.facts, now, self.rulebook.zone)))
        return answer

    def exists(self, parts: Sequence[Part]) -> Answer:
        """Answer as `solve` does, with a contact of an earlier answer where one will do.

        That is many times quicker, and enough for who wants to know whether there is such a contact;
        it is no usual one, so what is shown to a person is asked of `solve`.
        """
        for found, scope in reversed(self._met):
            if all(part.check(scope) for part in parts):
                return found
        return self.solve(parts)

    def _encoder(self, slots: int) -> Encoder:
        if slots not in self._encoders:
            space = Space(self.rulebook.catalogue, self.rulebook.zone, self._moments, slots, z3.Context())
            self._encoders[slots] = Encoder(space, self.rulebook.tables)
        return self._encoders[slots]

    def _solve(self, parts: Sequence[Part], slots: int) -> Answer:
        question = _Question(self._encoder(slots), parts, slots)
        for _ in range(MAX_LESSONS):
            model = question.model()
            if not isinstance(model, Sketch):
                return model
            try:
                built = self._build(model.said)
            except BadSituation as bad:
                return Undecided(f"a situation that cannot be built: {bad}")
            scope = Scope(built.facts, built.now, self.rulebook.zone)
            if all(part.check(scope) for part in parts):
                return Found(model.said, built)
            if not question.learn(model):
                break
        return Undecided(question.depends())

    def _build(self, said: Said) -> Situation:
        return build(Given.model_validate(said["given"]), self._fixtures, self.rulebook, said["now"])


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the solver thinks: the situation, and the model it was read from."""

    said: Said
    model: Any


_COUNTS = f"more than {SLOTS} items of a collection"


class _Question:
    """One question, with what the solver has learnt while it was asked."""

    def __init__(self, encoder: Encoder, parts: Sequence[Part], slots: int) -> None:
        self._encoder, self._space, self._slots = encoder, encoder.space, slots
        self._labels = {f"part {number}": part.label for number, part in enumerate(parts)}
        self._formulas = [encoder.formula(part.tree) for part in parts]
        self._texts = {text for formula in self._formulas for text in formula.texts}
        self._open = {what for formula in self._formulas for what in formula.open}
        self._assumed: set[str] = set()
        self._tried: set[tuple[str, Slot]] = set()
        ctx = self._space.ctx
        self._solver = z3.SolverFor("QF_UFLIRA", ctx=ctx)
        self._solver.set("rlimit", EFFORT)
        self._names = [z3.Bool(name, ctx) for name in self._labels]
        for name, formula in zip(self._names, self._formulas, strict=True):
            self._solver.add(z3.Implies(name, formula.expr))
        keys = {key for formula in self._formulas for key in formula.keys}
        words = frozenset(word for formula in self._formulas for word in formula.words)
        self._keys, laws = self._space.laws_for(keys, words)
        self._solver.add(*laws, *self._space.clock)
        at_once = z3.Bool("at once", ctx)
        self._solver.add(z3.Implies(at_once, self._space.moment == 0))
        self._wishes: list[tuple[int, str, Any]] = [(0, "at once", at_once)]
        for key in sorted(self._keys):
            self._wishes += [(key[1], name, wish) for name, wish in self._space.wishes[key]]
        self._tell_texts()

    def _tell_texts(self) -> None:
        """Tell the solver the answers for the values that the texts in question are compared with."""
        for index in {number for number, _ in self._texts}:
            atom = self._encoder.atoms[index]
            self._solver.add(*(atom.truth(code) == truth for code, truth in atom.told.items()))

    # --- asking -------------------------------------------------------------

    def model(self) -> Sketch | Answer:
        """Ask the solver; learn about texts until they exist."""
        for _ in range(MAX_LESSONS):
            answer = self._check()
            if answer == z3.unknown:
                return Undecided("a question that is too hard for its time")
            if answer == z3.unsat:
                return self._none()
            model = self._solver.model()
            words = self._spelt(model)
            if words is not None:
                return Sketch(self._said(model, words), model)
        return Undecided(self.depends())

    def _check(self) -> Any:
        """Ask for a usual situation; of what makes it usual, give up what stands in the way."""
        wishes = self._wishes
        for _ in range(MAX_GIVEN_UP):
            answer = self._solver.check(*self._names, *(wish for _, _, wish in wishes))
            if answer != z3.unsat:
                break
            core = self._core()
            in_the_way = [rank for rank, name, _ in wishes if name in core]
            if not in_the_way:
                return answer
            first = min(in_the_way)  # items are added from the first slot on
            wishes = [wish for wish in wishes if wish[1] not in core or wish[0] > first]
        return answer if answer == z3.sat else self._solver.check(*self._names)

    def _core(self) -> set[str]:
        """Return the names of the parts and wishes that the solver could not have together."""
        return {each.decl().name() for each in self._solver.unsat_core()}

    def _none(self) -> Answer:
        if self._assumed:
            return Undecided(self.depends())
        needed: dict[str, dict[int, int]] = {}
        for collection, count, items in {i for f in self._formulas for i in f.items}:
            needed.setdefault(collection, {})[count] = items
        if any(sum(counts.values()) > self._slots for counts in needed.values()):
            return Undecided(
                _COUNTS if self._slots == SLOTS else f"more than {MOST_SLOTS} items of a collection"
            )
        core = self._core()
        return Impossible(tuple(label for name, label in self._labels.items() if name in core))

    def depends(self) -> str:
        """Say what the answer rests on."""
        rests = sorted(self._assumed | {what for what, _ in self._open})
        texts = sorted({key[2] for _, key in self._texts})
        if not rests and texts:
            rests = [f"the text of {name}" for name in texts]
        return ", ".join(rests) or "how its fields hang together"

    # --- texts --------------------------------------------------------------

    def _spelt(self, model: Any) -> dict[int, str] | None:
        """Return a text for every number that has none yet; None where the solver had to learn first."""
        words: dict[int, str] = {}
        used: set[str] = set()
        for code, (keys, wanted) in self._numbers(model).items():
            spelt = self._space.words.spelt(code)
            if spelt is not None:
                if self._corrected(code, spelt, wanted):
                    return None
                continue
            name = keys[0][2]
            type_ = self._space.known[keys[0]].type
            if not wanted:
                words[code] = spell(type_, name, used, lambda text, t=type_: self._mentioned(t, text))  # type: ignore[misc]
            else:
                avoid = {fold(text) for text in used} | self._space.words.mentioned
                try:
                    words[code] = find_text(wanted, self._encoder.atoms, avoid, name, self._space.ctx)
                except NoSuchText as none:
                    self._forbid(keys, wanted, sure=none.sure)
                    return None
            used.add(words[code])
        return words

    def _numbers(self, model: Any) -> Mapping[int, tuple[list[Key], dict[int, bool]]]:
        """Return the numbers of texts and reps in a model: of which fields, and what was answered of each."""
        found: dict[int, tuple[list[Key], dict[int, bool]]] = {}
        for key in sorted(self._keys):
            known = self._space.known[key]
            if known.type not in (FieldType.TEXT, FieldType.REP) or not key[2] or not self._there(model, key):
                continue
            code = model.eval(known.value, model_completion=True).as_long()
            if code:
                found.setdefault(code, ([], {}))[0].append(key)
        for index, key in sorted(self._texts):
            known = self._space.known[key]
            code = model.eval(known.value, model_completion=True).as_long()
            if code in found and key in found[code][0]:
                answer = model.eval(self._encoder.atoms[index].truth(known.value), model_completion=True)
                found[code][1][index] = z3.is_true(answer)
        return found

    def _there(self, model: Any, key: Key) -> bool:
        if not key[0]:
            return True
        slot = self._space.known.get((key[0], key[1], ""))
        return slot is not None and z3.is_true(model.eval(slot.present, model_completion=True))

    def _corrected(self, code: int, spelt: str, wanted: Mapping[int, bool]) -> bool:
        """Tell the solver where it was wrong about a text that is known; say whether it was."""
        wrong = False
        for index, want in wanted.items():
            atom = self._encoder.atoms[index]
            atom.told[code] = atom.holds(spelt)
            if atom.told[code] is not want:
                self._solver.add(atom.truth(code) == atom.told[code])
                wrong = True
        return wrong

    def _forbid(self, keys: Sequence[Key], wanted: Mapping[int, bool], *, sure: bool) -> None:
        """Tell the solver that no text answers so."""
        if not sure:
            self._assumed |= {
                f"the pattern {self._encoder.atoms[i].operand}"
                for i in wanted
                if self._encoder.atoms[i].operator == "matches"
            } or {"a text"}
        for key in {key for _, key in self._texts}:
            value = self._space.known[key].value
            answers = [self._encoder.atoms[i].truth(value) == want for i, want in wanted.items()]
            self._solver.add(z3.Not(z3.And(value < 0, *answers)))

    def _mentioned(self, type_: FieldType, text: str) -> bool:
        return (text if type_ is FieldType.REP else fold(text)) in self._space.words.mentioned

    # --- reading a model ----------------------------------------------------

    def _said(self, model: Any, words: Mapping[int, str]) -> Said:
        values: dict[Key, Any] = {}
        present: dict[Key, bool] = {}
        for key in sorted(self._keys):
            known = self._space.known[key]
            if not key[2]:
                present[key] = z3.is_true(model.eval(known.present, model_completion=True))
            elif self._there(model, key):
                values[key] = self._value(model, key, words)
        index = model.eval(self._space.moment, model_completion=True).as_long()
        return situation(self._space, values, present, self._space.moments[index])

    def _value(self, model: Any, key: Key, words: Mapping[int, str]) -> Any:
        known = self._space.known[key]
        if not z3.is_true(model.eval(known.present, model_completion=True)):
            return None
        value = model.eval(known.value, model_completion=True)
        match known.type:
            case FieldType.BOOLEAN:
                return z3.is_true(value)
            case FieldType.NUMBER:
                return _number(value)
            case FieldType.TIME:
                return datetime.fromtimestamp(value.as_long(), UTC)
        code = value.as_long()
        spelt = self._space.words.spelt(code)
        return spelt if spelt is not None else words[code]

    # --- learning -----------------------------------------------------------

    def learn(self, sketch: Sketch) -> bool:
        """After parts that did not hold in fact, try the opposite of what is open; say if that is new."""
        learnt = False
        for key in sorted(self._open - self._tried, key=str):
            opened = self._encoder.opened(key)
            was = z3.is_true(sketch.model.eval(opened, model_completion=True))
            self._tried.add(key)
            self._assumed.add(key[0])
            self._solver.add(opened != was)
            learnt = True
        return learnt


def _number(value: Any) -> float | int:
    if z3.is_int_value(value):
        return int(value.as_long())
    exact = Fraction(value.numerator_as_long(), value.denominator_as_long())
    return int(exact) if exact.denominator == 1 else float(exact)


def _check(tree: Tree) -> Check:
    if _beyond(tree):
        return lambda scope: True
    condition = compile_condition(tree)
    return lambda scope: condition(scope, None)[0]


def _beyond(tree: Any) -> bool:
    """Whether a tree has nodes of this package, which conditions do not know."""
    if isinstance(tree, Differ | First | Open):
        return True
    inner = getattr(tree, "parts", None) or [p for p in (getattr(tree, "part", None),) if p is not None]
    return any(_beyond(part) for part in inner)
