"""service/measures/answering.py against a second, naive count of the same rows, to the cent."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from service.db.engine import Database
from service.measures.answering import answered
from service.measures.asking import Asked
from service.measures.core.definitions import MEASURES
from tests.service.measures.naive import NOW, START, Company, Naive

SUMS = (
    *("contacts", "accepted_contacts", "meetings", "pipeline_created", "pipeline_influenced"),
    *("revenue", "iarr_increase"),
)
GROUPS = (*(("account",), ("segment",), ("play",), ("tier", "rep"), ("campaign", "month")),)


@pytest.mark.parametrize("seed", [1, 2])
def test_groups_and_what_is_in_none_come_to_the_rows_to_the_cent(database: Database, seed: int) -> None:
    company = Company(seed)
    database.transact(company.store)
    naive = Naive(company)
    for place, by in enumerate(GROUPS):
        for since, until in [(START + timedelta(days=40), START + timedelta(days=200)), (START, NOW)][
            place % 2 :
        ]:
            asked = Asked(since=since, until=until, by=by, only={}, limit=1000, compare=False)
            with database.read() as connection:
                found = answered(connection, asked, NOW)
            assert set(found.total.figures) == set(MEASURES)
            for name in SUMS:
                wanted = naive.totals(name, since, until, by)
                lines = {tuple(line.group.values()): line.figures[name].value for line in found.lines}
                assert {key: value for key, value in lines.items() if value} == {
                    key: value for key, value in wanted.items() if value
                }, (name, by)
                assert found.total.figures[name].value == sum(wanted.values(), Decimal()), (name, by)
