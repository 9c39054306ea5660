"""How the commands print what they found about a rulebook: faults in their line, tests, comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TextIO

from routing.explain import explain
from routing.problems import Problem
from routing.testing import TestResult, TestStatus
from routing.types.decision import RoutingOutcome
from service.rulebook.comparison import Compared, Comparison, Placement, Share, Shift
from service.spreadsheet import line

_WIDE = 160
_ROWS = 15
_LISTED = 20


def fault(problem: Problem, text: str) -> str:
    """A fault with the line it is in, a caret below its column, and a contact that shows it if there is one.

    ``text`` is the file; of a long line the part around the column is shown.
    """
    hint = f" ({problem.hint})" if problem.hint else ""
    said = f"{problem.file}:{problem.line}:{problem.column}: {problem.severity}: {problem.message}{hint}"
    lines = [] if problem.file.endswith(".csv") else text.splitlines()
    witness = f"\n       e.g. {problem.witness}" if problem.witness is not None else ""
    if not 1 <= problem.line <= len(lines):
        return said
    start = max(0, problem.column - _WIDE // 2) if len(lines[problem.line - 1]) > _WIDE else 0
    shown = lines[problem.line - 1][start : start + _WIDE].replace("\t", " ")
    number = f"{problem.line:>6} | "
    return f"{said}\n{number}{shown}\n{' ' * (len(number) + problem.column - 1 - start)}^{witness}"


def tests(results: Sequence[TestResult]) -> Iterator[str]:
    """A line for each test; for one that did not pass, what was not as expected and why."""
    for result in results:
        if result.status is TestStatus.PASSED:
            yield f"ok    {result.name}"
            continue
        yield f"FAIL  {result.file}:{result.line}: {result.name}"
        yield from (f"      {difference}" for difference in result.differences)
        if result.decision is not None:
            yield from (f"      | {sentence}" for sentence in explain(result.decision))
    failed = sum(result.status is not TestStatus.PASSED for result in results)
    yield (
        f"{_many(len(results), 'test')}, {failed} failed"
        if failed
        else f"{_many(len(results), 'test')} passed"
    )


def comparison(found: Comparison) -> Iterator[str]:
    """The summary and its tables; of each the largest changes."""
    share = f" ({100 * found.changed / found.contacts:.1f} %)" if found.contacts else ""
    yield f"{_many(found.contacts, 'contact')}: {found.before} against {found.after}"
    yield ""
    yield f"{found.changed:>8} end in another place{share}"
    yield f"{found.newly_unassigned:>8} of them had a rep and have none"
    yield f"{found.newly_held:>8} of them are held and were not"
    yield f"{found.other_rule:>8} in the same place by another rule"
    yield f"{found.other_turn:>8} from the same pool to another rep, by the order of turns"
    if not found.changed and not found.other_rule:
        return
    yield from _table("rule -> rule", ("contacts",), _rule_rows(found))
    for called, shifts in (
        ("rep", found.reps), ("rule", found.rules), ("pool", found.pools), ("outcome", found.outcomes)
    ):  # fmt: skip
        yield from _table(called, ("before", "after", "gained", "lost", "by turns"), _shift_rows(shifts))
    yield from _table(
        "turns of pool", ("expect %", "before %", "after %", "before", "after"), _turn_rows(found)
    )
    for called, shares in (("country", found.countries), ("region", found.regions), ("tier", found.tiers)):
        yield from _table(called, ("contacts", "changed"), _share_rows(shares))
    yield ""
    yield f"changed contacts ({min(len(found.changes), _LISTED)} of {found.changed})"
    for change in found.changes[:_LISTED]:
        known = " · ".join(each for each in (change.contact_id, change.email, change.company) if each)
        yield f"  {change.decision_id}  {known or '-'}"
        yield f"      {placed(change.before)}  ->  {placed(change.after)}"


def placed(placement: Placement) -> str:
    """Where a contact is, and by which rule, in a few words."""
    who = placement.assignee or placement.asked or "nobody"
    where = {
        RoutingOutcome.ASSIGNED: f"{who} (pool {placement.pool})" if placement.pool else who,
        RoutingOutcome.HELD: f"held (pool {placement.pool})" if placement.pool else "held",
        RoutingOutcome.ASKED: f"{who} is asked",
        RoutingOutcome.QUEUED: f"queue {placement.queue}",
        RoutingOutcome.REJECTED: f"rejected ({placement.code})",
    }
    return f"{placement.rule or 'no rule'}: {where.get(placement.outcome, placement.outcome.value)}"


def changes_writer(file: TextIO) -> Callable[[Compared], None]:
    """A function that writes each changed contact as a line of CSV, with a header first."""
    names = ("outcome", "rule", "assignee", "pool", "queue", "code", "asked")
    before, after = [f"before_{name}" for name in names], [f"after_{name}" for name in names]
    about = ("decision_id", "contact_id", "email", "company", "account_id", "country", "region", "tier")
    file.write(line([*about, "at", *before, *after]))

    def write(change: Compared) -> None:
        row = [*(getattr(change, name) for name in about), change.at.isoformat()]
        row += [getattr(side, name) for side in (change.before, change.after) for name in names]
        file.write(line(row))

    return write


Row = tuple[str, tuple[int, ...]]


def _rule_rows(found: Comparison) -> Iterable[Row]:
    return ((f"{each.before} -> {each.after}", (each.contacts,)) for each in found.by_rule)


def _shift_rows(shifts: Iterable[Shift]) -> Iterable[Row]:
    moved = (s for s in shifts if s.before != s.after or s.gained or s.lost)
    return ((s.name, (s.before, s.after, s.gained, s.lost, s.by_turns)) for s in moved)


def _turn_rows(found: Comparison) -> Iterable[Row]:
    for each in found.turns:
        shares = (round(100 * share) for share in (each.expected, each.before_share, each.after_share))
        yield f"{each.pool}: {each.rep}", (*shares, each.before, each.after)


def _share_rows(shares: Iterable[Share]) -> Iterable[Row]:
    return ((s.name, (s.contacts, s.changed)) for s in shares if s.changed)


def _table(called: str, columns: tuple[str, ...], rows: Iterable[Row]) -> Iterator[str]:
    found = list(rows)
    if not found:
        return
    width = max(len(called), *(len(name) for name, _ in found[:_ROWS]))
    yield ""
    yield called.ljust(width) + "".join(column.rjust(10) for column in columns)
    for name, figures in found[:_ROWS]:
        yield name.ljust(width) + "".join(f"{figure:>10,}" for figure in figures)
    if len(found) > _ROWS:
        yield f"... and {len(found) - _ROWS} more"


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"
