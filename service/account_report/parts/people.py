"""People and roles reached: the contacts of the account, and who of the plan's buying group was heard."""

from __future__ import annotations

from collections.abc import Sequence

from service.account_report.parts.asked import LISTED, Asked, moment
from service.account_report.values import Absent, Cell, Column, Figure, Section, Table, Unit
from service.db.account_reports import reading
from service.db.measures.engaged import Among, moments
from service.db.program import plans
from service.measures.answering import counting_of
from service.records.known_by import by_id, known_by, ways

NAME, TITLE = "people", "People and roles"
_ROLES = (Column(label="Role"), Column(label="Person", unit=Unit.PERSON), Column(label="Reached"))
_PEOPLE = (
    Column(label="Person", unit=Unit.PERSON),
    Column(label="Reached"),
    Column(label="Came in", unit=Unit.MOMENT),
    Column(label="Heard of last", unit=Unit.MOMENT),
)


def part(asked: Asked) -> Section | Absent:
    """Reached is who engaged in the report's time, as the measures have it."""
    counts = reading.contact_counts(*asked.of)
    plan = plans.open_of(asked.connection, asked.account)
    group = plan.plan.buying_group if plan is not None else ()
    if not counts.known and not group:
        why = "No contact of the account is known, and no plan names a buying group."
        return Absent(name=NAME, title=TITLE, why=why)
    reached = _reached(asked, [each.contact for each in group if each.contact is not None])
    known = reading.contacts(asked.connection, asked.account, LISTED)
    filled = [each for each in group if each.contact is not None]
    met = [each for each in filled if reached.intersection(ways(each.contact, None))]
    figures = [
        Figure(name="contacts", label="Contacts", value=counts.known),
        Figure(name="new_contacts", label="New", value=counts.fresh),
        Figure(name="reached", label="People reached", value=len(reached)),
    ]
    tables = []
    if group:
        figures += [
            Figure(name="roles", label="Roles of the buying group", value=len(group)),
            Figure(name="roles_known", label="Roles with a person", value=len(filled)),
            Figure(name="roles_reached", label="Roles reached", value=len(met)),
        ]
        rows: list[tuple[Cell, ...]] = [
            (each.role, by_id(each.contact) if each.contact else None, "yes" if each in met else "no")
            for each in group
        ]
        tables.append(Table(title="Buying group", columns=_ROLES, rows=tuple(rows)))
    if known:
        people = [
            (
                known_by(row.external_id, row.email),
                "yes" if reached.intersection(ways(row.external_id, row.email)) else "no",
                moment(row.created_at),
                moment(row.occurred_at),
            )
            for row in known
        ]
        left_out = max(counts.known - len(known), 0)
        tables.append(Table(title="Contacts", columns=_PEOPLE, rows=tuple(people), left_out=left_out))
    return Section(name=NAME, title=TITLE, figures=tuple(figures), tables=tuple(tables))


def _reached(asked: Asked, group: Sequence[str]) -> set[str]:
    """Who was reached, each once: somebody known by an address and an id is one, by the id."""
    among, counting = Among(contacts=group, account=asked.account), counting_of(asked.settings, asked.now)
    return set(moments(asked.connection, among, asked.since, asked.until, counting))
