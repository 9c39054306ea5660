"""From a draft to what is live: approving, objecting, publishing now or later, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from zoneinfo import ZoneInfo

from starlette.responses import Response

from routing.problems import RulebookInvalid
from service.api.rulebook_release import change
from service.auth import Caller
from service.console.pages.drafting import difference, show
from service.console.told import Told
from service.console.visit import Visit
from service.db import rulebooks
from service.db.approvals import Verdict
from service.problems import Conflict, Invalid, Malformed, Problem
from service.records.fields import zone_name
from service.rulebook import approval, publishing, scheduling
from service.rulebook.publishing import NothingToRollBackTo
from service.rulebook.times import local_time

LONGEST = 1000


def review(visit: Visit) -> Response:
    """Approve the draft that was looked at, or object to it."""
    who, said = visit.caller, visit.form.get("verdict", "")
    if said not in list(Verdict):
        raise Malformed("Approve the draft, or object to it")
    say = partial(
        approval.review,
        visit.services.database,
        visit.form.get("etag", ""),
        reviewer=who.name,
        verdict=Verdict(said),
        comment=_words(visit, "comment") or None,
        now=visit.services.now(),
    )
    return _do(visit, say, "/rulebook/draft#release")


def publish(visit: Visit) -> Response:
    """Put the draft live that was looked at, now or at the time that was given."""
    who = visit.caller
    if visit.form.get("at", "").strip():
        return _schedule(visit, who)
    put_live = partial(
        publishing.publish_draft,
        visit.services.database,
        visit.form.get("etag", ""),
        author=who.name,
        reason=_reason(visit),
        now=visit.services.now(),
        four_eyes=visit.services.settings.rulebook_approval,
    )
    return _do(visit, put_live, "/rulebook?published=1")


def cancel(visit: Visit) -> Response:
    """Let a version that waits for its time not go live."""
    who = visit.caller
    stop = partial(
        scheduling.cancel,
        visit.services.database,
        int(visit.params["schedule_id"]),
        by=who.name,
        now=visit.services.now(),
    )
    version = change(stop).version[:12]
    said = f"Version {version} does not go live. Its text is kept, and can be taken up as the draft again."
    return visit.tell(Told(said=said), f"/rulebook/{version}")


def look_back(visit: Visit) -> Response:
    """What going back to a version, or to the one before, would change, and what is wrong with it today."""
    database = visit.services.database
    with _readable():
        text, warnings = publishing.would_roll_back(
            database, visit.query.get("version"), visit.services.now()
        )
    with database.read() as connection:
        draft = rulebooks.draft(connection)
        live = rulebooks.get(connection, draft.live) if draft.live else None
    return visit.show(
        "rollback.html",
        version=warnings.version,
        warnings=warnings,
        problems=[*warnings.problems, *warnings.findings],
        lines=difference(live.text if live else "", text),
        begun=draft.author is not None,
    )


def roll_back(visit: Visit) -> Response:
    """Put an earlier version live again, or the one before."""
    who = visit.caller
    with _readable():
        publishing.roll_back(
            visit.services.database,
            visit.form.get("version") or None,
            author=who.name,
            reason=_reason(visit),
            now=visit.services.now(),
        )
    visit.services.bell.ring()
    return visit.go("/rulebook?published=1")


@contextmanager
def _readable() -> Iterator[None]:
    """Say in the page's words why a version cannot be gone back to."""
    try:
        yield
    except NothingToRollBackTo as nothing:
        raise Conflict(str(nothing)) from None
    except RulebookInvalid as invalid:
        raise Conflict(f"This version cannot be read any more: {invalid.problems[0].message}") from None


def _schedule(visit: Visit, who: Caller) -> Response:
    services = visit.services
    try:
        zone = zone_name(visit.form.get("zone", "").strip() or "UTC")
        at = local_time(visit.form["at"], ZoneInfo(zone))
    except ValueError as unknown:
        return show(visit, Invalid(f"The time zone cannot be taken: {unknown}"))
    if isinstance(at, str):
        return show(visit, Invalid(f"The time {at}. On this page: say it in the zone UTC"))
    put_aside = partial(
        scheduling.schedule_draft,
        services.database,
        visit.form.get("etag", ""),
        at=at,
        zone=zone,
        author=who.name,
        reason=_reason(visit),
        four_eyes=services.settings.rulebook_approval,
        now=services.now(),
    )
    try:
        set_for = change(put_aside).schedule
    except Problem as problem:
        return show(visit, problem)
    services.bell.ring()
    local = f"{at.astimezone(ZoneInfo(zone)):%d %b %Y, %H:%M} ({zone})"
    said = f"Version {set_for.version[:12]} goes live on {local}. Until then the rules stay as they are."
    return visit.tell(Told(said=said), "/rulebook")


def _do(visit: Visit, work: Callable[[], object], then: str) -> Response:
    """Do it and go on; what keeps it from being done is said above the draft."""
    try:
        change(work)
    except Problem as problem:
        return show(visit, problem)
    visit.services.bell.ring()
    return visit.go(then)


def _reason(visit: Visit) -> str:
    reason = _words(visit, "reason")
    if not reason:
        raise Malformed("Say why: whoever reads the list of versions later will ask")
    return reason


def _words(visit: Visit, name: str) -> str:
    return visit.form.get(name, "").strip()[:LONGEST]
