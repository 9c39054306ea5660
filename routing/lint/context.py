"""What every kind of finding works with: the rulebook, the reasoner, and how a finding is said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property

from routing.compiled import Directory, Rule, Rulebook
from routing.lint import passing
from routing.lint.replay import replay
from routing.problems import Problem, Severity
from routing.proof.search import Covered, decides
from routing.proof.solver import Found, Reasoner, Undecided
from routing.route import Judgement, judge
from routing.types.pools import PoolName
from routing.witness import Witness

Place = tuple[int, int]


class Context:
    """One run of lint. Remembers what was found out about each rule."""

    def __init__(
        self,
        rulebook: Rulebook,
        now: datetime,
        directory: Directory | None,
        passed: frozenset[PoolName] | None = None,
        *,
        reasons: bool = True,
    ) -> None:
        """Without ``passed`` the pools that leave contacts to the next rule are the directory's.

        Where ``reasons`` is false the solver is not asked, and findings of people have no witness.
        """
        self.reasons = reasons
        self.rulebook, self.now, self.directory = rulebook, now, directory
        self._passed = passing(directory) if passed is None else passed
        self._decided: dict[str, Found | Covered | Undecided] = {}

    @cached_property
    def reasoner(self) -> Reasoner:
        """What reasons about the rules; made when it is first asked."""
        return Reasoner(self.rulebook, self.now, self._passed)

    @property
    def in_force(self) -> list[Rule]:
        """The rules that are in force now or later, in order of precedence, the fallback last."""
        return [rule for rule in self.rulebook.rules if rule.until is None or rule.until > self.now]

    def decided(self, rule: Rule) -> Found | Covered | Undecided:
        """Return a contact that a rule decides, or why there is none."""
        if rule.id not in self._decided:
            self._decided[rule.id] = decides(self.reasoner, rule)
        return self._decided[rule.id]

    def witness(self, found: Found, *rules: Rule) -> Witness:
        """Return what was found as a witness of what becomes of ``rules``, tried."""
        judgement = self.judged(found)
        became = {claim.rule: claim.verdict for claim in judgement.claims}
        witness = Witness(
            now=found.said["now"],
            given=found.said["given"],
            rule=judgement.rule,
            verdicts={rule.id: became[rule.id] for rule in rules if rule.id in became},
        )
        replay(witness, self.rulebook)
        return witness

    def decider(self, found: Found) -> str:
        """Return the rule that decides a contact."""
        return self.judged(found).rule

    def judged(self, found: Found) -> Judgement:
        """Return what the rules say of a contact."""
        return judge(found.situation.facts, self.rulebook, found.situation.now)

    def finding(
        self,
        code: str,
        severity: Severity,
        message: str,
        *,
        rule: Rule | None = None,
        subject: str | None = None,
        place: Place | None = None,
        hint: str | None = None,
        witness: Witness | None = None,
    ) -> Problem:
        """Return a finding about a rule, or about another place of the file."""
        line, column = place or ((rule.line, rule.column) if rule is not None else (1, 1))
        return Problem(
            file=self.rulebook.file,
            line=line,
            column=column,
            code=code,
            message=message,
            hint=hint,
            severity=severity,
            subject=rule.id if rule is not None else subject,
            witness=witness,
        )


Kind = Callable[[Context], Iterator[Problem]]
"""One kind of finding: yields what it finds."""


def called(rule: Rule) -> str:
    """Name a rule with its line."""
    return f"'{rule.id}' on line {rule.line}"


def listed(names: list[str]) -> str:
    """Join names for a sentence; more than five are cut short."""
    shown = names if len(names) <= 5 else [*names[:4], f"{len(names) - 4} more"]
    return " and ".join(shown) if len(shown) < 3 else f"{', '.join(shown[:-1])} and {shown[-1]}"
