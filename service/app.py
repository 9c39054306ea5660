"""The application: the only place where its parts are put together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import uuid_utils
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.concurrency import run_in_threadpool

from service import __version__, log, problems
from service.access import Access
from service.api import (
    accounts,
    activities,
    assignments,
    audit,
    availability,
    calendars,
    clocks,
    contacts,
    credits,
    decisions,
    deliveries,
    destinations,
    disputes,
    docs,
    domain_verdicts,
    erasures,
    fairness,
    handovers,
    health,
    hygiene,
    imports,
    keys,
    links,
    match,
    memory,
    openapi,
    opportunities,
    people,
    policy,
    pools,
    program,
    program_campaigns,
    program_nominations,
    program_plans,
    reconciliation,
    rematch,
    reports,
    reps,
    reviews,
    rulebook,
    shadow,
    sources,
    webhooks,
    why,
)
from service.api.deps import Services
from service.auth import Keys
from service.batcher import Batcher, Limits
from service.clocks.work import Work
from service.console.app import routes as console_routes
from service.db import instance
from service.db.clock import DatabaseClock
from service.db.engine import Database
from service.db.keyring import Keyring
from service.decision import Handled
from service.delivery.links import Links
from service.desk import Desk
from service.flow import Flow
from service.intake.taking import Taking
from service.limits import Buckets, Places
from service.metrics import Metrics
from service.people.oidc import Provider, SignOn
from service.people.people import People
from service.people.sessions import Sessions
from service.rulebooks import LiveRulebook, Policies
from service.settings import Settings
from service.worker.bell import Bell
from service.worker.gauges import gauges
from service.worker.worker import Worker

DESCRIPTION = """\
A contact comes in; Muster finds the account it belongs to, applies the rules of engagement, puts it in the
hands of one rep, and keeps why. Send `Authorization: Bearer KEY`. Errors are problem documents (RFC 9457).
Writes take an `Idempotency-Key`: a call repeated with the same key is done once. Times are RFC 3339 with an
offset.\
"""

TRIES, TRY_AGAIN_EVERY = 10, 1 / 30
"""Wrong passwords in a row for one person or from one address, and how many more a second."""
BATCHES_AT_ONCE = 4
"""How many batches a process decides at a time on PostgreSQL; SQLite has one writer."""

RESOURCES = (
    contacts.api,
    match.api,
    decisions.api,
    assignments.api,
    clocks.api,
    reviews.api,
    memory.api,
    policy.api,
    hygiene.api,
    rematch.api,
    rulebook.api,
    why.api,
    shadow.api,
    domain_verdicts.api,  # before accounts: their ids may have slashes
    accounts.api,
    availability.api,  # before reps: their ids may have slashes
    calendars.api,
    reps.api,
    pools.api,
    opportunities.api,
    activities.api,
    imports.api,
    sources.api,
    webhooks.api,
    destinations.api,
    deliveries.api,
    links.api,
    reconciliation.api,
    keys.api,
    people.api,
    audit.api,
    erasures.api,
    credits.api,
    disputes.api,
    handovers.api,
    program.api,
    program_nominations.api,
    program_plans.api,
    program_campaigns.api,
    fairness.api,  # before the reports: its address is one of theirs
    reports.api,
    health.api,
    openapi.api,
    docs.api,
)


def create_app(settings: Settings) -> FastAPI:
    """The API and the console over the database that ``settings`` names."""
    log.configure(settings.log_level)
    services = compose(settings)
    app = FastAPI(
        title="Muster",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.services = services
    app.openapi = partial(openapi.described, app)  # type: ignore[method-assign]
    for resource in RESOURCES:
        # Not include_router: it would make each route anew, a third of a second at the first request.
        app.router.routes.extend(resource.routes)
    app.router.routes.extend(console_routes(services))
    problems.install(app)
    app.add_middleware(
        Access,
        metrics=services.metrics,
        new_id=services.new_id,
        encrypted=settings.base_url.startswith("https:"),
    )
    return app


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


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Begin to decide and to work; at the end, finish what was taken on."""
    services: Services = app.state.services
    services.taking.start()
    services.batcher.start()
    worker = Worker(services) if services.settings.works else None
    if worker:
        worker.start()
    yield
    await services.taking.stop()
    await services.batcher.stop()
    if worker:
        await run_in_threadpool(worker.stop)
    services.database.dispose()
