"""Answers to systems that want to know at once what was decided: Marketo, HubSpot, Salesforce flows.

They map what they are answered field by field, so it is scalars only, always all of them, and always with
status 200: to Marketo another status means that no field is written, to a flow that it fails.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy.exc import InterfaceError, OperationalError
from starlette.responses import JSONResponse, Response

from matching.types import MatchOutcome
from service.api.match import flat
from service.db.inbox import Claimed, Item, Received, Result
from service.db.sources import Source
from service.decision import Decision
from service.intake.kinds import Reply
from service.intake.mapping import Mapped
from service.intake.reading import incoming, meaning_of
from service.problems import Problem
from service.services import Services

WAIT_SECONDS = 8.0
"""Salesforce waits 10 seconds by default, HubSpot and Marketo 30."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatDecision:
    """A decision in scalars. Nothing is missing or null: what is not there is an empty text or 0.

    ``status`` is ``decided``; ``pending`` when it will be decided and told by the usual ways;
    ``quarantined`` or ``ignored`` when it will not, ``reason`` says why.
    """

    status: str
    outcome: str = ""
    matched: bool = False
    account_id: str = ""
    account_name: str = ""
    score: float = 0.0
    rep: str = ""
    rule: str = ""
    pool: str = ""
    due_at: str = ""
    decision_id: str = ""
    reason: str = ""


def at_once(reply: Reply) -> bool:
    """Whether the caller waits for the decision."""
    return reply in (Reply.FLAT, Reply.OUTPUT_FIELDS)


async def answer_at_once(
    reply: Reply, source: Source, items: Sequence[Item], received: Sequence[Received], services: Services
) -> Response:
    """Decide what was just kept, and answer with it: one object for one item, a list for several."""
    found = [
        await _decided(source, item, each, services) for item, each in zip(items, received, strict=True)
    ] or [FlatDecision(status=Result.IGNORED.value, reason="nothing was sent")]
    shown: list[dict[str, object]] = [asdict(each) for each in found]
    if reply is Reply.OUTPUT_FIELDS:
        shown = [{"outputFields": {**each, "hs_execution_state": "SUCCESS"}} for each in shown]
    return JSONResponse(shown[0] if len(shown) == 1 else shown)


async def _decided(source: Source, item: Item, received: Received, services: Services) -> FlatDecision:
    if received.result not in (Result.ACCEPTED, Result.DUPLICATE):
        return FlatDecision(status=received.result.value, reason=item.problem or "")
    claimed = Claimed(
        id=received.id,
        source=source.name,
        dedupe_key=item.dedupe_key,
        digest=item.digest,
        body=item.body,
        received_at=services.now(),
        attempts=0,
    )
    if item.problem is not None or not source.active:
        return FlatDecision(status="pending", reason="it waits for a person")
    meaning = meaning_of(claimed, source)
    if not isinstance(meaning, Mapped):
        return FlatDecision(status="pending", reason="it is worked on")
    try:
        event = incoming(claimed, meaning)
        handled = await asyncio.wait_for(services.batcher.submit(event), WAIT_SECONDS)
    except (TimeoutError, OperationalError, InterfaceError, Problem):
        return FlatDecision(status="pending", reason="it will be decided shortly")
    return _flat(handled.decision)


def _flat(decision: Decision) -> FlatDecision:
    match, routing, assignment = flat(decision.match), decision.routing, decision.assignment
    return FlatDecision(
        status="decided",
        outcome=routing.outcome.value,
        matched=decision.match.outcome is MatchOutcome.MATCHED,
        account_id=match.account_id,
        account_name=match.account_name,
        score=match.score,
        rep=routing.assignee or "",
        rule=routing.rule or "",
        pool=routing.pool or "",
        due_at=assignment.due_at.isoformat() if assignment and assignment.due_at else "",
        decision_id=decision.id,
        reason=match.reason,
    )
