"""The parts of the application, and the one place where they are put together.

The API, the console, the worker and the command line all work with these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

import uuid_utils
from pydantic import SecretStr

from service.auth import Keys
from service.batcher import Batcher, Limits
from service.clocks.work import Work
from service.db import instance
from service.db.clock import DatabaseClock
from service.db.engine import Database
from service.db.keyring import Keyring
from service.decision import Handled, Incoming
from service.delivery.links import Links
from service.desk.desk import Desk
from service.flow.flow import Flow
from service.http.limits import Buckets, Places
from service.intake.taking import Arrived, Outcome, Taking
from service.metrics import Metrics
from service.people.oidc import Provider, SignOn
from service.people.people import People
from service.people.sessions import Sessions
from service.rulebook.live import LiveRulebook, Policies
from service.settings import Settings
from service.worker.bell import Bell
from service.worker.gauges import gauges

TRIES, TRY_AGAIN_EVERY = 10, 1 / 30
"""Wrong passwords in a row for one person or from one address, and how many more a second."""
BATCHES_AT_ONCE = 4
"""How many batches a process decides at a time on PostgreSQL; SQLite has one writer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts that `compose` put together, one value for each process."""

    settings: Settings
    database: Database
    keys: Keys
    people: People
    sessions: Sessions
    sign_on: SignOn | None
    limits: Buckets
    places: Places
    attempts: Buckets
    rules: LiveRulebook
    flow: Flow
    batcher: Batcher[Incoming, Handled]
    taking: Batcher[Arrived, Outcome]
    desk: Desk
    links: Links
    work: Work
    bell: Bell
    metrics: Metrics
    now: Callable[[], datetime]
    clock: Callable[[], datetime]  # the database's, for what processes must agree on; it may have to ask
    new_id: Callable[[], str]


def compose(settings: Settings) -> Services:
    """The parts that the API, the console, the worker and the command line share."""
    database = Database(settings.database_url, keyring=keyring_of(settings))
    bootstrap = _revealed(settings.bootstrap_key)
    bell = Bell()
    metrics = Metrics(partial(gauges, database, now))
    rules = LiveRulebook()

    def tell(handled: Sequence[Handled]) -> None:
        metrics.count(handled)
        bell.ring()

    clock = DatabaseClock(database, now)  # what is due is due by one clock, whichever process says so
    flow = Flow(database, rules, Policies(), clock=clock, new_id=new_id, tell=tell)
    wait = settings.batch_wait_ms / 1000
    lanes = Limits(lanes=1 if database.sqlite else BATCHES_AT_ONCE, wait_seconds=wait)
    return Services(
        settings=settings,
        database=database,
        keys=Keys(
            database,
            pepper=_revealed(settings.secret_key),
            bootstrap=bootstrap,
            now=now,
        ),
        people=People(database, now),
        sessions=Sessions(database, bootstrap=bootstrap, now=now),
        sign_on=_sign_on(settings, database),
        limits=Buckets(settings.key_rate, settings.key_burst),
        places=Places(),
        attempts=Buckets(TRY_AGAIN_EVERY, TRIES),
        rules=rules,
        flow=flow,
        batcher=Batcher(flow.handle, lanes),
        taking=Batcher(Taking(database, now).take, replace(lanes, wait_seconds=0), "taking"),
        desk=Desk(database, flow, clock=clock, new_id=new_id),
        links=Links(
            lambda: _revealed(settings.secret_key) or instance.secret(database, now()), settings.base_url
        ),
        work=Work(database, clock=clock),
        bell=bell,
        metrics=metrics,
        now=now,
        clock=clock,
        new_id=new_id,
    )


def keyring_of(settings: Settings) -> Keyring:
    """The keys of the settings that the database is used with."""
    given = (_revealed(settings.encryption_keys) or "").split(",")
    return Keyring(
        secret=_revealed(settings.secret_key),
        encryption=tuple(key.strip() for key in given if key.strip()),
    )


def _sign_on(settings: Settings, database: Database) -> SignOn | None:
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    provider = Provider(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=_revealed(settings.oidc_client_secret),
        scopes=settings.oidc_scopes,
        groups=settings.oidc_groups,
        redirect=f"{settings.base_url}/console/sign-in/back",
    )
    return SignOn(provider, database, now=now)


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def now() -> datetime:
    """The time, in UTC. The one clock of the application."""
    return datetime.now(UTC)


def new_id() -> str:
    """An identifier that sorts by the time it was made."""
    return str(uuid_utils.uuid7())
