"""`muster import` and `muster match`: files into the database, and files matched without one."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence, Set
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from matching.policy import default_policy
from service.commands import import_trial
from service.commands.common import INVALID, USAGE, DatabaseOption, fail, services_for
from service.commands.policy_file import read_policy
from service.commands.pools import import_pools
from service.imports import offline
from service.imports.dates import Dates, orders
from service.imports.errors import ErrorsFile
from service.imports.headers import Kind, said_by_hand
from service.imports.reading import Unreadable, open_file
from service.imports.rows import Fault
from service.imports.run import NO_ROWS, Import, Tally
from service.services import now

BAD_ROWS = 1
_SHEETS = (".xlsx", ".xls", ".ods")  # programs refuse what is called so and is not
INTERRUPTED = 130  # as shells have it
_EVERY = 5.0  # seconds between lines where there is no terminal

File = Annotated[Path, typer.Argument(metavar="FILE", help="A .csv, .ndjson or .json file, also .gz.")]
Accounts = Annotated[Path, typer.Option(metavar="FILE", help="The accounts: account_id, name, domains, ...")]
Contacts = Annotated[Path, typer.Option(metavar="FILE", help="The contacts: contact_id, company, email, ...")]
Processes = Annotated[
    int | None, typer.Option(min=1, help="Processes that share the work; default: one for each core.")
]
Policy = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Numbers of your own, see `muster policy`; default: shipped."),
]
Out = Annotated[Path, typer.Option(metavar="FILE", help="Where the matches go, .csv or .csv.gz.")]


class What(StrEnum):
    """What `muster import` takes: the kinds of rows, and pools, which are YAML."""

    ACCOUNTS = "accounts"
    REPS = "reps"
    OPPORTUNITIES = "opportunities"
    ACTIVITIES = "activities"
    CONTACTS = "contacts"
    SIGNALS = "signals"
    POOLS = "pools"


def import_(
    kind: Annotated[What, typer.Argument(help="What the file holds; pools are YAML, see docs/pools.md.")],
    file: File,
    database: DatabaseOption = None,
    dates: Annotated[
        Dates | None,
        typer.Option(help="How dates with slashes are written, where no day above 12 in their column tells."),
    ] = None,
    column: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER=FIELD",
            help="A column mapped by hand, or left aside with nothing after the =; may be repeated.",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
) -> None:
    """Store a file: good rows go in, bad ones are listed in FILE.errors.csv. Safe to repeat.

    With --dry-run say what storing its first 2,000 rows would do, and take it back.

    The headers of Salesforce, HubSpot and Demandbase exports are recognised; for signals those of
    6sense, Demandbase and Triblio.
    An empty cell changes nothing. Exit code 0: all rows are in; 1: some are
    not; 3: the file cannot be read.
    """
    if kind is What.POOLS:
        if dry_run:
            fail("--dry-run is not for pools: set FILE beside what `muster pools export` prints")
        import_pools(file, database)
        return
    if dry_run:
        good = import_trial.show(Kind(kind), file, database, dates, column or [])
        raise typer.Exit(0 if good else BAD_ROWS)
    _import_rows(Kind(kind), file, database, dates, column or [])


def _import_rows(
    kind: Kind, file: Path, database: str | None, dates: Dates | None, column: Sequence[str]
) -> None:
    try:
        by_hand = said_by_hand(column)
        with open_file(file) as source:
            month_first = orders(kind, source, dates, by_hand)
        with services_for(database) as services, open_file(file) as source, ErrorsFile(file) as errors:
            work = Import(
                source,
                kind,
                services.database,
                handle=services.flow.handle,
                now=now,
                report=errors.add,
                month_first=month_first,
                by_hand=by_hand,
            )
            for note in (*source.notes, *work.notes()):
                _say(f"{file.name}: {note}")
            with _progress(f"{kind}", file.stat().st_size) as show:
                for tally in work.run():
                    show(source.position(), _figures(tally))
    except Unreadable as error:
        fail(str(error), INVALID)
    _say(f"{kind}: {_figures(work.tally)}")
    if not work.tally.rows:
        _say(f"{file.name} {NO_ROWS}")
    if work.tally.refused or work.tally.notes:
        _say(f"What is wrong stands in {errors.path}")
    raise typer.Exit(BAD_ROWS if work.tally.refused else 0)


def match_offline(
    accounts: Accounts,
    contacts: Contacts,
    out: Out,
    policy: Policy = None,
    processes: Processes = None,
) -> None:
    """Match the contacts of one file to the accounts of another, without a database.

    Rows that cannot be read are listed in FILE.match-errors.csv; such a contact
    is unmatched. So are countries and domains of accounts that make no sense.
    Where no contact can be read the command fails.
    """
    _check_out(out, accounts, contacts)
    numbers = read_policy(policy) if policy is not None else default_policy()
    workers = processes or len(os.sched_getaffinity(0))
    began = time.monotonic()
    try:
        for kind, file in ((Kind.ACCOUNTS, accounts), (Kind.CONTACTS, contacts)):
            for note in offline.notes(kind, file):
                _say(f"{file.name}: {note}")
        with _told(accounts, "accounts", "left out") as no_accounts:
            index = offline.build_index(accounts, workers, no_accounts)
        if not len(index) and not no_accounts.lines:
            _say(f"{accounts.name} {NO_ROWS}")
        built = time.monotonic()
        _say(f"accounts: {len(index)} indexed in {built - began:.1f} s")
        with (
            _told(contacts, "contacts", "unmatched") as no_contacts,
            _progress("contacts", contacts.stat().st_size if contacts.exists() else 0) as show,
        ):
            count = offline.match_file(
                index, contacts, out, numbers, lambda at, done: show(at, f"{done}"), workers, no_contacts
            )
    except Unreadable as error:
        fail(str(error), INVALID)
    except OSError as error:
        fail(f"{out} cannot be written: {error.strerror}", INVALID)
    except KeyboardInterrupt:
        fail(f"Interrupted: {out} is as it was before", INTERRUPTED)
    if not count:
        _say(f"{contacts.name} {NO_ROWS}")
    seconds = max(time.monotonic() - built, 1e-9)
    _say(f"contacts: {count} matched in {seconds:.1f} s, {count / seconds:.0f} a second: {out}")
    raise typer.Exit(BAD_ROWS if 0 < count == len(no_contacts.lines) else 0)


def _check_out(out: Path, *files: Path) -> None:
    """End the command before it reads anything where it could not write, or would overwrite what it reads."""
    if out.resolve() in [file.resolve() for file in files]:
        fail(f"--out {out} is a file to be read: the matches would overwrite it; name another", USAGE)
    if str(out) == "-":
        fail("--out - is no file; name one, or /dev/stdout", USAGE)
    if not out.parent.is_dir():
        fail(f"--out {out}: there is no folder {out.parent}; make it first", USAGE)
    if out.suffix.lower() in _SHEETS:
        fail(
            f"--out {out}: what is written is CSV, which opens in a spreadsheet; name it .csv or .csv.gz",
            USAGE,
        )


class _Faults:
    """What is wrong with a file's rows, written beside it.

    ``lines`` are those of the rows that cannot be read, ``partly`` of those that go without something.
    """

    def __init__(self, errors: ErrorsFile) -> None:
        self.lines: set[int] = set()
        self.partly: set[int] = set()
        self._errors = errors

    def __call__(self, fault: Fault) -> None:
        (self.partly if fault.left_out else self.lines).add(fault.line)
        self._errors.add(fault)


@contextmanager
def _told(file: Path, what: str, became: str) -> Iterator[_Faults]:
    """What takes the faults of a file's rows, and says at the end how many rows are wrong."""
    with ErrorsFile(file, "match-errors") as errors:
        faults = _Faults(errors)
        yield faults
    if faults.lines:
        _say(f"{what}: {_rows(faults.lines)} cannot be read ({became}); why stands in {errors.path}")
    if faults.partly:
        _say(f"{what}: {_rows(faults.partly)} taken without what makes no sense; it stands in {errors.path}")


def _rows(lines: Set[int]) -> str:
    return "1 row" if len(lines) == 1 else f"{len(lines)} rows"


def _figures(tally: Tally) -> str:
    counts = ", ".join(f"{count} {name}" for name, count in sorted(tally.outcomes.items()) if count)
    return f"{tally.rows} rows: {counts or 'none'}"


def _say(line: str) -> None:
    typer.echo(line, err=True)


@contextmanager
def _progress(what: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar on a terminal, elsewhere a line every few seconds; it is told how far the work is."""
    if not sys.stderr.isatty():
        yield _lines(what)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[words]}"), console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=total, words="")
        yield lambda done, words: bar.update(task, completed=done, words=words)
        bar.update(task, completed=total)


def _lines(what: str) -> Callable[[int, str], None]:
    last = time.monotonic()

    def show(_done: int, words: str) -> None:
        nonlocal last
        if time.monotonic() - last >= _EVERY:
            last = time.monotonic()
            _say(f"{what}: {words}")

    return show
