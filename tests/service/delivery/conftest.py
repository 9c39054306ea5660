"""The sender logs what fails; here much is meant to."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from service import log
from service.db import reps
from service.db.engine import Database
from service.records.reps import RepRecord
from tests.service.deciding import NOW
from tests.service.delivery import sending


@pytest.fixture(autouse=True)
def _quiet() -> None:
    log.configure("error")


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    yield
    while sending.OPEN:
        sending.OPEN.pop().close()


@pytest.fixture
def people(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """A database with reps as two CRMs and a chat know them; what is sent depends on them alone."""
    copy = tmp_path / "people.db"
    shutil.copyfile(sqlite_template, copy)
    opened = Database(f"sqlite:///{copy}")
    rosa = {"user": "005000000000001AAA", "hubspot": "77", "slack": "U1"}
    records = [
        RepRecord(
            external_id="rosa",
            name="Rosa Diaz",
            email="rosa@example.com",
            time_zone="Europe/Berlin",
            custom=rosa,
        ),
        RepRecord(external_id="noone", name="No One"),
    ]
    with opened.write() as connection:
        reps.upsert(connection, records, NOW)
    yield opened
    opened.dispose()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for receiver.internal that vouches for itself, with its key, in one file."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    key, made, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    name = ["-subj", "/CN=receiver.internal", "-addext", "subjectAltName=DNS:receiver.internal"]
    new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subprocess.run([*new, *name, "-keyout", key, "-out", made], check=True, capture_output=True)
    both.write_text(key.read_text() + made.read_text())
    return both
