"""Plays and campaigns: the catalogue, what runs, who is in it, started and ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.responses import Response

from routing.types.facts import ProgramTier
from service.api.program_actor import parts_of
from service.api.program_campaigns import VERBS, CampaignIn, MembersIn
from service.api.views import older, position
from service.console import forms
from service.console.actors import acting
from service.console.links import listed
from service.console.rendering import local
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.db import console
from service.db.program import campaigns as stored
from service.db.program import members as members_db
from service.db.program import placements, plays
from service.db.program.campaigns import Campaign
from service.problems import Conflict, Invalid, NotFound, Problem
from service.program.campaigns import Campaigns, Wanted
from service.program.core.plans import CampaignState, may_become
from service.program.core.plays import Part, Play
from service.records.known_by import by_email, by_id

PAGE = 50
PEOPLE = 100
PATH = "/program/campaigns"
PLAIN = ("name", "play", "account", "tier", "group")
CONTENT = ("goal", "audience", "message", "persona", "owner", "url")
WHAT = "The campaign is not valid"
_TURNS = {verb.name: verb.becomes for verb in VERBS}


def listing(visit: Visit) -> Response:
    """Campaigns, the newest first, by state and account."""
    query = visit.query
    state = query["state"] if query.get("state") in list(CampaignState) else None
    chosen = {name: query[name] for name in ("account", "play") if name in query}
    with visit.services.database.read() as connection:
        found = stored.newest(
            connection,
            account=chosen.get("account"),
            play=chosen.get("play"),
            state=CampaignState(state) if state else None,
            after=position(query.get("after")),
            limit=PAGE + 1,
        )
        shown = found[:PAGE]
        more = older(found, PAGE)
        said = chosen | ({"state": state} if state else {})
        return visit.show(
            "program_campaigns.html",
            campaigns=shown,
            counts=members_db.counts(connection, [each.id for each in shown]),
            accounts=placements.about(connection, [each.account for each in shown if each.account]),
            states=list(CampaignState),
            said=said,
            plays=plays.every(connection),
            older=listed(PATH, said, after=more) if more else None,
        )


def blank(visit: Visit) -> Response:
    """The form for a campaign that is new."""
    return _form(visit, None)


def edit(visit: Visit) -> Response:
    """The form for one that there is."""
    return _form(visit, _found(visit))


def write(visit: Visit) -> Response:
    """Store a campaign by the id of the form: a new one, or what is changed of one."""
    form, zone = visit.form, ZoneInfo(visit.zone)
    try:
        said: dict[str, Any] = {name: form.get(name, "").strip() or None for name in PLAIN}
        said["external_id"] = form.get("external_id", "").strip()
        times = {name: forms.moment(form, name, zone) for name in ("from", "until")}
        said |= {name: at.isoformat() for name, at in times.items() if at is not None}
        said["content"] = {name: form.get(name, "").strip() or None for name in CONTENT}
        read = forms.read(CampaignIn, said, WHAT)
        wanted = Wanted(**{name: getattr(read, name) for name in Wanted.__slots__})
        made, _ = Campaigns(parts_of(visit.services)).put(read.external_id, wanted, acting(visit))
    except (Invalid, Conflict) as problem:
        return _form(visit, _known(visit, form.get("external_id", "")), problem)
    visit.services.bell.ring()
    return visit.go(f"{PATH}/{made.id}")


def one(visit: Visit) -> Response:
    """A campaign: what it is, when it runs, who is in it."""
    return _one(visit)


def turn(visit: Visit) -> Response:
    """Start, finish or cancel it."""

    def work(campaigns: Campaigns, campaign: str) -> None:
        becomes = _TURNS.get(visit.form.get("verb", ""))
        if becomes is None:
            raise forms.wrong("verb", f"must be one of {', '.join(_TURNS)}", WHAT)
        campaigns.turn(campaign, becomes)

    return _done(visit, work)


def join(visit: Visit) -> Response:
    """Put people in, one a line: an address or a contact's id, and perhaps a status."""

    def work(campaigns: Campaigns, campaign: str) -> None:
        at, lines = visit.services.now(), visit.form.get("people", "").splitlines()
        people = [_person(line, at) for line in lines if line.strip()]
        campaigns.join(campaign, forms.read(MembersIn, {"members": people}, WHAT).joining())

    return _done(visit, work)


def leave(visit: Visit) -> Response:
    """Take somebody out; with an undo, as she was in it."""
    campaign, contact = visit.params["campaign"], visit.form.get("contact")
    person = by_id(contact) if contact else by_email(visit.form.get("email", ""))
    with visit.services.database.read() as connection:
        found = members_db.get(connection, campaign, person)

    def work(campaigns: Campaigns, campaign: str) -> None:
        said = {name: visit.form[name] for name in ("contact", "email") if visit.form.get(name)}
        campaigns.leave(campaign, forms.read(MembersIn, {"members": [said]}, WHAT).joining())

    if found is None:
        return _done(visit, work)
    back = {name: getattr(found, name) for name in ("contact", "email", "status")}
    times = {name: at for name in ("joined_at", "responded_at") if (at := getattr(found, name)) is not None}
    fields = {name: value for name, value in back.items() if value} | {
        name: at.isoformat() for name, at in times.items()
    }
    undo = Undo(path=f"{PATH}/{campaign}/members/back", form=fields)
    return _done(visit, work, Told(said=f"{found.email or found.contact} is out of it.", undo=undo))


def put_back(visit: Visit) -> Response:
    """Put somebody in as she was: what takes `leave` back."""

    def work(campaigns: Campaigns, campaign: str) -> None:
        names = ("contact", "email", "status", "joined_at", "responded_at")
        person = {name: visit.form[name] for name in names if visit.form.get(name)}
        campaigns.join(campaign, forms.read(MembersIn, {"members": [person]}, WHAT).joining())

    return _done(visit, work)


def catalogue(visit: Visit) -> Response:
    """The plays, each with what is done, and the form to add or change one."""
    return _plays(visit)


def put_play(visit: Visit) -> Response:
    """Add a play to the catalogue, or change one."""
    form = visit.form
    tiers = [tier.value for tier in ProgramTier if f"tier_{tier.value}" in form]
    lead = form.get("lead_days", "").strip() or "0"
    said = {
        "key": form.get("key", "").strip(),
        "title": form.get("title", "").strip(),
        "about": form.get("about", "").strip(),
        "part": form.get("part"),
        "tiers": tiers,
        "lead_days": int(lead) if lead.isdecimal() and len(lead) < 6 else lead,
        "steps": [line.strip() for line in form.get("steps", "").splitlines() if line.strip()],
        "active": "active" in form,
    }
    try:
        play = forms.read(Play, said, "The play is not valid")
    except Invalid as problem:
        return _plays(visit, problem)
    by, now = visit.caller.name, visit.services.now()
    visit.services.database.transact(lambda connection: plays.put(connection, play, by, now))
    return visit.go(f"/program/plays#{play.key}")


def _person(line: str, at: datetime) -> dict[str, Any]:
    who, _, status = (part.strip() for part in line.partition(","))
    named = {"email" if "@" in who else "contact": who}
    answered = {"responded_at": at.isoformat()} if status.casefold() == "responded" else {}
    return named | ({"status": status} if status else {}) | answered


def _done(visit: Visit, work: Callable[[Campaigns, str], None], told: Told | None = None) -> Response:
    campaign = visit.params["campaign"]
    try:
        work(Campaigns(parts_of(visit.services)), campaign)
    except (Invalid, Conflict) as problem:
        return _one(visit, problem)
    visit.services.bell.ring()
    place = f"{PATH}/{campaign}"
    return visit.go(place) if told is None else visit.tell(told, place)


def _known(visit: Visit, name: str) -> Campaign | None:
    with visit.services.database.read() as connection:
        return stored.get(connection, name)


def _found(visit: Visit) -> Campaign:
    found = _known(visit, visit.params["campaign"])
    if found is None:
        raise NotFound("There is no campaign with this id")
    return found


def _one(visit: Visit, problem: Problem | None = None) -> Response:
    found = _found(visit)
    after = visit.query.get("after", "")
    with visit.services.database.read() as connection:
        people = members_db.of(connection, found.id, after=after, limit=PEOPLE + 1)
        counts = members_db.counts(connection, [found.id]).get(found.id, (0, 0))
        return visit.show(
            "program_campaign.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            form=visit.form if problem else {},
            campaign=found,
            play=plays.every(connection).get(found.play or ""),
            people=people[:PEOPLE],
            counts=counts,
            more=listed(f"{PATH}/{found.id}", after=people[PEOPLE - 1].person)
            if len(people) > PEOPLE
            else None,
            verbs=[verb for verb in VERBS if may_become(found.state, verb.becomes)],
            account=placements.about(connection, [found.account or ""]).get(found.account or ""),
            names=console.rep_names(connection),
        )


def _form(visit: Visit, found: Campaign | None, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        return visit.show(
            "program_campaign_form.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            campaign=found,
            form=visit.form if problem else _said(visit, found) if found else visit.query,
            plays=[(each.key, each.title) for each in plays.every(connection).values() if each.active],
            tiers=[(tier.value, tier.value.replace("_", " ")) for tier in ProgramTier],
            reps=sorted(console.rep_names(connection).items()),
        )


def _said(visit: Visit, found: Campaign) -> Mapping[str, str]:
    plain = {name: getattr(found, name) or "" for name in PLAIN}
    content = {name: getattr(found.content, name) or "" for name in CONTENT}
    name = found.external_id or found.id
    times = {"from": local(found.starts, visit.zone), "until": local(found.until, visit.zone)}
    return plain | content | times | {"external_id": name}


def _plays(visit: Visit, problem: Problem | None = None) -> Response:
    with visit.services.database.read() as connection:
        every = plays.every(connection)
    chosen = every.get(visit.query.get("change", ""))
    return visit.show(
        "program_plays.html",
        status=type(problem).status if problem else 200,
        problem=problem,
        plays=sorted(every.values(), key=lambda play: (not play.active, play.key)),
        chosen=chosen,
        form=visit.form if problem else _play_said(chosen) if chosen else {},
        parts=[(part.value, part.value.capitalize()) for part in Part],
        tiers=list(ProgramTier),
    )


def _play_said(play: Play) -> Mapping[str, str]:
    said = {"key": play.key, "title": play.title, "about": play.about, "part": play.part.value}
    said |= {"lead_days": str(play.lead_days), "steps": "\n".join(play.steps)}
    said |= {f"tier_{tier.value}": "yes" for tier in play.tiers}
    return said | ({"active": "yes"} if play.active else {})
