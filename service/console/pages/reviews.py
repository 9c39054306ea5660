"""The review queue: what waits for a person, one after the other, and never two people on the same."""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import quote

from pydantic import ValidationError
from sqlalchemy import Connection
from starlette.responses import Response

from matching.types import AccountId
from service.auth import Caller, Scope
from service.console.sides import side_by_side
from service.console.story import tell
from service.console.visit import Visit
from service.db import claims, console, decisions, queue, waiting
from service.db.claims import Claim
from service.db.memory import Answer
from service.db.waiting import Kind
from service.decision import Decision
from service.desk.matters import in_words
from service.problems import Conflict, Malformed, NotFound, Problem
from service.records.accounts import AccountRecord
from service.stewardship.memory import Said
from service.stewardship.reviews import Reviews

PAGE = 50
FOUND = 8
TABS: dict[str, tuple[str, tuple[Kind, ...]]] = {
    "": ("Matches and questions", (Kind.REVIEW, Kind.ASKED)),
    "review": ("Matches", (Kind.REVIEW,)),
    "asked": ("Questions", (Kind.ASKED,)),
    "held": ("Held", (Kind.HELD,)),
}


def listing(visit: Visit) -> Response:
    """What waits, the oldest first, and who works on it."""
    tab = _tab(visit)
    after = visit.query.get("after", "")
    now = visit.services.now()
    with visit.services.database.read() as connection:
        found = queue.listed(
            connection,
            TABS[tab][1],
            _holder(visit),
            now,
            limit=PAGE + 1,
            after=int(after) if after.isdecimal() and len(after) < 19 else None,
        )
        shown = found[:PAGE]
        waits = console.open_counts(connection)
        return visit.show(
            "reviews.html",
            tab=tab,
            tabs=[
                (name, label, sum(waits.get(k, 0) for k in kinds)) for name, (label, kinds) in TABS.items()
            ],
            rows=shown,
            older=shown[-1].place if len(found) > PAGE else None,
            accounts=console.account_names(connection, [row.account for row in shown]),
            done=_done(connection, visit.query.get("done")),
        )


def one(visit: Visit) -> Response:
    """One open matter with everything that is needed to settle it, and its neighbours in the queue."""
    return _show(visit, visit.params["decision_id"])


def hold(visit: Visit) -> Response:
    """Take the matter for this session, or renew that; says who has it."""
    who = visit.caller
    decision_id, now = visit.params["decision_id"], visit.services.now()

    def work(connection: Connection) -> Claim | None:
        if not waiting.open_of(connection, decision_id):
            return None
        return claims.claim(connection, decision_id, _holder(visit), who.name, now)

    claim = visit.services.database.transact(work)
    return visit.show("review_claim.html", claim=claim, mine=_holder(visit), gone=claim is None)


def put_back(visit: Visit) -> Response:
    """Leave the matter to others."""
    decision_id = visit.params["decision_id"]
    visit.services.database.transact(lambda c: claims.release(c, decision_id, _holder(visit)))
    return visit.go("/reviews")


def settle(visit: Visit) -> Response:
    """Settle the matter with what was said, and go on with the next."""
    who = visit.caller
    decision_id = visit.params["decision_id"]
    try:
        _take(visit, decision_id, who)
        _settle(visit, decision_id, who)
    except (Conflict, Malformed, Problem) as problem:
        if isinstance(problem, NotFound):
            raise
        return _show(visit, decision_id, problem)
    visit.services.bell.ring()
    return _go_on(visit, decision_id)


def again(visit: Visit) -> Response:
    """Look again at a contact that is held, without waiting for its time."""
    decision_id = visit.params["decision_id"]
    taken = visit.services.desk.release([decision_id])
    visit.services.bell.ring()
    return visit.go(f"/decisions/{taken[0].id}" if taken else f"/reviews/{decision_id}?again=1")


def undo(visit: Visit) -> Response:
    """Take an answer back: the contact waits again, and nothing is remembered of it."""
    who = visit.caller
    services = visit.services
    reviews = Reviews(services.database, services.flow, services.now)
    reopened = reviews.reopen(visit.params["decision_id"], who.name)
    services.bell.ring()
    with services.database.read() as connection:
        open_again = waiting.open_of(connection, reopened[0].id)
    return visit.go(f"/reviews/{reopened[0].id}" if open_again else f"/decisions/{reopened[0].id}")


def accounts(visit: Visit) -> Response:
    """Accounts to choose another one from."""
    text = visit.query.get("account_search", "")
    with visit.services.database.read() as connection:
        found = console.accounts(connection, text, FOUND) if len(text) > 1 else []
    return visit.show("review_accounts.html", found=found, text=text)


def _show(visit: Visit, decision_id: str, problem: Problem | None = None) -> Response:
    tab = _tab(visit)
    now, mine = visit.services.now(), _holder(visit)
    with visit.services.database.read() as connection:
        decision = decisions.get(connection, decision_id)
        if decision is None:
            raise NotFound("There is no decision with this id")
        matters = waiting.open_of(connection, decision_id)
        names = console.rep_names(connection)
        company = next((wait.company for wait in matters if wait.company), None)
        kinds = TABS[tab][1]
        return visit.show(
            "review.html",
            status=type(problem).status if problem else 200,
            problem=problem,
            complaints=[each.detail for each in problem.errors] if problem else (),
            tab=tab,
            decision=decision,
            matters=matters,
            kinds={wait.kind.value for wait in matters},
            due_at=next((wait.due_at for wait in matters if wait.due_at), None),
            names=names,
            story=tell(decision, names),
            sides=side_by_side(decision),
            alike=len(waiting.of_company(connection, company, still_open=True)) - 1 if company else 0,
            claim=claims.standing(connection, [decision_id], now).get(decision_id),
            mine=mine,
            editor=visit.caller.has(Scope.OPS_EDITOR),
            following=queue.beside(connection, kinds, decision_id, mine, now),
            previous=queue.beside(connection, kinds, decision_id, mine, now, before=True),
            settled=_done(connection, decision_id),
            done=_done(connection, visit.query.get("done")),
            looked_again="again" in visit.query,
        )


def _take(visit: Visit, decision_id: str, who: Caller) -> None:
    """Make sure that nobody else works on it."""
    now, mine = visit.services.now(), _holder(visit)
    claim = visit.services.database.transact(lambda c: claims.claim(c, decision_id, mine, who.name, now))
    if claim.holder != mine:
        raise Conflict(f"{claim.who} is working on this; nothing was changed")


def _settle(visit: Visit, decision_id: str, who: Caller) -> list[Decision]:
    services = visit.services
    kind, _, named = visit.form.get("said", "").partition(":")
    if kind == "answer":
        return [services.desk.answer(decision_id, named, who.name)]
    said = _said(visit, kind, named)
    reviews = Reviews(services.database, services.flow, services.now)
    settled = reviews.settle(decision_id, said, who.name)
    return [settled, *(reviews.settle_alike(decision_id, said, who.name) if "alike" in visit.form else ())]


def _said(visit: Visit, kind: str, named: str) -> Said:
    if kind in (Answer.ACCOUNT, Answer.NEVER) and named:
        return Said(answer=Answer(kind), account_id=AccountId(named))
    if kind == Answer.NONE:
        return Said(answer=Answer.NONE)
    if kind != Answer.NEW_ACCOUNT:
        raise Malformed("Choose one of the answers")
    external_id = visit.form.get("external_id", "").strip()
    if not external_id:
        return Said(answer=Answer.NEW_ACCOUNT)
    name = visit.form.get("account_name", "").strip() or None
    try:
        record = AccountRecord.model_validate({"external_id": external_id, "name": name})
    except ValidationError as error:
        raise Malformed(f"The account cannot be created: {error.errors()[0]['msg']}") from None
    return Said(answer=Answer.NEW_ACCOUNT, account_id=AccountId(external_id), record=record)


def _go_on(visit: Visit, decision_id: str) -> Response:
    tab, now = _tab(visit), visit.services.now()
    with visit.services.database.read() as connection:
        kinds, mine = TABS[tab][1], _holder(visit)
        following = queue.beside(connection, kinds, decision_id, mine, now) or queue.beside(
            connection, kinds, decision_id, mine, now, before=True
        )
    place = f"/reviews/{following}" if following else "/reviews"
    return visit.go(f"{place}?tab={tab}&done={quote(decision_id)}")


def _done(connection: Connection, decision_id: str | None) -> dict[str, object] | None:
    """What became of a matter: by whom, with which words, and whether it can be taken back."""
    if decision_id is None:
        return None
    for kind, event in ((Kind.REVIEW, "review"), (Kind.ASKED, "answer")):
        settled = waiting.settled(connection, decision_id, kind)
        if settled is None or settled.answer is None:
            continue
        taken = decisions.by_event(connection, [f"{event}:{decision_id}", f"reopen:{decision_id}"])
        return {
            "id": decision_id,
            "by": settled.by,
            "words": in_words(settled.answer),
            "decision": next(iter(taken.values()), None),
            "can_undo": kind is Kind.REVIEW and f"reopen:{decision_id}" not in taken,
        }
    return None


def _tab(visit: Visit) -> str:
    tab = visit.query.get("tab") or visit.form.get("tab", "")
    return tab if tab in TABS else ""


def _holder(visit: Visit) -> str:
    """This session, as a claim names it: not to be guessed, and of no use to anybody."""
    assert visit.session is not None
    return sha256(f"claim:{visit.session.token}".encode()).hexdigest()[:32]
