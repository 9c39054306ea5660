"""Who may do what: the people and the API keys, for admins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from starlette.responses import Response

from service.api.people import invitation_link
from service.auth import Scope
from service.console.links import listed
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.problems import Conflict, Invalid, NotFound

_NOTHING: Mapping[str, str] = {}


def overview(visit: Visit) -> Response:
    """Everybody who may sign in, and every API key."""
    return _show(visit)


def invite(visit: Visit) -> Response:
    """Invite somebody, and show their link this once."""
    try:
        made = visit.services.people.add(
            visit.form.get("email", ""),
            frozenset({_role(visit)}),
            name=visit.form.get("name", "").strip() or None,
            by=_who(visit),
        )
    except (Conflict, Invalid) as problem:
        return _show(visit, status=problem.status, problem=f"{problem.detail}.", invited=visit.form)
    return _show(visit, link=invitation_link(visit.services, made.text), told=made.person.email)


def change(visit: Visit) -> Response:
    """Do one of the things that can be done to somebody."""
    person_id, wanted = visit.params["person_id"], visit.form.get("do", "")
    people = visit.services.people
    try:
        if wanted == "link":
            made = people.invite(person_id)
            return _show(visit, link=invitation_link(visit.services, made.text), told=made.person.email)
        done = _DONE[wanted](visit, person_id) if wanted in _DONE else None
    except (Conflict, Invalid, NotFound) as problem:
        return _show(visit, status=problem.status, problem=f"{problem.detail}.")
    if done is None:
        return _show(visit, status=422, problem="There is no such thing to do to somebody.")
    return visit.tell(done, "/access")


def _sign_out(visit: Visit, person_id: str) -> Told:
    ended = visit.services.people.sign_out(person_id)
    return Told(said=f"Sessions that were ended: {ended}. Whoever it was may sign in again.")


def _give_role(visit: Visit, person_id: str) -> Told:
    role, before = _role(visit), visit.services.people.get(person_id)
    after = visit.services.people.change(person_id, name=None, roles=frozenset({role}), active=None)
    had = before.roles if before else ()
    back = {"do": "role", "role": had[0]} if len(had) == 1 else None
    return Told(
        said=f"{after.name} has the role {role.value} now, and signs in again to use it.",
        undo=None if back is None else Undo(path=f"/access/people/{person_id}", form=back),
    )


def _let(visit: Visit, person_id: str, *, active: bool) -> Told:
    after = visit.services.people.change(person_id, name=None, roles=None, active=active)
    back = Undo(path=f"/access/people/{person_id}", form={"do": "deactivate" if active else "activate"})
    return Told(said=f"{after.name} may {'sign in again' if active else 'not sign in any more'}.", undo=back)


_DONE: Mapping[str, Callable[[Visit, str], Told]] = {
    "sign-out": _sign_out,
    "role": _give_role,
    "activate": partial(_let, active=True),
    "deactivate": partial(_let, active=False),
}
"""What can be done to somebody, by the name in the form."""


def make_key(visit: Visit) -> Response:
    """Make an API key, and show its text this once."""
    name = visit.form.get("name", "").strip()[:200]
    try:
        if not name:
            raise Invalid("A key needs a name, e.g. what uses it")
        _, text = visit.services.keys.create(name, frozenset({_role(visit)}), created_by=_who(visit))
    except Invalid as problem:
        return _show(visit, status=problem.status, problem=f"{problem.detail}.", keyed=visit.form)
    return _show(visit, key=text, told=name)


def revoke_key(visit: Visit) -> Response:
    """End an API key at once and for good, and offer to make one like it."""
    keys, key_id = visit.services.keys, visit.params["key_id"]
    if not keys.revoke(key_id):
        raise NotFound("There is no API key with this id")
    ended = next(each for each in keys.listed() if each.id == key_id)
    said = (
        f"The key “{ended.name}” works no more. A key that somebody may have seen is not brought back:"
        " where it is still needed, make a new one like it below."
    )
    return visit.tell(Told(said=said), listed("/access", like=key_id))


def _role(visit: Visit) -> Scope:
    try:
        return Scope(visit.form.get("role", ""))
    except ValueError:
        raise Invalid("Choose a role") from None


def _who(visit: Visit) -> str:
    return visit.session.caller.name if visit.session else ""


def _show(
    visit: Visit,
    *,
    status: int = 200,
    invited: Mapping[str, str] = _NOTHING,
    keyed: Mapping[str, str] = _NOTHING,
    **said: str,
) -> Response:
    """The page; ``invited`` and ``keyed`` are the forms that were refused, as they were sent."""
    keys = visit.services.keys.listed()
    like = next((each for each in keys if each.id == visit.query.get("like")), None)
    if like is not None and not keyed:
        keyed = {"name": like.name, "role": next(iter(like.scopes), "")}
    shown = {"link": None, "key": None, "told": None, "problem": None} | said
    return visit.show(
        "access.html",
        status=status,
        people=visit.services.people.listed(),
        keys=keys,
        invited=invited,
        keyed=keyed,
        roles=list(Scope),
        now=visit.services.now(),
        **shown,
    )
