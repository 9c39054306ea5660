"""How the commands print the program: its board, target accounts, nominations and quarters."""

from __future__ import annotations

from collections.abc import Iterator

from service.commands.zoned import Zoned
from service.db.program.nominations import Nomination
from service.db.program.quarters import Begun
from service.program.board import Board, Target
from service.program.core.quarters import Quarter


def board(found: Board, zoned: Zoned) -> Iterator[str]:
    """The quarters, the window, the places, the strategic accounts and the groups."""
    following = found.upcoming
    yield f"{found.current.name} until {zoned.time(found.current.ends)}, in {zoned.zone}"
    window = "open" if found.window else f"open {zoned.time(following.opens)}"
    yield f"Nominations for {following.name}: {window}, close {zoned.time(following.closes)}"
    taken = f"{found.places_now.taken} of {found.places_now.all} taken now"
    yield f"Strategic places: {taken}, {found.places_next.taken} in {following.name}"
    yield from (target(each, zoned) for each in found.strategic)
    for group in found.groups:
        yield f"  {group.accounts:>6,}  {group.tier}{f': {group.group}' if group.group else ''}"


def target(each: Target, zoned: Zoned) -> str:
    """An account of the program: its tier, from when until when, its group and name."""
    until = zoned.day(each.until) if each.until else "-"
    about = f"{each.group or '-'}  {each.name or ''}"
    return f"{each.account}  {each.tier}  {zoned.day(each.since)} {until}  {about}"


def nomination(each: Nomination) -> str:
    """A nomination: what for, by whom, how it stands, what the sides said."""
    place = f" {each.place}" if each.place else ""
    said = ", ".join(f"{side} {said.verdict or 'ranked'}" for side, said in sorted(each.said.items()))
    return f"{each.id}  {each.quarter}  {each.account}  {each.rep}  {each.state}{place}  {said}".rstrip()


def quarter(each: Quarter, zoned: Zoned) -> str:
    """A quarter and its window; each ends as the day that is named begins."""
    return (
        f"{each.name}  {zoned.day(each.starts)} until {zoned.day(each.ends)}"
        f"  nominations {zoned.day(each.opens)} until {zoned.day(each.closes)}"
    )


def begun(each: Begun, zoned: Zoned) -> str:
    """What happened when a quarter began."""
    counts = ", ".join(f"{len(each.summary[name])} {name}" for name in ("entered", "stayed", "left"))
    return f"{each.name} began {zoned.day(each.starts)}: {counts}"
