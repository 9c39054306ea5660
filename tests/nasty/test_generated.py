"""The API against its own description: whatever fits it or breaks it, no answer is a fault of ours.

A few examples of each operation here; `make soak` has many.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from service.api.openapi import operations
from tests.described import DOCUMENT
from tests.service.served import KEY, served

EXAMPLES = int(os.environ.get("MUSTER_SOAK", "0")) * 10 or 2
FAULTS = (500, 502, 504)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[TestClient]:
    """The API over a database of its own, with a rulebook live and no limit on calls."""
    path = tmp_path_factory.mktemp("schemathesis") / "muster.db"
    path.write_bytes(sqlite_template.read_bytes())
    with served(f"sqlite:///{path}", key_rate=1e9, key_burst=10**9) as client:
        yield client


SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [(path, method) for path, method, _ in operations(DOCUMENT)]


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda value: str(value))
def test_the_api_keeps_its_word(client: TestClient, path: str, method: str) -> None:
    """No fault, and no status that the description does not name."""
    operation = SCHEMA[path][method.upper()]
    named = {int(status) for status in DOCUMENT["paths"][path][method]["responses"]} | {400, 404, 405, 422}

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def run(case: schemathesis.Case) -> None:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        body = (
            {"content": sent["data"]} if "data" in sent else {"json": sent["json"]} if "json" in sent else {}
        )
        headers = {**sent["headers"], "Authorization": f"Bearer {KEY}"}
        answer = client.request(
            sent["method"], sent["url"], params=sent.get("params"), headers=headers, **body
        )
        assert answer.status_code not in FAULTS, answer.text[:500]
        assert answer.status_code in named, (answer.status_code, sorted(named))

    run()


NASTY = (
    "'",
    "' OR 1=1 --",
    '"; DROP TABLE contact; --',
    "%",
    "\\",
    "${7*7}",
    "1e999",
    "\u202e",
    "9" * 400,
    "\x00",
)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=st.sampled_from(NASTY))
def test_no_filter_or_cursor_is_part_of_a_statement(client: TestClient, text: str) -> None:
    for path, method, operation in operations(DOCUMENT):
        if method != "get":
            continue
        names = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
        for name in names[:3]:
            address = path.replace("{", "").replace("}", "")
            answer = client.get(f"{address}?{name}={quote(text)}")
            assert answer.status_code not in FAULTS, (path, name)
