"""The application: every resource and page over the parts of `service.services`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from service import __version__, log
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
    measures,
    memory,
    openapi,
    opportunities,
    people,
    policy,
    pools,
    program,
    program_campaigns,
    program_engagement,
    program_nominations,
    program_plans,
    program_rates,
    program_reports,
    reconciliation,
    rematch,
    reports,
    reps,
    reviews,
    rulebook,
    shadow,
    signals,
    sources,
    webhooks,
    why,
)
from service.console.app import routes as console_routes
from service.http import handlers
from service.http.access import Access
from service.services import Services, compose
from service.settings import Settings
from service.worker.worker import Worker

DESCRIPTION = """\
A contact comes in; Muster finds the account it belongs to, applies the rules of engagement, puts it in the
hands of one rep, and keeps why. Send `Authorization: Bearer KEY`. Errors are problem documents (RFC 9457).
Writes take an `Idempotency-Key`: a call repeated with the same key is done once. Times are RFC 3339 with an
offset.\
"""

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
    program_reports.api,
    program_campaigns.api,
    program_engagement.api,
    measures.api,
    program_rates.api,
    signals.api,
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
    handlers.install(app)
    app.add_middleware(
        Access,
        metrics=services.metrics,
        new_id=services.new_id,
        encrypted=settings.base_url.startswith("https:"),
    )
    return app


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
