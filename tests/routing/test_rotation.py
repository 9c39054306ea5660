"""Pools drawn from: the cases of tests/cases/rotation, then what needs no story.

A case is a list of steps against one or more pools, whose settings and members
are written as in `PUT /v1/pools`. Each step has one verb:

    draw: [ana, ben]          that many draws give exactly these, in this order ("nobody" counts)
    draw: {ana: 4, ben: 2}    that many draws give these totals, in whatever order
    join | leave | give_back | reweight | correct | reset: ana (reset: all)
    given: ana                she gets a contact by a rule without a pool
    done: {ana: 2}            so many of her contacts are completed
    rep: ana                  with away, active, hours, zone, custom, ...: the rep changes
    now: 2026-03-02T10:00Z    the clock moves on
    standing: {ana: [3, 1]}   the turns and the credit of members

A draw may say ``from`` (a pool; else the first), ``exclude``, ``holder``, the
``contact`` and who ``had`` it or others of its account (``account_had``), latest first, and
what its last move must show: any field of `RotationMove`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from routing.rotation import Load, Need, Rotation, UnknownPool, draw, give_back, join, leave, reset, reweight
from routing.rotation.periods import begins
from routing.rotation.standings import correct
from routing.types.facts import EarlierContact, Relation
from routing.types.people import Absence, Busy, Cap, Offline, Per, Rep, RepId, WorkBlock
from routing.types.pools import (
    Choose,
    NewcomerPolicy,
    NobodyPolicy,
    PoolName,
    PoolSettings,
    PoolState,
    ResetPolicy,
    ReturnPolicy,
    SkipPolicy,
)
from routing.types.rotation import RotationMove, SkipReason
from service.records.pools import PoolRecord
from tests.routing.situations import facts

CASES = sorted((Path(__file__).parents[1] / "cases" / "rotation").glob("*.yaml"))

GUIDE = Path(__file__).parents[2] / "docs" / "pools.md"

AXES = (Choose, NobodyPolicy, ReturnPolicy, NewcomerPolicy, ResetPolicy, SkipPolicy, SkipReason, Per)

NOBODY = "nobody"
NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")  # a Monday

VERBS = {
    "draw": {
        "from",
        "exclude",
        "holder",
        "contact",
        "had",
        "account_had",
        "details",
        *RotationMove.__dataclass_fields__,
    },
    "join": {"pool", "weight"},
    "leave": {"pool"},
    "give_back": {"pool"},
    "correct": {"pool", "turns"},
    "reset": {"pool"},
    "given": set(),
    "done": set(),
    "reweight": {"pool", "weight"},
    "rep": {
        "away",
        "active",
        "hours",
        "zone",
        "role",
        "team",
        "custom",
        "caps",
        "open_cap",
        "holidays",
        "offline",
        "busy",
    },
    "now": set(),
    "standing": {"pool"},
}


@dataclass
class Story:
    """A case on its way: the rotation as it stands, and the time."""

    rotation: Rotation
    first: PoolName
    now: datetime
    drawn: list[tuple[PoolName, RepId, datetime]] = field(default_factory=list)

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
            case "given":
                self.rotation = self.rotation.given(RepId(step["given"]), self.now)
            case "done":
                load = self.rotation.load
                still = {rep: number - step["done"].get(rep, 0) for rep, number in load.open.items()}
                self.rotation = replace(self.rotation, load=replace(load, open=still))
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
            "join": lambda: join(pool, rep, step.get("weight", 1), since=self.now),
            "reweight": lambda: reweight(pool, rep, step["weight"]),
            "leave": lambda: leave(pool, rep),
            "give_back": lambda: give_back(pool, rep),
            "correct": lambda: correct(pool, rep, step["turns"]),
            "reset": lambda: reset(pool, self.now),
        }[verb]()
        self.rotation = replace(
            self.rotation,
            pools={**self.rotation.pools, pool.name: changed},
            reps={rep: described(rep, {}), **self.rotation.reps},
        )

    def counted(self) -> Load:
        """The load with the turns of the periods that the clock is in, counted as the ledger does."""

        def used(zone: str, pool: str | None, rep: str | None, per: Per) -> int:
            since = begins(per, self.now, zone) or datetime.min.replace(tzinfo=UTC)
            return sum(pool in (None, p) and rep in (None, r) and at >= since for p, r, at in self.drawn)

        pools, reps = self.rotation.pools, self.rotation.reps
        zones = {name: pool.settings.zone for name, pool in pools.items()}
        return replace(
            self.rotation.load,
            members={(p, r, per): used(zones[p], p, r, per) for p in pools for r in reps for per in Per},
            pools={(p, per): used(zones[p], p, None, per) for p in pools for per in Per},
            reps={(r, per): used(rep.time_zone, None, r, per) for r, rep in reps.items() for per in Per},
        )

    def draw(self, step: dict[str, Any]) -> None:
        wanted = step["draw"]
        drawn: list[str] = []
        for _ in range(len(wanted) if isinstance(wanted, list) else sum(wanted.values())):
            self.rotation = replace(self.rotation, load=self.counted())
            move, self.rotation = self.rotation.draw_from(
                self.pool(step, "from").name,
                self.now,
                need_in(step, self.now),
            )
            drawn.append(move.rep or NOBODY)
            if move.rep is not None:
                self.drawn.append((move.pool, move.rep, self.now))
        assert (drawn if isinstance(wanted, list) else dict(Counter(drawn))) == wanted
        for name in RotationMove.__dataclass_fields__:
            if name in step:
                shown = getattr(move, name)
                wanted = step[name]
                if name == "skipped":
                    shown = {skip.rep: str(skip.reason) for skip in shown}
                if name == "adjusted":
                    shown = {each.rep: [str(each.kind), each.amount, each.weight] for each in shown}
                if isinstance(shown, datetime):
                    wanted = time(wanted)
                assert (list(shown) if isinstance(shown, tuple) else shown) == wanted, name
        if "details" in step:
            assert {skip.rep: skip.detail for skip in move.skipped} == step["details"]


def need_in(step: dict[str, Any], now: datetime) -> Need:
    """What a draw of a case is for."""
    had = [(Relation.PERSON, rep) for rep in step.get("had", ())]
    had += [(Relation.ACCOUNT, rep) for rep in step.get("account_had", ())]
    found = replace(
        facts(**({"contact": step["contact"]} if "contact" in step else {})),
        earlier=tuple(
            EarlierContact(contact_id="c", relation=relation, rep=rep, status="completed", assigned_at=now)
            for relation, rep in had
        ),
    )
    return Need(holder=step.get("holder"), exclude=tuple(step.get("exclude", ())), facts=found)


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
        role=words.get("role"),
        team=words.get("team"),
        custom=words.get("custom", {}),
        caps=tuple(Cap(per=Per(per), most=most) for per, most in words.get("caps", {}).items()),
        open_cap=words.get("open_cap"),
        holidays=words.get("holidays"),
        offline=Offline(since=time(words["offline"])) if words.get("offline") else None,
        busy=(Busy(start=time(words["busy"][0]), until=time(words["busy"][1])),) if "busy" in words else (),
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
        pool = pool_of(words["members"], name=name, now=time(case["now"]), **words.get("settings", {}))
        pools[pool.name] = pool
        for rep in words["members"]:
            if rep not in case.get("unknown", ()):
                reps.setdefault(rep, described(rep, {}))
    return Story(Rotation(pools=pools, reps=reps), next(iter(pools)), time(case["now"]))


def pool_of(
    members: dict[str, Any], *, name: str = "sdr", now: datetime = NOON, **settings: Any
) -> PoolState:
    """A pool that nobody has drawn from, as a person writes it; a member's weight may stand alone."""
    said = [
        {"rep": rep, **(how if isinstance(how, dict) else {"weight": how})} for rep, how in members.items()
    ]
    record = PoolRecord.model_validate({"name": name, "members": said, **settings})
    named = {key: getattr(record, key) for key in settings}
    pool = PoolState(name=record.name, settings=PoolSettings(**named), turn=0, members=(), reset_at=now)
    for member in record.members or ():
        pool = join(pool, RepId(member.rep), member.weight, since=member.since or now)
        joined = replace(pool.members[-1], starts=member.starts, until=member.until, caps=member.caps or ())
        pool = replace(pool, members=(*pool.members[:-1], joined))
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


@pytest.mark.parametrize("value", [value for kind in AXES for value in kind])
def test_every_value_has_a_case_and_its_place_in_the_guide(value: str) -> None:
    defaults = [getattr(PoolSettings(), name) for name in PoolSettings.__dataclass_fields__]
    said = re.compile(rf"(: |[\[{{ ]){value}\b")
    assert value in defaults or any(said.search(path.read_text()) for path in CASES)
    assert f"`{value}`" in GUIDE.read_text()


@pytest.mark.parametrize("name", PoolSettings.__dataclass_fields__)
def test_every_setting_has_its_section_in_the_guide(name: str) -> None:
    plain = str(PoolSettings.__dataclass_fields__[name].default)
    shown = {"False": "`false`", "True": "`true`", "None": "none", "()": "none"}.get(plain, f"`{plain}`")
    if name == "gives_back":
        shown = "all but `too_busy`"
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
