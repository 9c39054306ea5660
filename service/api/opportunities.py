"""Opportunities of the CRM: stored by external id, singly and in bulk; listed, read, deleted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from service.api.resource import Resource, routes
from service.db import opportunities
from service.db.opportunities import OnAccount
from service.records.opportunities import OpportunityFields, OpportunityRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class OpportunityPage:
    """Opportunities in the order they were first stored. ``next_cursor`` is None on the last page."""

    opportunities: Sequence[OpportunityRecord]
    next_cursor: str | None


def view(found: OnAccount) -> OpportunityRecord:
    """The opportunity in the form it is sent in."""
    opportunity = found.opportunity
    return OpportunityRecord.model_construct(
        external_id=opportunity.id,
        account_id=found.account_id,
        owner=opportunity.owner,
        stage=opportunity.stage,
        kind=opportunity.kind,
        amount=opportunity.amount,
        currency=found.currency,
        iarr=found.iarr,
        opened_at=opportunity.opened_at,
        expected_close_at=opportunity.expected_close_at,
        closed_at=opportunity.closed_at,
        won=opportunity.won,
        campaign=found.campaign,
        source=found.source,
    )


def _read(connection: Connection, external_id: str, _now: datetime) -> OpportunityRecord | None:
    found = opportunities.get(connection, external_id)
    return view(found) if found else None


def _rows(
    connection: Connection, after: int, limit: int, _now: datetime
) -> list[tuple[int, OpportunityRecord]]:
    return [(found.row, view(found)) for found in opportunities.page(connection, after=after, limit=limit)]


api = routes(
    Resource(
        one="opportunity",
        plural="opportunities",
        fields=OpportunityFields,
        record=OpportunityRecord,
        key="external_id",
        view=OpportunityRecord,
        page=OpportunityPage,
        upsert=opportunities.upsert,
        read=_read,
        rows=_rows,
        remove=opportunities.remove,
    )
)
