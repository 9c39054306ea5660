"""Changing pools: made, set, members in and out, and turns put right, each on the record with its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection
from starlette.responses import Response

from routing.types.people import RepId
from routing.types.pools import PoolName, PoolState, TurnReturn
from service.console import forms, pool_form
from service.console.pages.pools import show, show_all
from service.console.told import STILL, Told, Undo, address, print_of, unchanged
from service.console.visit import Visit
from service.db import ledger, pools, reps, rotation
from service.db.directory import directory
from service.db.upserts import InUse
from service.pools import turns
from service.problems import Conflict, Invalid, NotFound, Problem
from service.records.caps import caps_said
from service.records.pools import PoolRecord, member_said

NOTE = 400


def make(visit: Visit) -> Response:
    """Make a pool, empty and with what is usual; its page goes on from there."""
    name = visit.form.get("name", "").strip()

    def work(connection: Connection) -> None:
        record = forms.read(PoolRecord, {"name": name}, "This pool cannot be made")
        if pools.get(connection, name) is not None:
            raise Conflict("There is a pool with this name already")
        forms.accepted(pools.upsert(connection, [record], visit.services.now()))

    try:
        visit.services.database.transact(work)
    except (Invalid, Conflict) as problem:
        return show_all(visit, problem)
    return visit.go_to("/pools/{}", name)


def settings(visit: Visit) -> Response:
    """The form of all settings."""
    return _form(visit)


def save(visit: Visit) -> Response:
    """Change the settings. What is empty goes back to its default."""

    def work(connection: Connection) -> Told:
        before = pool_form.fields(_locked(connection, visit).settings)
        unchanged(visit.form, lambda: before)
        _store(connection, visit, pool_form.read(visit.form), "settings")
        still = {STILL: print_of(pool_form.fields(_locked(connection, visit).settings))}
        return Told(
            said="The settings are saved.", undo=Undo(path=_place(visit, "settings"), form=before | still)
        )

    return visit.change(work, _place(visit), _form)


def member(visit: Visit) -> Response:
    """Add a member, change one, or take one out."""
    rep, wanted = visit.form.get("rep", ""), visit.form.get("do", "")

    def work(connection: Connection) -> Told:
        state = _locked(connection, visit)
        unchanged(visit.form, lambda: _membership(state, rep))
        before = _membership(state, rep)
        others = [member_said(each) for each in state.members if each.named and each.rep != rep]
        if wanted not in ("save", "remove") or not rep:
            raise forms.wrong("rep", "choose a rep")
        changed = [_member(visit, rep, ZoneInfo(state.settings.zone))] if wanted == "save" else []
        _store(connection, visit, {"members": others + changed}, "members")
        after = _membership(_locked(connection, visit), rep)
        back = (before or {"rep": rep, "do": "remove"}) | {STILL: print_of(after)}
        words = "was taken out" if after is None else "was changed" if before else "is a member now"
        return Told(
            said=f"{_called(connection, rep)} {words}.", undo=Undo(path=_place(visit, "members"), form=back)
        )

    return _do(visit, work)


def give_back(visit: Visit) -> Response:
    """Let a turn not count: its rep is owed one more."""
    number, code = visit.form.get("turn", ""), visit.form.get("code", "")

    def work(connection: Connection) -> Told:
        if code not in list(TurnReturn) or not number.isdecimal() or len(number) > 18:
            raise forms.wrong("code", "choose why the turn should not count")
        before = ledger.given_back(connection, PoolName(visit.params["name"]), int(number))
        said = turns.give_back(
            connection,
            PoolName(visit.params["name"]),
            int(number),
            TurnReturn(code),
            note=_note(visit) or None,
            by=visit.caller.name,
            now=visit.services.now(),
        )
        if said is None:
            raise Conflict(
                "This turn is not given back: its rep has left since, or the pool has other reasons"
            )
        if before is not None:
            return Told(said=f"Turn {number} was given back before; it is not given back twice.")
        back = {"rep": said.rep, "turns": "1", "note": f"Turn {number} counts after all"}
        words = f"Turn {number} does not count: {_called(connection, said.rep)} is owed one more."
        return Told(said=words, undo=Undo(path=_place(visit, "correct"), form=back))

    return _do(visit, work)


def correct(visit: Visit) -> Response:
    """Grant a member turns, or count some as taken, by a person's word."""
    text, rep = visit.form.get("turns", "").strip(), RepId(visit.form.get("rep", ""))

    def work(connection: Connection) -> Told:
        if not text.lstrip("-").isdecimal() or not 1 <= abs(int(text[:6])) <= 10_000:
            raise forms.wrong("turns", "must be a whole number other than 0; below 0 the rep is owed turns")
        turns.correct(
            connection,
            PoolName(visit.params["name"]),
            rep,
            int(text[:6]),
            note=_demanded(visit),
            by=visit.caller.name,
            now=visit.services.now(),
        )
        back = {"rep": rep, "turns": str(-int(text[:6])), "note": f"Taken back: {_note(visit)}"[:NOTE]}
        words = f"Entered for {_called(connection, rep)}: {int(text[:6]):+d}."
        return Told(said=words, undo=Undo(path=_place(visit, "correct"), form=back))

    return _do(visit, work)


def reset(visit: Visit) -> Response:
    """Let all members start from zero."""

    def work(connection: Connection) -> Told:
        turns.reset(
            connection,
            PoolName(visit.params["name"]),
            note=_demanded(visit),
            by=visit.caller.name,
            now=visit.services.now(),
        )
        return Told(said="All members start from zero. The ledger has what each was owed or ahead.")

    return _do(visit, work)


def remove(visit: Visit) -> Response:
    """Delete a pool that never drew a turn."""
    name = visit.params["name"]
    try:
        visit.services.database.transact(lambda connection: pools.remove(connection, name))
    except InUse as reason:
        return show(visit, Conflict(str(reason)))
    return visit.go("/pools")


def _member(visit: Visit, rep: str, zone: ZoneInfo) -> dict[str, Any]:
    weight = visit.form.get("weight", "").strip() or "1"
    if not weight.isdecimal() or len(weight) > 6:
        raise forms.wrong("weight", "must be a whole number; 0 pauses")
    said = {
        "rep": rep,
        "weight": int(weight),
        "from": forms.moment(visit.form, "from", zone),
        "until": forms.moment(visit.form, "until", zone),
        "caps": pool_form.caps("caps", visit.form.get("caps", "")) or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def _store(connection: Connection, visit: Visit, said: dict[str, Any], what: str) -> None:
    record = forms.read(PoolRecord, {"name": visit.params["name"], **said})
    reason = _note(visit) or f"{what} changed in the console by {visit.caller.name}"
    forms.accepted(pools.upsert(connection, [record], visit.services.now(), reason=reason[:NOTE]))


def _locked(connection: Connection, visit: Visit) -> PoolState:
    """The pool; nobody else changes it before the transaction ends."""
    name = PoolName(visit.params["name"])
    found = rotation.load(connection, [name], lock=True).get(name)
    if found is None:
        raise NotFound("There is no pool with this name")
    return found


def _note(visit: Visit) -> str:
    return visit.form.get("note", "").strip()[:NOTE]


def _demanded(visit: Visit) -> str:
    note = _note(visit)
    if not note:
        raise forms.wrong("note", "say why: it stands in the ledger")
    return note


def _do(visit: Visit, work: Callable[[Connection], Told]) -> Response:
    return visit.change(work, _place(visit), show)


def _place(visit: Visit, form: str = "") -> str:
    """The address of the pool, or of a form of it."""
    return address("/pools/{}", visit.params["name"]) + (f"/{form}" if form else "")


def _called(connection: Connection, rep: str) -> str:
    found = reps.by_id(connection, [RepId(rep)])
    return found[RepId(rep)].name if found else rep


def _membership(state: PoolState, rep: str) -> dict[str, str] | None:
    """The form of a member, as it says how the member stands; None for who is none."""
    found = next((each for each in state.members if each.rep == rep), None)
    if found is None:
        return None
    return {
        "do": "save",
        "rep": rep,
        "weight": str(found.weight),
        "from": found.starts.isoformat() if found.starts else "",
        "until": found.until.isoformat() if found.until else "",
        "caps": pool_form.caps_text(caps_said(found.caps)),
    }


def _form(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        state = pools.get(connection, visit.params["name"])
        names = sorted(directory(connection).pools)
    if state is None:
        raise NotFound("There is no pool with this name")
    others = [name for name in names if name != state.name]
    return visit.show(
        "pool_settings.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        pool=state,
        groups=pool_form.groups(state.settings, others, visit.form if problem else None),
    )
