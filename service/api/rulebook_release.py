"""Before a draft goes live: what people say of it, and publishing at a set time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter
from sqlalchemy import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from routing.problems import Problem as Fault
from service.api import rulebook_views as views
from service.api.deps import ServicesDep, require
from service.api.endpoint import Endpoint
from service.api.revision import IfMatch, seen, stale
from service.api.rulebook_draft import reading
from service.api.views import answer
from service.auth import Caller, Scope
from service.db import approvals, rulebooks, schedules
from service.db.approvals import Review, Verdict
from service.db.rulebooks import DraftChanged, VersionTaken
from service.db.schedules import Schedule
from service.http.problems import problems
from service.problems import Conflict, FieldError, Invalid, NotFound, RevisionNeeded, Stale
from service.records.fields import zone_name
from service.rulebook import approval, scheduling
from service.rulebook.examination import NotPublishable
from service.rulebook.times import local_time

api = APIRouter(route_class=Endpoint, tags=["rulebook"])
T = TypeVar("T")

Approver = Annotated[Caller, require(Scope.OPS_APPROVER)]
Comment = Annotated[str, Field(min_length=1, max_length=1000)]

_REVIEW = TypeAdapter(Review)


class ReviewIn(BaseModel):
    """What you think of the draft, and why."""

    model_config = ConfigDict(extra="forbid")

    verdict: Verdict
    comment: Comment | None = Field(default=None, examples=["Checked the plan: 14 contacts move, as meant"])


class ScheduleIn(BaseModel):
    """When the draft goes live, and why. A time without an offset is one in ``zone``."""

    model_config = ConfigDict(extra="forbid")

    at: Annotated[str, Field(max_length=40, examples=["2026-05-01T00:00"])]
    zone: Annotated[str, AfterValidator(zone_name)] = Field(default="UTC", examples=["Europe/Berlin"])
    reason: str = Field(min_length=1, max_length=1000, examples=["The new territories begin in May"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """A scheduled publication and what was said of it. ``local`` is its time in its zone.

    ``outdated`` says that another version is live, or will be by then, than the
    one it was looked at as a change of: as things stand it will be refused.
    """

    schedule: Schedule
    local: str
    outdated: bool
    reviews: Sequence[Review]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduledView(ScheduleView):
    """What was just scheduled; ``findings`` is what lint warns of at the moment it goes live."""

    findings: Sequence[Fault]


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePage:
    """Scheduled publications, the newest first. ``next_before`` is None on the last page."""

    schedules: Sequence[ScheduleView]
    next_before: int | None


_SCHEDULE = TypeAdapter(ScheduleView)
_SCHEDULED = TypeAdapter(ScheduledView)
_SCHEDULES = TypeAdapter(SchedulePage)


@api.post(
    "/v1/rulebook/draft/review",
    response_model=Review,
    status_code=201,
    summary="Approve the draft, or object to it",
    operation_id="reviewRulebookDraft",
    responses=problems(Invalid, Conflict, RevisionNeeded, Stale),
)
async def review_draft(
    said: ReviewIn, services: ServicesDep, approver: Approver, if_match: IfMatch = None
) -> Response:
    """Say of the revision in If-Match that it may go live, or why not. Who saved it cannot approve it.

    What could not be published cannot be approved: faults, tests that fail, errors of lint.
    Your latest word counts. An objection keeps the draft from going live; an
    edit voids what was said before.
    """
    say = partial(
        approval.review,
        services.database,
        looked_at(if_match),
        reviewer=approver.name,
        verdict=said.verdict,
        comment=said.comment,
        now=services.now(),
    )
    return answer(_REVIEW, await changing(say), status=201)


@api.post(
    "/v1/rulebook/schedule",
    response_model=ScheduledView,
    status_code=201,
    summary="Let the draft go live at a set time",
    operation_id="scheduleRulebook",
    responses=problems(Invalid, Conflict, RevisionNeeded, Stale),
)
async def schedule(
    wanted: ScheduleIn, services: ServicesDep, approver: Approver, if_match: IfMatch = None
) -> Response:
    """Put the draft aside until its time. What is asked of it to go live is asked now and again then.

    The draft ends. When the time has come and a test fails by then, a rep is
    gone, or another version is live than now, it is refused and says why. What lint finds is asked
    now, for that time: an error that the file does not allow refuses it, warnings are in the answer.
    """
    at = _moment(wanted.at, wanted.zone)
    put_aside = partial(
        scheduling.schedule_draft,
        services.database,
        looked_at(if_match),
        at=at,
        zone=wanted.zone,
        author=approver.name,
        reason=wanted.reason,
        four_eyes=services.settings.rulebook_approval,
        now=services.now(),
    )
    done = await changing(put_aside)
    shown = await reading(services, partial(_view, done.schedule.id))
    warned = ScheduledView(
        schedule=shown.schedule,
        local=shown.local,
        outdated=shown.outdated,
        reviews=shown.reviews,
        findings=done.examination.warnings,
    )
    return answer(_SCHEDULED, warned, status=201)


@api.get(
    "/v1/rulebook/schedule",
    response_model=SchedulePage,
    summary="List scheduled publications, newest first",
    operation_id="listRulebookSchedules",
    dependencies=[require(Scope.READ)],
)
async def list_schedules(
    services: ServicesDep,
    before: Annotated[int | None, Query(ge=0, le=2**62)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Response:
    """What waits for its time, and what became of the others: published, cancelled, or refused and why."""

    def read(connection: Connection) -> SchedulePage:
        found = schedules.page(connection, before=before, limit=limit)
        more = found[-1].id if len(found) == limit else None
        return SchedulePage(schedules=_views(connection, found), next_before=more)

    return answer(_SCHEDULES, await reading(services, read))


@api.delete(
    "/v1/rulebook/schedule/{schedule_id}",
    response_model=ScheduleView,
    summary="Cancel a scheduled publication",
    operation_id="cancelRulebookSchedule",
    responses=problems(NotFound, Conflict),
)
async def cancel_schedule(
    schedule_id: Annotated[int, Path(ge=0, le=2**62)], services: ServicesDep, approver: Approver
) -> Response:
    """Let a version not go live after all. Its text stays readable as a version."""
    stop = partial(scheduling.cancel, services.database, schedule_id, by=approver.name, now=services.now())
    await changing(stop)
    return answer(_SCHEDULE, await reading(services, partial(_view, schedule_id)))


def looked_at(if_match: str | None) -> str:
    """The one revision that If-Match names. Raises RevisionNeeded."""
    tags = seen(if_match)
    if len(tags) != 1:
        raise RevisionNeeded("If-Match must name one revision of the draft: the one you looked at")
    return next(iter(tags))


async def changing(work: Callable[[], T]) -> T:
    """Do what changes the rulebook's state, off the event loop, as `change` does it."""
    return await run_in_threadpool(change, work)


def change(work: Callable[[], T]) -> T:
    """Do what changes the rulebook's state, and say as problems what keeps it from being done."""
    try:
        return work()
    except DraftChanged as changed:
        raise stale(changed.etag) from None
    except NotPublishable as refused:
        raise views.refusal(refused.examination) from None
    except (approval.NotApproved, approval.OwnDraft, approval.NothingToReview) as lacking:
        raise Conflict(f"This is not possible yet: {lacking}") from None
    except VersionTaken as taken:
        raise Conflict(f"This cannot go live: {taken}") from None
    except scheduling.BadTime as bad:
        raise Invalid(
            "This time cannot be taken", errors=[FieldError(pointer="#/at", detail=str(bad))]
        ) from None
    except scheduling.NotWaiting as gone:
        raise Conflict(str(gone)) from None


def _moment(text: str, zone: str) -> datetime:
    found = local_time(text, ZoneInfo(zone))
    if isinstance(found, str):
        raise _bad_time(found)
    return found


def _bad_time(why: str) -> Invalid:
    return Invalid("This time cannot be taken", errors=[FieldError(pointer="#/at", detail=why)])


def _view(schedule_id: int, connection: Connection) -> ScheduleView:
    found = schedules.get(connection, schedule_id)
    if found is None:
        raise NotFound("No schedule has this id")
    return _views(connection, [found])[0]


def _views(connection: Connection, found: Sequence[Schedule]) -> list[ScheduleView]:
    reviews = approvals.of_schedules(connection, [each.id for each in found])
    bases, live = {}, rulebooks.live_version(connection)
    for waiting in schedules.waiting(connection):
        bases[waiting.id] = live
        live = waiting.version if waiting.base == live else live
    return [
        ScheduleView(
            schedule=each,
            local=each.at.astimezone(ZoneInfo(each.zone)).isoformat(timespec="minutes"),
            outdated=each.id in bases and each.base != bases[each.id],
            reviews=reviews.get(each.id, ()),
        )
        for each in found
    ]
