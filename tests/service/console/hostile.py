"""An organisation in which whatever has a name, a reason or a text of its own has one that was given.

Filled once with plain texts and once with hostile ones, every page must have the same elements.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import Connection, insert, select

from matching.types import Contact
from routing.types.facts import ActivationKind
from routing.types.people import Offline, RepId
from service.account_report.making import AccountReports, Wish
from service.audit.log import Act, note
from service.auth import Scope
from service.db import (
    accounts,
    calendars,
    company_days,
    imports,
    inbox,
    pools,
    reps,
    rulebooks,
    schedules,
    shadow,
    sources,
)
from service.db.company_days import CompanyDay
from service.db.engagement import activations
from service.db.engagement.activations import Activation
from service.db.recorded import Span
from service.db.shadow import Mode
from service.db.tables import (
    decision,
    delivery,
    destination,
    program_campaign,
    program_meeting,
    program_member,
    program_nomination,
    program_plan,
    program_play,
    rulebook_alarm,
    rulebook_review,
    shadow_case,
)
from service.decision import Incoming
from service.disputes.disputes import Claimed, Disputes
from service.engagement import taking
from service.engagement.records import SignalRecord
from service.handover.handovers import Handovers
from service.handover.request import HandoverRequest
from service.intake.reading import read_items
from service.program.parts import Parts
from service.records.accounts import AccountRecord
from service.records.pools import PoolRecord
from service.records.reps import RepRecord
from service.rulebook.plans import Planner, begin
from tests.service.console.conftest import NOW, Console
from tests.service.intake.made import call, source

Texts = Callable[[int], str]
"""A text for a number: unlike for unlike numbers, in the same order as the numbers."""


def texts_of(given: Sequence[str]) -> Texts:
    """Each text in its turn, numbered, so that lists are in one order whatever the texts are."""

    def text(number: int) -> str:
        return f"{number:03d} {' '.join(given[number % len(given)].split())}"

    return text


def fill(console: Console, given: Sequence[str]) -> dict[str, str]:
    """Fill the database; what addresses of the pages have to be filled with, by the name of the part."""
    text, services, many = texts_of(given), console.services, len(given)
    rule = _rulebook(text, many)
    with services.database.write() as connection:
        _people(connection, text, many)
        _accounts(connection, text, many)
        rulebooks.publish(connection, rule, author=text(1), reason=text(2), at=NOW - timedelta(days=1))
    _came_in(console, text, many)
    _systems(console, text, many)
    found = _work(console, text, rule)
    services.people.add("ann@varnholt.example", frozenset({Scope.READ}), name=text(3), by=text(4))
    services.keys.create(text(5), frozenset({Scope.READ}), created_by=text(6))
    with services.database.write() as connection:
        for number in range(many):
            act = Act(actor=text(number), actor_id="x", action=text(number + 1), subject=text(number + 2))
            note(connection, act, NOW)
        _program(connection, text, many)
        _heard(connection, text, many)
    parts = Parts(database=services.database, clock=services.now, new_id=lambda: "report")
    report = AccountReports(parts).make(Wish(account=_account(text, 7)), text(8)).id
    return found | {
        "external_id": _account(text, 7),
        "rep": text(8),
        "name": _pool(text, 9),
        "source": "src",
        "report": "speed-to-lead",
        "measure": "assigned",
        "counted": "revenue",
        "nomination_id": "nomination-6",
        "plan": "plan-6",
        "campaign": "campaign-6",
        "meeting": "meeting-6",
        "report_id": report,
        "import_id": "proposed",
        "delivery_id": "1",
        "account": _account(text, 7),
    }


def _program(connection: Connection, text: Texts, many: int) -> None:
    """Nominations, plans with a meeting each, and campaigns with a person in each."""
    later = NOW + timedelta(days=90)
    made = {"made_at": NOW, "updated_at": NOW}
    for number in range(many):
        account, by, why = _account(text, number), text(number + 3), text(number + 4)
        nominated = {"quarter": "FY2027-Q1", "starts": NOW, "ends": later, "state": "nominated"}
        said = {"claims": {"champion": text(number + 1)}, "evidence": [], "evidence_at": NOW, "made_at": NOW}
        named = {"account": account, "rep": text(number), "note": text(number + 2)}
        named |= {"id": f"nomination-{number}", "made_by": by, "reason": why}
        connection.execute(insert(program_nomination).values(**nominated, **said, **named))
        step = {"what": text(number), "play": text(number + 1)[:64], "owner": text(number + 2)}
        document = {
            "goals": [text(number + 1)],
            "buying_group": [{"role": text(number)[:128], "contact": text(number + 1), "note": why}],
            "reach": [step],
            "personalise": [step],
            "measure": [{"measure": text(number + 2)[:128], "goal": 1}],
            "notes": text(number + 5),
        }
        plan = {"id": f"plan-{number}", "account": account, "document": document, "made_by": by}
        plan |= {"ae": text(number), "ae_agreed_at": NOW, "marketing": by, "marketing_agreed_at": NOW}
        connection.execute(insert(program_plan).values(revision=1, **plan, **made))
        rows = [{"external_id": text(number + 1), "title": text(number + 2), "at": NOW.isoformat()}]
        items = [{"topic": "new_contacts", "count": 1, "rows": rows}]
        meeting = {"id": f"meeting-{number}", "plan_id": plan["id"], "kind": "review", "ordinal": 1}
        meeting |= {"due_at": NOW, "since": NOW, "notes": text(number), "held_at": NOW, "held_by": by}
        meeting |= {"agenda": {"since": NOW.isoformat(), "until": NOW.isoformat(), "items": items}}
        meeting |= {"checklist": [{"item": text(number)[:200], "done_at": NOW.isoformat(), "done_by": by}]}
        connection.execute(insert(program_meeting).values(meeting))
        campaign = {"id": f"campaign-{number}", "external_id": f"C {why}", "name": text(number)}
        campaign |= {"play": text(number + 1)[:64], "account": account, "group_name": why, "made_by": by}
        campaign |= {"plan_id": plan["id"], "personalised": True, "state": "active", "began_at": NOW}
        content = {
            name: text(number + 2)[:64] for name in ("goal", "audience", "message", "persona", "owner")
        }
        connection.execute(insert(program_campaign).values(**campaign, **made, document=content))
        person = {"contact": text(number + 3), "email": text(number + 4), "status": text(number + 5)[:64]}
        person |= {"campaign_id": campaign["id"], "person": f"id:{number}", "joined_at": NOW}
        connection.execute(insert(program_member).values(**person, updated_at=NOW))
        play = {"key": f"play_{number}", "title": text(number)[:128], "about": text(number + 1)}
        play |= {"part": "reach", "steps": [text(number + 2)[:300]]}
        stored = {"key": play["key"], "active": True, "updated_by": by, "updated_at": NOW}
        connection.execute(insert(program_play).values(document=play, **stored))


def _heard(connection: Connection, text: Texts, many: int) -> None:
    """Signals of accounts and of nobody known, and activations of accounts."""
    for number in range(many):
        account = _account(text, number)
        said = {"source": text(number)[:64], "kind": text(number + 1)[:64], "at": NOW, "score": 50}
        said |= {"topic": text(number + 2), "stage": text(number + 3)[:64], "campaign": text(number + 4)}
        signals = [
            {**said, "account_id": account, "contact_id": text(number + 5), "email": f"p{number}@x.example"},
            {**said, "company": f"Nobody {text(number)}"[:256], "email": text(number + 5)[:320]},
        ]
        taking.upsert(connection, [SignalRecord.model_validate(each) for each in signals], NOW)
        activations.add(
            connection,
            Activation(
                id=f"activation-{number}", account=account, number=1, kind=ActivationKind.STAGE, at=NOW,
                until=NOW + timedelta(days=30), tier=None, score=5, people=1, topic=text(number),
                stage=text(number)[:64], why=(), engaged=(text(number),), settings=0, problem=text(number),
            ),
        )  # fmt: skip


def _people(connection: Connection, text: Texts, many: int) -> None:
    records = [
        {
            "external_id": text(number),
            "name": text(number + 1),
            "email": text(number + 2),
            "role": text(number + 3)[:64],
            "team": text(number % 3)[:128],
            "manager": text((number + 1) % many),
            "custom": {text(number + 4)[:128]: text(number + 5)},
            "absences": [
                {
                    "from": NOW + timedelta(days=1),
                    "until": NOW + timedelta(days=2),
                    "cover": text((number + 2) % many) if number < many - 2 else None,
                    "reason": text(number + 6),
                }
            ],
        }
        for number in range(many)
    ]
    reps.upsert(connection, [RepRecord.model_validate(each) for each in records], NOW)
    off = Offline(since=NOW - timedelta(hours=1), until=None, reason=text(7), by=text(9))
    reps.switch(connection, RepId(text(3)), off, NOW)
    calendars.put(connection, RepId(text(4)), url="https://c.example/x.ics", text=None, busy=True, now=NOW)
    feed = calendars.get(connection, RepId(text(4)))
    assert feed is not None
    calendars.failed(connection, feed, text(5), NOW)
    days = [
        CompanyDay(day=NOW.date() + timedelta(days=n), name=text(n), team=text(n + 1)[:128])
        for n in range(many)
    ]
    company_days.replace_all(connection, days)
    made = [
        {
            "name": _pool(text, number),
            "members": [{"rep": text(number)}],  # of several, who is next goes by their names
            "queue": text(number + 4)[:128],
            "nobody": "queue",
            "requires": {"custom.kind": {"not": [text(number + 5)]}},
        }
        for number in range(many)
    ]
    pools.upsert(connection, [PoolRecord.model_validate(each) for each in made], NOW, reason=text(6)[:400])


def _accounts(connection: Connection, text: Texts, many: int) -> None:
    records = [
        {
            "external_id": _account(text, number),
            "name": text(number + 1),
            "aliases": [text(number + 2)],
            "domains": [f"firma{number}.de"],
            "city": text(number + 3)[:128],
            "state": text(number + 4)[:128],
            "segment": text(number + 6)[:64],
            "lifecycle": text(number + 7)[:64],
            "tier": {"tier": text(number + 8)[:64], "reason": text(number + 9)},
            "parent_id": _account(text, 0) if number else None,
            "owner": text(number),
            "custom": {text(number + 1)[:128]: text(number + 2)},
        }
        for number in range(many)
    ]
    accounts.upsert(connection, [AccountRecord.model_validate(each) for each in records], NOW)


def _rulebook(text: Texts, many: int) -> str:
    """A rule for each source: queues, pools and questions in turn, each with its reason."""
    ends: list[Callable[[int], dict[str, Any]]] = [
        lambda n: {"queue": text(n)[:128]},
        lambda n: {"pool": _pool(text, n)},
        lambda n: {
            "ask": {"rep": text(n)},
            "question": text(n + 1),
            "within": "4 hours",
            "answers": {"yes": {"queue": text(n + 2)[:128]}, "no": {"queue": text(n + 3)[:128]}},
            "on silence": {"queue": text(n + 4)[:128]},
        },
    ]
    rules = [
        {
            "id": f"rule-{number}",
            "because": text(number),
            "reference": text(number + 1),
            "when": {"contact.source": f"source-{number}"},
            "then": ends[number % len(ends)](number),
        }
        for number in range(many)
    ]
    tests = [
        {"name": text(n), "given": {"contact": {"source": "none"}}, "expect": {"rule": "rule-1"}}
        for n in (1, 2)
    ]
    out = io.StringIO()
    out.write(f"# {text(1)}\n")
    writer = YAML(typ="safe", pure=True)
    writer.width = 10_000
    book = {"version": 1, "rules": rules, "fallback": {"then": {"queue": text(0)[:128]}}, "tests": tests}
    writer.dump(book, out)
    return out.getvalue()


def _came_in(console: Console, text: Texts, many: int) -> None:
    incoming = [
        Incoming(
            contact=Contact(
                email=f"somebody@firma{number}.de",
                source=f"source-{number}",
                first_name=text(number),
                last_name=text(number + 1),
                title=text(number + 2),
                city=text(number + 3),
                phone=text(number + 4)[:64],
                external_id=text(number + 5),
                custom={text(number + 6)[:128]: text(number + 7), "owner": text(number + 1)},
            ),
            event_key=f"event-{number}",
            digest="",
            occurred_at=NOW,
        )
        for number in range(many)
    ]
    console.services.flow.handle(incoming)


def _systems(console: Console, text: Texts, many: int) -> None:
    made = source("segment", mapping={"title": {"path": "traits.title", "default": text(8)}})
    _imports(console, text, many)
    unread = [
        {"type": text(n), "messageId": text(n + 1), "traits": {"email": text(n + 2)}} for n in range(many)
    ]
    with console.services.database.write() as connection:
        sources.add(connection, made)
        inbox.receive(connection, "src", read_items(made, call(unread), NOW), NOW)
        row: dict[str, Any] = {
            "kind": "webhook",
            "url": "https://crm.example/hook",
            "secrets": [],
            "events": [],
        }
        row |= {"active": False, "disabled_reason": text(2), "created_at": NOW}
        connection.execute(insert(destination).values(id="crm", name=text(1)[:128], **row))
        about = connection.execute(select(decision.c.id, decision.c.contact_id).order_by(decision.c.id)).all()
        for number, (decision_id, contact_row) in zip(range(many), about, strict=False):
            sent = {"type": text(number)[:64], "payload": {}, "state": "dead", "attempts": 9, "next_at": NOW}
            named = {"message_id": f"msg_{number}", "destination_id": "crm", "decision_id": decision_id}
            connection.execute(
                insert(delivery).values(
                    contact_id=contact_row, last_error=text(number + 1), created_at=NOW, **named, **sent
                )
            )


def _imports(console: Console, text: Texts, many: int) -> None:
    """A file to be looked at, and one that was stored with faults."""
    cells = [
        ",".join(f'"{text(n + k).replace(chr(34), chr(34) * 2)}"' for k in range(3)) for n in range(many)
    ]
    header = 'name,external_id,"{}"\n'.format(text(1).replace('"', '""'))
    body = (header + "\n".join(cells)).encode()
    wrong = [imports.Error(line=n, column=text(n), problem=text(n + 1), left_out=False) for n in range(many)]
    with console.services.database.write() as connection:
        for name, state in (("proposed", imports.State.PROPOSED), ("stored", imports.State.WAITING)):
            imports.add(connection, name, "accounts", "text/csv", body, NOW, state)
        progress = imports.Progress(rows=many, refused=many)
        imports.advance(connection, "stored", progress, [text(2)], wrong, NOW)
        imports.finish(connection, "stored", text(3), NOW)


def _work(console: Console, text: Texts, rule: str) -> dict[str, str]:
    """What people have begun: a draft, a plan, a schedule, an alarm, a hand-over, a dispute, the shadow."""
    services, ids = console.services, map("id-{}".format, count())
    database = services.database
    with database.write() as connection:
        rows = connection.execute(
            select(decision.c.id, decision.c.contact_id, decision.c.routing_outcome).order_by(decision.c.rule)
        ).all()
        assigned = next(row for row in rows if row.routing_outcome == "assigned")
        asked = next(row for row in rows if row.routing_outcome == "asked")
        draft = rule.replace("- because", "- hours: 1\n  because", 1).replace("# ", f"# {text(9)} ", 1)
        rulebooks.save_draft(connection, rule + f"# {text(4)}\n", author=text(5), at=NOW)
        live = rulebooks.publications(connection, limit=1)[0]
        wanted = schedules.Wanted(
            version=live.version,
            base=None,
            at=NOW + timedelta(days=1),
            zone="UTC",
            author=text(6),
            reason=text(7),
        )
        schedules.add(connection, wanted, NOW)
        alarm = {"before_count": 1, "before_total": 9, "now_count": 8, "now_total": 9, "raised_at": NOW}
        measured = {"publication_id": live.id, "version": live.version, "measure": f"rule:{text(3)}"[:160]}
        connection.execute(insert(rulebook_alarm).values(**measured, **alarm))
        mode = Mode(sources=frozenset({text(1)[:128]}), owner_field=text(2)[:200], since=NOW, author=text(3))
        shadow.switch(connection, mode)
        for row, number in zip(rows, range(20), strict=False):
            beside = {"outcome": "assigned", "rep": text(number), "incumbent": text(number + 1), "at": NOW}
            named = {"contact_id": row.contact_id, "decision_id": row.id, "rule": text(number)[:128]}
            connection.execute(insert(shadow_case).values(**named, **beside))
    span = Span(since=NOW - timedelta(days=2), until=NOW + timedelta(days=2), limit=None)
    begin(database, "plan", span, author=text(8), now=NOW)
    Planner(database, services.now).run()
    with database.write() as connection:
        saved = rulebooks.save_draft(connection, draft, author=text(5), at=NOW)
        said = {"reviewer": text(1), "verdict": "objected", "comment": text(2), "version": "x", "at": NOW}
        connection.execute(insert(rulebook_review).values(etag=saved.etag, **said))
    new_id = partial(next, ids)
    asked_for = {
        "rep": text(8),
        "kind": "leaves",
        "reason": text(9),
        "accounts": {"rep": text(10)},
        "covers": "keep",
    }
    handover = Handovers(database, services.flow, services.desk, clock=services.now, new_id=new_id).plan(
        HandoverRequest.model_validate(asked_for | {"team": "keep", "opportunities": "keep"}), text(1)
    )
    with database.read() as connection:
        rep = connection.execute(select(decision.c.rep).where(decision.c.id == assigned.id)).scalar_one()
    claimant = next(text(number) for number in range(10) if text(number) != rep and number != 8)
    claimed = Claimed(
        decision_id=assigned.id, claimant=RepId(claimant), reason=text(3), hours=24, freeze=False
    )
    dispute = Disputes(database, services.desk, clock=services.now, new_id=new_id).open(claimed, text(4))
    return {
        "decision_id": assigned.id,
        "reviewed": asked.id,
        "plan_id": "plan",
        "handover_id": handover.id,
        "dispute_id": dispute.id,
        "version": live.version,
    }


def _pool(text: Texts, number: int) -> str:
    return text(number)[:128].strip()


def _account(text: Texts, number: int) -> str:
    return f"A{text(number)}"
