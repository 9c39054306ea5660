"""The pages of an account-based program over 200,000 opportunities and 2 million signals, on either database.

    python -m bench.program [--opportunities N] [--signals N] [--only PART] [--on DATABASE] [--folder FOLDER]

20,000 accounts, of which 2,000 are in the program, two years of opportunities in four currencies with a rate
for each week, 100,000 contacts, 200,000 activities, 60 campaigns with 60,000 people; all made by the database
itself. Each address is asked five times of a real server on loopback (after once that is not counted): the
fastest and the slowest answer, the processor time of the server and of PostgreSQL for one, the size, the
status. With --folder the databases stay there and are used again.
"""

# ruff: noqa: S608 - all that is put into the statements is written here

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from sqlalchemy import Connection, text

from bench import running
from bench.console.__main__ import processor
from service.console.app import PATH
from service.db import migrate
from service.db.engine import Database
from service.program.core import quarters
from service.program.core.settings import ProgramSettings

ACCOUNTS, TARGETS, CONTACTS, ACTIVITIES, CAMPAIGNS, MEMBERS = 20_000, 2_000, 100_000, 200_000, 60, 60_000
SPAN = timedelta(days=730)
TRIES = 5
GOAL_MS = 1000
KINDS = ("page_visit", "ad_click", "intent", "campaign_response", "buying_stage")


def main() -> None:
    """Measure on both databases, or on one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--opportunities", type=int, default=200_000)
    parser.add_argument("--signals", type=int, default=2_000_000)
    parser.add_argument("--only", default="", help="addresses with this in them")
    parser.add_argument("--on", choices=("sqlite", "postgresql"))
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args()
    if asked.on != "sqlite":
        with running.postgres(asked.folder and asked.folder / "postgresql") as url:
            _measure(url, asked)
    if asked.on != "postgresql":
        with _folder(asked.folder) as folder:
            _measure(f"sqlite:///{folder}/program.db", asked)


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


def _measure(url: str, asked: argparse.Namespace) -> None:
    database = Database(url)
    migrate.upgrade(database)
    with database.read() as connection:
        filled = connection.execute(text("SELECT count(*) FROM opportunity")).scalar_one()
        postmaster = None if database.sqlite else _postmaster(connection)
    if not filled:
        began = time.perf_counter()
        _fill(database, asked.opportunities, asked.signals)
        print(f"{database.url.get_backend_name()}: filled in {time.perf_counter() - began:.0f} s", flush=True)
    database.dispose()
    with (
        running.serving(running.environment(url), "--no-worker") as server,
        running.client(server.url) as client,
        httpx2.Client(base_url=server.url, timeout=120) as console,
    ):
        console.post(f"{PATH}/sign-in", data={"key": running.KEY, "next": "/"})
        for address in _addresses(datetime.now(UTC)):
            if asked.only in address:
                pids = (server.process.pid, postmaster)
                _visit(console if address.startswith(PATH) else client, address, pids)


def _postmaster(connection: Connection) -> int:
    return int(connection.execute(text("SELECT pg_read_file('postmaster.pid')")).scalar_one().split()[0])


def _used(pids: tuple[int, int | None]) -> tuple[float, float]:
    """Milliseconds of the processor that the server has had, and PostgreSQL with all its processes."""
    server, postmaster = pids
    if postmaster is None:
        return processor(server), 0
    found = 0
    for each in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # gone meanwhile
            own, fields = int(each.parent.name), each.read_text(encoding="ascii").rsplit(")", 1)[1].split()
            if own == postmaster:
                found += sum(int(ticks) for ticks in fields[11:15])  # with its workers that have ended
            elif int(fields[1]) == postmaster:
                found += sum(int(ticks) for ticks in fields[11:13])
    return processor(server), found * 1000 / os.sysconf("SC_CLK_TCK")


def _visit(client: httpx2.Client, address: str, pids: tuple[int, int | None]) -> None:
    took, response = [], client.get(address)
    before = _used(pids)
    for _ in range(TRIES):
        began = time.perf_counter()
        response = client.get(address)
        took.append((time.perf_counter() - began) * 1000)
    server, database = ((now - then) / TRIES for now, then in zip(_used(pids), before, strict=True))
    note = "  <-- too slow" if min(took) > GOAL_MS else ""
    used = f"{server:6.0f} {database:6.0f}"
    figures = f"{min(took):6.0f} {max(took):6.0f} {used} ms {len(response.content) / 1000:6.0f} kB"
    print(f"{figures}  {response.status_code}  {address}{note}", flush=True)


def _addresses(now: datetime) -> list[str]:
    quarter = quarters.current(ProgramSettings(), now)
    last = quarters.following(ProgramSettings(), quarter, -1)
    year = f"since={_plain(now - timedelta(days=365))}&until={_plain(now)}"
    of_quarter = f"since={_plain(last.starts)}&until={_plain(last.ends)}"
    groups = ("tier", "account", "rep", "campaign", "play", "segment", "month", "tier,rep")
    return [
        *(f"/v1/program/measures?{of_quarter}&group_by={group}" for group in groups),
        *(
            f"/v1/program/measures?{year}&group_by={group}"
            for group in ("tier", "account", "campaign", "quarter")
        ),
        f"/v1/program/measures?{of_quarter}&group_by=tier&compare=false",
        f"/v1/program/measures?{of_quarter}&account=A7",
        f"/v1/program/measures/pipeline_created/rows?{of_quarter}&tier=one_to_few",
        f"/v1/program/measures/pipeline_influenced/rows?{year}&campaign=C7",
        "/v1/program/engagement?account=A7",
        "/v1/program/accounts/A7/360",
        f"{PATH}/program/engagement/accounts/A7",
        f"{PATH}/program/360/A7",
        f"{PATH}/program/measures",
        *(f"{PATH}/program/measures/numbers?group={group}" for group in ("tier", "account", "rep")),
        f"{PATH}/program/measures/revenue",
        f"{PATH}/program/engagement",
    ]


def _plain(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


class _Sql:
    """What the databases write differently. Rows are numbered from 0 as ``n``."""

    def __init__(self, connection: Connection, first: datetime) -> None:
        self._sqlite = connection.dialect.name == "sqlite"
        self._connection, self._first = connection, int(first.timestamp())
        self._seconds = int(SPAN.total_seconds())

    def insert(self, table: str, count: int, values: dict[str, str], where: str = "true") -> None:
        """Insert a row for each number."""
        numbers = f"(SELECT n FROM generate_series(0, {count - 1}) AS g(n))"
        if self._sqlite:
            more = f"SELECT n + 1 FROM g WHERE n < {count - 1}"
            numbers = f"(WITH RECURSIVE g(n) AS (SELECT 0 UNION ALL {more}) SELECT n FROM g)"
        columns = ", ".join(values)
        query = f"SELECT {', '.join(values.values())} FROM {numbers} AS numbers WHERE {where}"
        self.run(f"INSERT INTO {table} ({columns}) {query}")

    def run(self, statement: str) -> None:
        """Execute one statement."""
        self._connection.exec_driver_sql(statement if self._sqlite else statement.replace("%", "%%"))

    def at(self, seconds: str) -> str:
        """The moment so many seconds after the first."""
        if self._sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {self._first} + ({seconds}), 'unixepoch')"
        return f"to_timestamp({self._first} + ({seconds}))"

    def scattered(self, salt: int) -> str:
        """A moment of the two years."""
        return self.at(self.any(salt, self._seconds))

    def any(self, salt: int, below: int) -> str:
        """A number from 0 on, below another, that has nothing to do with others of the row."""
        return f"(CAST(n AS bigint) * {salt} + n / 7 * {salt % 1009}) % {below}"

    def one_of(self, salt: int, *values: str) -> str:
        """One of some texts."""
        cases = " ".join(f"WHEN {place} THEN {value}" for place, value in enumerate(values))
        return f"CASE {self.any(salt, len(values))} {cases} END"


def _fill(database: Database, opportunities: int, signals: int) -> None:
    now = datetime.now(UTC)
    with database.write() as connection:
        sql = _Sql(connection, now - SPAN)
        if not database.sqlite:
            sql.run("SET LOCAL statement_timeout = 0")
        _company(sql)
        _program(sql)
        _came_in(sql)
        _sell(sql, opportunities)
        _signal(sql, signals)
    if not database.sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
    else:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA analysis_limit=1000")
            connection.exec_driver_sql("ANALYZE")


def _company(sql: _Sql) -> None:
    sql.insert(
        "account",
        ACCOUNTS,
        {
            "external_id": "'A' || n",
            "name": "'Company ' || n",
            "country": sql.one_of(7919, "'DE'", "'FR'", "'US'", "'GB'"),
            "segment": sql.one_of(104_729, "'enterprise'", "'mid-market'", "'commercial'"),
            "employees": f"10 + {sql.any(15_485_863, 9_000)}",
            "custom": "'{}'",
            "created_at": sql.at("0"),
            "updated_at": sql.at("0"),
        },
    )
    for place, currency in enumerate(("USD", "GBP", "JPY")):
        sql.insert(
            "currency_rate",
            110,
            {
                "home": "'EUR'",
                "currency": f"'{currency}'",
                "starts": sql.at("(n - 2) * 604800"),
                "rate": f"'0.{9 - 3 * place}' || (1000 + n)",
            },
        )


def _program(sql: _Sql) -> None:
    placed = {
        "account": "'A' || n",
        "reason": "'bench'",
        "decided_by": "'bench'",
        "decided_at": sql.at("0"),
    }
    began = f"31536000 + {sql.any(6151, 20_000_000)}"
    tier = "CASE WHEN n < 8 THEN 'strategic' WHEN n < 400 THEN 'one_to_few' ELSE 'one_to_many' END"
    sql.insert("program_placement", TARGETS, placed | {"tier": tier, "starts": sql.at(began)})
    sql.insert(
        "program_campaign",
        CAMPAIGNS,
        {
            "id": "'C' || n",
            "external_id": "'crm-' || n",
            "name": "'Campaign ' || n",
            "play": sql.one_of(31, "'event'", "'direct_mail'", "'email'", "'virtual'"),
            "personalised": "false",
            "state": "'done'",
            "document": "'{}'",
            "made_by": "'bench'",
            "made_at": sql.at("0"),
            "began_at": sql.at("0"),
            "updated_at": sql.at("0"),
        },
    )


def _came_in(sql: _Sql) -> None:
    seen = {"occurred_at": sql.at("0"), "updated_at": sql.at("0")}
    sql.insert(
        "contact",
        CONTACTS,
        seen
        | {
            "id": "n + 1",
            "identity": "'x:P' || n",
            "external_id": "'P' || n",
            "email": "'p' || n || '@made.example'",
            "account": f"'A' || ({sql.any(48_611, ACCOUNTS)})",
            "data": "'{}'",
            "answers": "'{}'",
            "created_at": sql.scattered(7_368_787),
        },
    )
    sql.insert(
        "decision",
        CONTACTS,
        {
            "id": "'d' || n",
            "event_key": "'e' || n",
            "event_digest": "'0'",
            "contact_id": "n + 1",
            "at": sql.scattered(7_368_787),
            "account": f"'A' || ({sql.any(48_611, ACCOUNTS)})",
            "match_outcome": "'matched'",
            "score": "0.9",
            "routing_outcome": "'assigned'",
            "policy_version": "'p'",
            "rulebook_version": "'r'",
            "body": "'{}'",
        },
    )
    taken = f"{sql.any(7_368_787, int(SPAN.total_seconds()))} + 3600"
    sql.insert(
        "assignment",
        CONTACTS,
        {
            "id": "'s' || n",
            "contact_id": "n + 1",
            "decision_id": "'d' || n",
            "rep": f"'R' || ({sql.any(5087, 120)})",
            "status": "'accepted'",
            "assigned_at": sql.at(taken),
            "accepted_at": f"CASE WHEN n % 3 > 0 THEN {sql.at(taken)} END",
        },
    )
    sql.insert(
        "activity",
        ACTIVITIES,
        {
            "external_id": "'T' || n",
            "rep": f"'R' || ({sql.any(5087, 120)})",
            "account": f"'A' || ({sql.any(28_657, ACCOUNTS)})",
            "contact": f"'P' || ({sql.any(514_229, CONTACTS)})",
            "kind": sql.one_of(31, "'email'", "'call'", "'email'", "'meeting'"),
            "direction": sql.one_of(37, "'outbound'", "'inbound'", "'both'"),
            "at": sql.scattered(39_916_801),
        },
    )
    sql.insert(
        "program_member",
        MEMBERS,
        {
            "campaign_id": f"'C' || ({sql.any(31, CAMPAIGNS)})",
            "person": "'id:P' || n",
            "contact": "'P' || n",
            "status": "'sent'",
            "joined_at": sql.scattered(479_001_599),
            "updated_at": sql.at("0"),
        },
    )


def _sell(sql: _Sql, count: int) -> None:
    seconds = int((SPAN - timedelta(days=60)).total_seconds())
    opened = sql.any(87_178_291, seconds)
    done = "n % 3 > 0"
    sql.insert(
        "opportunity",
        count,
        {
            "external_id": "'O' || n",
            "account": f"'A' || ({sql.any(99_991, ACCOUNTS)})",
            "owner": f"'R' || ({sql.any(5087, 120)})",
            "stage": "'stage'",
            "kind": sql.one_of(13, "'new'", "'expansion'", "'renewal'"),
            "amount": f"1000 + {sql.any(15_485_863, 20_000_000)} / 100.0",
            "currency": sql.one_of(19, "'EUR'", "'USD'", "'GBP'", "'JPY'"),
            "iarr": f"{sql.any(32_452_843, 5_000_000)} / 100.0",
            "campaign": f"CASE WHEN n % 2 = 0 THEN 'crm-' || ({sql.any(31, CAMPAIGNS)}) END",
            "opened_at": sql.at(opened),
            "closed_at": f"CASE WHEN {done} THEN {sql.at(f'{opened} + 86400 * (5 + n % 50)')} END",
            "won": f"CASE WHEN {done} THEN n % 3 = 1 END",
            "updated_at": sql.at("0"),
        },
    )


def _signal(sql: _Sql, count: int) -> None:
    """Signals, and their sums by account as the service keeps them (`service.db.tables.engagement`)."""
    seconds = int(SPAN.total_seconds())
    first = int((datetime.now(UTC) - SPAN).timestamp())
    when = sql.any(2_971_215_073, seconds)
    sql.insert(
        "signal",
        count,
        {
            "id": "n + 1",
            "source": "'bench'",
            "external_id": "'S' || n",
            "kind": sql.one_of(17, *(f"'{kind}'" for kind in KINDS)),
            "at": sql.at(when),
            "weight": "1000",
            "topic": "'topic ' || (n % 20)",
            "person": f"CASE WHEN n % 3 = 0 THEN 'id:P' || ({sql.any(514_229, CONTACTS)}) END",
            "said": "'{}'",
            "account": f"'A' || ({sql.any(433_494_437, ACCOUNTS)})",
            "outcome": "'matched'",
            "tried_at": sql.at("0"),
            "received_at": sql.at(when),
        },
    )
    day = f"(CAST({first} AS bigint) + {when}) / 86400"
    day = day.replace("n AS bigint", "(id - 1) AS bigint").replace("n / 7", "(id - 1) / 7")
    sql.run(
        "INSERT INTO signal_day (account, kind, day, signals, weight) "
        f"SELECT account, kind, {day} AS d, count(*), sum(weight) FROM signal GROUP BY account, kind, d"
    )
    sql.run(
        "INSERT INTO signal_person_day (account, day, person, signals) "
        f"SELECT account, {day} AS d, person, count(*) FROM signal WHERE person IS NOT NULL "
        "GROUP BY account, d, person"
    )
    sql.run(
        "INSERT INTO signal_account (account, signals, first_at, last_at) "
        "SELECT account, count(*), min(at), max(at) FROM signal GROUP BY account"
    )
    sql.run(
        "INSERT INTO signal_kind (account, kind, day, value, half_life, most_a_day) "
        "SELECT account, kind, max(day), sum(signals) / 10.0, 30, 10 FROM signal_day GROUP BY account, kind"
    )


if __name__ == "__main__":
    main()
