"""Pools drawn from: the cases of tests/cases/rotation, then what needs no story.

A case is a list of steps against one or more pools. Each step has one verb:

    draw: [ana, ben]          that many draws give exactly these, in this order ("nobody" counts)
    draw: {ana: 4, ben: 2}    that many draws give these totals, in whatever order
    join | leave | give_back | reweight: ana
    rep: ana                  with away, active, hours or zone: the rep changes
    now: 2026-03-02T10:00Z    the clock moves on
    standing: {ana: [3, 1]}   the turns and the credit of members

A draw may say ``from`` (a pool; else the first), ``exclude`` and ``holder``,
and what its last move must show: any field of `RotationMove`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.rotation import Need, Rotation, UnknownPool, draw, give_back, join, leave, reweight
from routing.types import (
    Absence,
    NobodyPolicy,
    PoolName,
    PoolSettings,
    PoolState,
    Rep,
    RepId,
    ReturnPolicy,
    RotationMove,
    SkipReason,
    WorkBlock,
)

CASES = sorted((Path(__file__).parents[1] / "cases" / "rotation").glob("*.yaml"))

GUIDE = Path(__file__).parents[2] / "docs" / "pools.md"

NOBODY = "nobody"
NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")  # a Monday

VERBS = {
    "draw": {"from", "exclude", "holder", *RotationMove.__dataclass_fields__},
    "join": {"pool", "weight"},
    "leave": {"pool"},
    "give_back": {"pool"},
    "reweight": {"pool", "weight"},
    "rep": {"away", "active", "hours", "zone"},
    "now": set(),
    "standing": {"pool"},
}


@dataclass
class Story:
    """A case on its way: the rotation as it stands, and the time."""

    rotation: Rotation
    first: PoolName
    now: datetime

    def play(self, step: dict[str, Any]) -> None:
        verb = next(iter(step))
        unknown = set(step) - {verb, "because"} - VERBS[verb]
        assert not unknown, f"a {verb} step has no {unknown}"
        match verb:
            case "draw":
                self.draw(step)
            case "now":
                self.now = time(step["now"])
            case "rep":
                changed = described(step["rep"], {key: step[key] for key in step if key != "rep"})
                self.rotation = replace(self.rotation, reps={**self.rotation.reps, changed.id: changed})
            case "standing":
                members = {m.rep: [m.turns, m.credit] for m in self.pool(step).members}
                assert {rep: members[rep] for rep in step["standing"]} == step["standing"]
            case _:
                self.change(verb, step)

    def pool(self, step: dict[str, Any], key: str = "pool") -> PoolState:
        return self.rotation.pools[step.get(key, self.first)]

    def change(self, verb: str, step: dict[str, Any]) -> None:
        pool, rep = self.pool(step), RepId(step[verb])
        changed = {
            "join": lambda: join(pool, rep, step.get("weight", 1)),
            "reweight": lambda: reweight(pool, rep, step["weight"]),
            "leave": lambda: leave(pool, rep),
            "give_back": lambda: give_back(pool, rep),
        }[verb]()
        self.rotation = Rotation(
            pools={**self.rotation.pools, pool.name: changed},
            reps={rep: described(rep, {}), **self.rotation.reps},
        )

    def draw(self, step: dict[str, Any]) -> None:
        wanted = step["draw"]
        drawn: list[str] = []
        for _ in range(len(wanted) if isinstance(wanted, list) else sum(wanted.values())):
            move, self.rotation = self.rotation.draw_from(
                self.pool(step, "from").name,
                self.now,
                Need(holder=step.get("holder"), exclude=tuple(step.get("exclude", ()))),
            )
            drawn.append(move.rep or NOBODY)
        assert (drawn if isinstance(wanted, list) else dict(Counter(drawn))) == wanted
        for name in RotationMove.__dataclass_fields__:
            if name in step:
                shown = getattr(move, name)
                if name == "skipped":
                    shown = {skip.rep: str(skip.reason) for skip in shown}
                assert (list(shown) if isinstance(shown, tuple) else shown) == step[name], name


def described(name: str, words: dict[str, Any]) -> Rep:
    """A rep by a case's words; hours are ``"mon-fri 09:00-17:00"``."""
    away = words.get("away")
    return Rep(
        id=RepId(name),
        name=name.title(),
        time_zone=words.get("zone", "UTC"),
        active=words.get("active", True),
        absences=(Absence(start=time(away[0]), until=time(away[1])),) if away else (),
        working_hours=blocks(words["hours"]) if "hours" in words else (),
    )


def time(written: object) -> datetime:
    """A time or a date (its midnight in UTC); YAML has read a date already."""
    text = str(written)
    return datetime.fromisoformat(text if "T" in text else f"{text}T00:00Z")


def blocks(text: str) -> tuple[WorkBlock, ...]:
    days, hours = text.split()
    week = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    first, last = (week.index(day) for day in days.split("-"))
    start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in hours.split("-"))
    return tuple(WorkBlock(weekday=day, start=start, end=end) for day in range(first, last + 1))


def told(case: dict[str, Any]) -> Story:
    reps = {name: described(name, words) for name, words in case.get("reps", {}).items()}
    pools: dict[PoolName, PoolState] = {}
    for name, words in case["pools"].items():
        pool = pool_of(words["members"], name=name, **words.get("settings", {}))
        pools[pool.name] = pool
        for rep in words["members"]:
            if rep not in case.get("unknown", ()):
                reps.setdefault(rep, described(rep, {}))
    return Story(Rotation(pools=pools, reps=reps), next(iter(pools)), time(case["now"]))


def pool_of(members: dict[str, int], *, name: str = "sdr", **settings: Any) -> PoolState:
    """A pool that nobody has drawn from, its settings by their plain values."""
    if "nobody" in settings:
        settings["nobody"] = NobodyPolicy(settings["nobody"])
    if "on_return" in settings:
        settings["on_return"] = ReturnPolicy(settings["on_return"])
    pool = PoolState(name=PoolName(name), settings=PoolSettings(**settings), turn=0, members=())
    for rep, weight in members.items():
        pool = join(pool, RepId(rep), weight)
    return pool


def everyone(pool: PoolState) -> dict[RepId, Rep]:
    return {member.rep: described(member.rep, {}) for member in pool.members}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = YAML(typ="safe", pure=True).load(path.read_text())
    assert set(case) <= {"because", "pools", "reps", "unknown", "now", "steps"}
    assert case["because"]
    story = told(case)
    for number, step in enumerate(case["steps"], start=1):
        try:
            story.play(step)
        except AssertionError as error:
            error.add_note(f"{path.name}, step {number}: {step}")
            raise


@pytest.mark.parametrize("value", [*NobodyPolicy, *ReturnPolicy, *SkipReason])
def test_every_value_has_a_case_and_its_place_in_the_guide(value: str) -> None:
    defaults = (PoolSettings().nobody, PoolSettings().on_return)
    assert value in defaults or any(re.search(rf": {value}\b", path.read_text()) for path in CASES)
    assert f"`{value}`" in GUIDE.read_text()


@pytest.mark.parametrize("name", PoolSettings.__dataclass_fields__)
def test_every_setting_has_its_section_in_the_guide(name: str) -> None:
    plain = str(PoolSettings.__dataclass_fields__[name].default)
    shown = {"False": "`false`", "True": "`true`", "None": "none"}.get(plain, f"`{plain}`")
    assert f"| `{name}` | {shown} |" in GUIDE.read_text()


# --- what needs no story ------------------------------------------------------


def test_an_unknown_pool_is_an_error_that_names_it() -> None:
    with pytest.raises(UnknownPool, match="no pool 'emea'"):
        Rotation(pools={}, reps={}).draw_from(PoolName("emea"), NOON)


def test_membership_errors_name_the_rep_and_the_pool() -> None:
    pool = pool_of({"ana": 1})
    with pytest.raises(ValueError, match="'ana' is already a member of the pool 'sdr'"):
        join(pool, RepId("ana"))
    with pytest.raises(LookupError, match="'ben' is no member of the pool 'sdr'"):
        reweight(pool, RepId("ben"), 2)
    with pytest.raises(ValueError, match="a weight is 0 or more, not -1"):
        reweight(pool, RepId("ana"), -1)


def test_who_is_not_a_member_has_nothing_to_leave_or_to_get_back() -> None:
    pool = pool_of({"ana": 1})
    assert leave(pool, RepId("ben")) == pool
    assert give_back(pool, RepId("ben")) == pool
    assert give_back(pool, RepId("ana")) == pool  # joined, perhaps anew, and has not drawn since


def test_a_draw_leaves_the_values_it_was_given_alone() -> None:
    pool = pool_of({"ana": 1, "ben": 1})
    rotation = Rotation(pools={pool.name: pool}, reps=everyone(pool))
    first, after = rotation.draw_from(pool.name, NOON)
    again, _ = rotation.draw_from(pool.name, NOON)
    assert first == again
    assert rotation.pools[pool.name] is pool
    assert after.pools[pool.name].turn == 1


def test_a_pool_that_gave_no_turn_is_the_same_object() -> None:
    pool = pool_of({"ana": 1})
    rotation = Rotation(pools={pool.name: pool}, reps=everyone(pool))
    kept, after = rotation.draw_from(pool.name, NOON, Need(holder=RepId("ana")))
    assert kept.kept
    assert after.pools[pool.name] is pool
    _, after = rotation.draw_from(pool.name, NOON, Need(exclude=(RepId("ana"),)))
    assert after.pools[pool.name] is pool


def test_the_order_of_the_member_list_and_joining_first_are_no_advantage() -> None:
    """Over many fresh pools each of four reps is first about equally often, and the list's order is moot."""
    first: Counter[str | None] = Counter()
    for number in range(400):
        pool = pool_of({"ana": 1, "ben": 1, "cho": 1, "dan": 1}, name=f"pool {number}")
        move, _ = draw(pool, everyone(pool), NOON)
        turned = replace(pool, members=pool.members[::-1])
        assert draw(turned, everyone(pool), NOON)[0].rep == move.rep
        first[move.rep] += 1
    assert min(first.values()) > 70, first
    assert max(first.values()) < 130, first


def test_weights_interleave() -> None:
    """The order for weights 5:1:1 is as smooth as it can be: no three in a row but around the seam."""
    pool = pool_of({"big": 5, "one": 1, "two": 1})
    drawn = ""
    for _ in range(7):
        move, pool = draw(pool, everyone(pool), NOON)
        drawn += "B" if move.rep == "big" else "s"
    assert drawn == "BsBBsBB"
