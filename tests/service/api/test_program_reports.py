"""service/api/program_reports.py: the 360 report over HTTP, in its three forms, kept and listed."""

from __future__ import annotations

import csv
import io

from fastapi.testclient import TestClient

from service.auth import Scope
from tests.service.account_report.printed import text_of
from tests.service.api.conftest import beside


def test_a_report_is_read_in_each_form_kept_and_listed(admin: TestClient) -> None:
    odd = "A/1 Ä"
    assert admin.put(f"/v1/accounts/{odd}", json={"name": "=Nord & <b>Süd</b>"}).status_code == 201
    address = f"/v1/program/accounts/{odd}/360"
    report = admin.get(address).json()
    assert (report["account"], report["sections"]) == (odd, [])
    assert {each["name"] for each in report["absent"]} >= {"engagement", "people", "measures", "changes"}
    printed = admin.get(address, params={"format": "pdf"})
    assert printed.headers["content-type"] == "application/pdf"
    assert "=Nord & <b>Süd</b>" in text_of(printed.content)
    sheet = admin.get(address, params={"format": "csv"})
    assert "filename*=UTF-8''360-A%2F1%20%C3%84-" in sheet.headers["content-disposition"]
    rows = {row[3]: row[4] for row in csv.reader(io.StringIO(sheet.text))}
    assert (rows["account"], rows["account_name"]) == (odd, "'=Nord & <b>Süd</b>")

    assert admin.get("/v1/program/accounts/nobody/360").status_code == 404
    backwards = {"from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}
    assert admin.get(address, params=backwards).json()["errors"][0]["pointer"] == "#/from"
    assert admin.get(address, params={"format": "docx"}).status_code == 422

    made = [admin.post("/v1/program/reports", json={"account": odd}).json() for _ in range(2)]
    kept = admin.get(f"/v1/program/reports/{made[0]['id']}").json()
    assert (kept["reason"], kept["subject"]) == ("asked", made[0]["id"])
    assert admin.get("/v1/program/reports/nothing").status_code == 404
    first = admin.get("/v1/program/reports", params={"account": odd, "limit": 1}).json()
    rest = admin.get("/v1/program/reports", params={"account": odd, "cursor": first["next_cursor"]}).json()
    found = [each["id"] for each in (*first["reports"], *rest["reports"])]
    assert sorted(found) == sorted(each["id"] for each in made) and rest["next_cursor"] is None

    reader = beside(admin)
    services = admin.app.state.services  # type: ignore[attr-defined]
    _, key = services.keys.create("reader", frozenset({Scope.READ}))
    reader.headers["Authorization"] = f"Bearer {key}"
    assert reader.get(address).status_code == 200
    assert reader.post("/v1/program/reports", json={"account": odd}).status_code == 403
