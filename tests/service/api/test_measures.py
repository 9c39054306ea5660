"""Measures of the program over HTTP: numbers, definitions, comparisons, rows, rates, files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from fastapi.testclient import TestClient

from service.measures.core.definitions import MEASURES
from tests.service.measures.naive import START, Company, Naive
from tests.service.served import served, services_of

PERIOD = {"since": START.isoformat(), "until": (START + timedelta(days=200)).isoformat()}


@pytest.fixture
def told(database_url: str) -> Iterator[TestClient]:
    """A caller of the made-up company."""
    with served(database_url) as client:
        services_of(client).database.transact(Company(3).store)
        yield client


def test_numbers_lead_to_their_rows_and_rows_come_to_the_numbers(told: TestClient) -> None:
    for by, compare in (("tier", True), ("campaign,month", False), ("segment", False)):
        asked = PERIOD | {"group_by": by, "limit": "1000", "compare": str(compare)}
        found = told.get("/v1/program/measures", params=asked)
        assert found.status_code == 200, found.text
        body = found.json()
        assert {each["measure"] for each in body["definitions"]} == set(MEASURES)
        for name in ("revenue", "pipeline_influenced", "pipeline_created", "meetings", "contacts"):
            lines = [line["figures"][name] for line in body["lines"]]
            assert sum(Decimal(each["value"]) for each in lines) == Decimal(
                body["total"]["figures"][name]["value"]
            )
        for line in body["lines"][:3]:
            for name in ("revenue", "pipeline_influenced", "pipeline_created", "iarr_increase", "contacts"):
                figure = line["figures"][name]
                rows, cursor = [], None
                while True:
                    page = told.get(figure["rows"] + "&limit=7" + (f"&cursor={cursor}" if cursor else ""))
                    assert page.status_code == 200, page.text
                    rows += page.json()["rows"]
                    cursor = page.json()["next_cursor"]
                    if cursor is None:
                        break
                values = [Decimal(row["value"]) for row in rows if row["value"] is not None]
                assert sum(values, Decimal()) == Decimal(figure["value"]), (line["group"], name)
                text = told.get(figure["rows"] + "&format=csv").text
                assert text.count("\r\n") == len(rows) + 1


def test_what_is_left_out_is_named(told: TestClient) -> None:
    body = told.get("/v1/program/measures", params=PERIOD).json()
    missing = {each["currency"]: each["opportunities"] for each in body["left_out"]["without_rate"]}
    assert missing["CHF"] > 0
    before = Decimal(body["total"]["figures"]["revenue"]["value"])
    rate = {"currency": "CHF", "on": "2023-01-01", "rate": "1.0512345"}
    stored = told.put("/v1/program/rates", json={"rates": [rate]})
    assert stored.json() == {"home": "EUR", "changed": 1}, stored.text
    assert told.put("/v1/program/rates", json={"rates": [rate]}).json()["changed"] == 0
    after = told.get("/v1/program/measures", params=PERIOD).json()
    assert "CHF" not in {each["currency"] for each in after["left_out"]["without_rate"]}
    assert Decimal(after["total"]["figures"]["revenue"]["value"]) > before
    listed = told.get("/v1/program/rates", params={"currency": "CHF"}).json()
    assert listed["rates"] == [rate]
    first = told.get("/v1/program/rates", params={"limit": 1}).json()
    second = told.get("/v1/program/rates", params={"limit": 1, "cursor": first["next_cursor"]}).json()
    assert first["rates"] != second["rates"]
    assert told.delete("/v1/program/rates/CHF/2023-01-01").status_code == 204
    assert told.delete("/v1/program/rates/CHF/2023-01-01").status_code == 404
    entries = [each for each in told.get("/v1/audit").json()["entries"] if "currency rate" in each["subject"]]
    assert len(entries) == 2


def test_accounts_are_compared_with_themselves_before(told: TestClient) -> None:
    company = Company(3)
    naive = Naive(company)
    params = PERIOD | {"account": "A01", "measures": "pipeline_created", "tier": "program"}
    body = told.get("/v1/program/measures", params=params).json()
    against = body["total"]["figures"]["pipeline_created"]["against"]
    began = next(row["starts"] for row in company.placements if row["account"] == "A01")
    until = START + timedelta(days=200)
    for name, since, end in (("program", began, until), ("before", began - (until - began), began)):
        wanted = naive.totals("pipeline_created", since, end, ("account",)).get(("A01",), Decimal())
        assert Decimal(against[name]) == wanted, name


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("path", "status", "named"),
    [
        ("measures?group_by=colour", 422, "group_by"),
        ("measures?group_by=quarter,month", 422, "group_by"),
        ("measures?measures=joy", 422, "measures"),
        ("measures?order=joy", 422, "order"),
        ("measures?quarter=Q9", 422, "quarter"),
        ("measures?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z", 422, "since"),
        ("measures/revenue/rows?cursor=nonsense", 422, "cursor"),
        ("measures/joy/rows", 404, None),
        ("rates?cursor=nonsense", 422, "cursor"),
    ],
)
def test_what_is_wrong_is_named(admin: TestClient, path: str, status: int, named: str | None) -> None:
    found = admin.get(f"/v1/program/{path}")
    assert found.status_code == status, found.text
    assert [error["parameter"] for error in found.json().get("errors", [])] == ([named] if named else [])
