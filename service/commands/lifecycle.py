"""`muster rules`, the part with a database: the draft, its approval, going live now or later, and after that.

Who acts is what `--author` says: whoever can open the database can do anything.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn
from zoneinfo import ZoneInfo

import typer
from pydantic import TypeAdapter
from sqlalchemy import Connection

from routing.problems import RulebookInvalid
from routing.rulebook import version_of
from service.commands import lifecycle_words as words
from service.commands import show
from service.commands.common import FAILED, INVALID, USAGE, DatabaseOption, fail, services_for
from service.commands.replay import AsJson
from service.commands.rulebook_file import read_rulebook
from service.db import approvals, rulebooks, schedules
from service.db.approvals import Verdict
from service.db.rulebooks import Draft, DraftChanged
from service.records.fields import zone_name
from service.rulebook import approval, publishing, scheduling
from service.rulebook.examination import Examination, NotPublishable
from service.rulebook.times import local_time
from service.rulebook.usage import UsageReport, usage
from service.rulebook.watch import Watch
from service.rulebook.watch import watch as look
from service.services import Services

Author = Annotated[str, typer.Option(help="Who does it.")]
Reason = Annotated[str, typer.Option(help="Why.")]
OptionalFile = Annotated[
    Path | None, typer.Argument(metavar="FILE", help="The rulebook; else the stored draft.")
]
Version = Annotated[str, typer.Argument(help="A version, or how it begins; `live` or `draft`.")]

_WATCH = TypeAdapter(Watch)
_USAGE = TypeAdapter(UsageReport)


def pull(
    version: Version = "draft",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file.", show_default=False)
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Print the stored draft, the live rulebook or an earlier version."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        text = _text(connection, version)
    if output is None:
        typer.echo(text, nl=not text.endswith("\n"))
    else:
        output.write_text(text, encoding="utf-8")


def push(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rulebook.")],
    author: Author,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a draft that somebody else has begun.")
    ] = False,
    database: DatabaseOption = None,
) -> None:
    """Save FILE as the draft, for others to look at and approve."""
    text = read_rulebook(file)
    with services_for(database) as services:
        draft = _save(services, text, author, force=force)
    typer.echo(f"The draft is version {version_of(text)}, revision {draft.etag}")


def approve(
    author: Author,
    comment: Annotated[str | None, typer.Option(help="What you looked at.")] = None,
    objection: Annotated[bool, typer.Option("--object", help="Object to it instead.")] = False,
    version: Annotated[
        str | None,
        typer.Option(help="The version you looked at, or how it begins; refused if it is another."),
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Approve the stored draft, or object to it. Who wrote it cannot approve it."""
    with services_for(database) as services:
        draft = _draft(services)
        if version is not None and not version_of(draft.text).startswith(version):
            fail("The draft is another version by now; look at it first", FAILED)
        verdict = Verdict.OBJECTED if objection else Verdict.APPROVED
        try:
            said = approval.review(
                services.database,
                draft.etag,
                reviewer=author,
                verdict=verdict,
                comment=comment,
                now=services.now(),
                patient=True,
            )
        except (approval.OwnDraft, approval.NothingToReview) as lacking:
            fail(str(lacking), FAILED)
        except NotPublishable as refused:
            _refuse("Not approved", refused.examination, draft.text)
        except DraftChanged:
            fail("The draft has just changed; look at it again", FAILED)
    typer.echo(f"{said.reviewer} {said.verdict.value} version {said.version}")


def publish(
    author: Author,
    reason: Reason,
    file: OptionalFile = None,
    at: Annotated[
        str | None, typer.Option(help="When, e.g. 2026-05-01T00:00; now unless given.", show_default=False)
    ] = None,
    zone: Annotated[str, typer.Option(help="The time zone of --at.")] = "UTC",
    database: DatabaseOption = None,
) -> None:
    """Put a rulebook live, if it has no fault, its tests pass, and the reps and pools it names exist."""
    text = read_rulebook(file) if file is not None else None
    with services_for(database) as services:
        try:
            if at is not None:
                _schedule(services, text, at, zone, author, reason)
            else:
                _publish(services, text, file, author, reason)
        except NotPublishable as refused:
            _refuse("Not published", refused.examination, text or _draft(services).text)
        except approval.NotApproved as lacking:
            fail(f"Not published: {lacking}", FAILED)
        except DraftChanged:
            fail("The draft has just changed; look at it again", FAILED)


def rollback(
    author: Author,
    reason: Reason,
    version: Annotated[
        str | None, typer.Argument(help="The version, or how it begins; else the one before the live one.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Put an earlier version live again."""
    with services_for(database) as services:
        try:
            done = publishing.roll_back(
                services.database, version, author=author, reason=reason, now=services.now()
            )
        except publishing.NothingToRollBackTo as nothing:
            fail(str(nothing), FAILED)
        except RulebookInvalid as invalid:
            fail(f"This version cannot be read any more: {invalid.problems[0]}", INVALID)
    typer.echo(f"Version {done.publication.version} is live again")
    for problem in (*done.warnings.problems, *done.warnings.warnings):
        typer.echo(f"By now: {problem}", err=True)
    for failed in done.warnings.failures:
        typer.echo(f"By now the test '{failed.name}' fails: {'; '.join(failed.differences)}", err=True)


def scheduled(database: DatabaseOption = None) -> None:
    """List what is to go live when, and what became of earlier schedules."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = schedules.page(connection, before=None, limit=20)
    _print(words.schedules(found))


def cancel(
    schedule: Annotated[int, typer.Argument(help="The number of the schedule.")],
    author: Author,
    database: DatabaseOption = None,
) -> None:
    """Let a scheduled version not go live."""
    with services_for(database) as services:
        try:
            found = scheduling.cancel(services.database, schedule, by=author, now=services.now())
        except scheduling.NotWaiting as gone:
            fail(str(gone), FAILED)
    typer.echo(f"Version {found.version} will not go live")


def versions(
    limit: Annotated[int, typer.Option(min=1, help="How many.")] = 20, database: DatabaseOption = None
) -> None:
    """List who put which version live, when, why, and who approved it; newest first."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = rulebooks.publications(connection, limit=limit)
        reviews = approvals.of_publications(connection, [each.id for each in found])
    _print(words.publications(found, reviews))


def diff(before: Version = "live", after: Version = "draft", database: DatabaseOption = None) -> None:
    """Show the lines in which two versions differ; by default what the draft would change."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        old, new = _text(connection, before), _text(connection, after)
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm="")
    _print(lines)


def watch(as_json: AsJson = False, database: DatabaseOption = None) -> None:
    """Show the shares since the live version went live beside those before it. Ends with 4 on an alarm."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        found = look(connection, services.now())
    if found is None:
        fail("No rulebook is live yet", FAILED)
    _print([_WATCH.dump_json(found, indent=2).decode()] if as_json else words.watch(found))
    raise typer.Exit(FAILED if any(each.drifted for each in found.measures) else 0)


def report(
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far back.")] = 30,
    as_json: AsJson = False,
    database: DatabaseOption = None,
) -> None:
    """Show what each rule decided, which never did, and what kept those from it."""
    with services_for(database, set_up=False) as services, services.database.read() as connection:
        until = services.now()
        try:
            found = usage(connection, until - timedelta(days=days), until)
        except RulebookInvalid as invalid:
            fail(f"The live rulebook cannot be read here: {invalid.problems[0]}", INVALID)
    if found is None:
        fail("No rulebook is live yet", FAILED)
    _print([_USAGE.dump_json(found, indent=2).decode()] if as_json else words.usage(found))


COMMANDS = (
    pull, push, approve, publish, scheduled, cancel, rollback, versions, diff, watch, report,
)  # fmt: skip


def _publish(services: Services, text: str | None, file: Path | None, author: str, reason: str) -> None:
    four_eyes = services.settings.rulebook_approval
    if text is None:
        done = publishing.publish_draft(
            services.database,
            _draft(services).etag,
            author=author,
            reason=reason,
            now=services.now(),
            four_eyes=four_eyes,
            patient=True,
        )
    else:
        done = publishing.publish(
            services.database,
            text,
            author=author,
            reason=reason,
            now=services.now(),
            file=str(file),
            four_eyes=four_eyes,
            patient=True,
        )
    said = done.publication
    typer.echo(f"Version {said.version} is live, by {said.author} at {said.at:%Y-%m-%d %H:%M:%S %Z}")
    _warn(done.examination)


def _schedule(services: Services, text: str | None, at: str, zone: str, author: str, reason: str) -> None:
    moment = _moment(at, zone)
    draft = _save(services, text, author, force=False) if text is not None else _draft(services)
    try:
        done = scheduling.schedule_draft(
            services.database,
            draft.etag,
            at=moment,
            zone=zone_name(zone),
            author=author,
            reason=reason,
            four_eyes=services.settings.rulebook_approval,
            now=services.now(),
            patient=True,
        )
    except scheduling.BadTime as bad:
        fail(f"--at: {bad}", USAGE)
    _print(words.schedules([done.schedule]))
    _warn(done.examination)


def _moment(text: str, zone: str) -> datetime:
    try:
        found = local_time(text, ZoneInfo(zone_name(zone)))
    except ValueError as error:
        fail(f"--zone {error}", USAGE)
    if isinstance(found, str):
        fail(f"--at {found}", USAGE)
    return found


def _save(services: Services, text: str, author: str, *, force: bool) -> Draft:
    """The text as the draft; what somebody else has begun is not overwritten unless asked to."""

    def save(connection: Connection) -> Draft:
        present = rulebooks.draft(connection, lock=True)
        if present.author not in (None, author) and present.text != text and not force:
            fail(f"{present.author} has begun a draft; pull it, or push with --force", FAILED)
        return rulebooks.save_draft(connection, text, author=author, at=services.now())

    return services.database.transact(save)


def _draft(services: Services) -> Draft:
    with services.database.read() as connection:
        return rulebooks.draft(connection)


def _text(connection: Connection, name: str) -> str:
    if name == "draft":
        return rulebooks.draft(connection).text
    live = rulebooks.live_version(connection)
    found = ([live] if live else []) if name == "live" else rulebooks.find(connection, name)
    if len(found) != 1:
        fail("No version is called so" if not found else "More than one version begins so", FAILED)
    stored = rulebooks.get(connection, found[0])
    assert stored is not None, "versions are never deleted"
    return stored.text


def _warn(examination: Examination) -> None:
    for each in examination.warnings:
        typer.echo(str(each), err=True)


def _refuse(what: str, examination: Examination, text: str) -> NoReturn:
    if examination.problems:
        _print(show.fault(problem, text) for problem in examination.problems)
        fail(f"{what}: the rulebook is not valid", INVALID)
    if examination.errors:
        _print(show.fault(problem, text) for problem in examination.errors)
        fail(
            f"{what}: it certainly does not mean this; correct it, or allow it under 'lint' with a reason",
            INVALID,
        )
    _print(show.tests(examination.failures))
    fail(f"{what}: a test fails", FAILED)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)
