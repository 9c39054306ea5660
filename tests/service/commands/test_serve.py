"""`muster serve` as it is run: processes of their own, told to stop by a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx2
import pytest

KEY = "bootstrap-key-of-the-tests"
PATIENCE = 60.0


@contextmanager
def served(database_url: str, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A running service and its address."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("MUSTER_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "service", "serve", "--port", "0", "--database", database_url, *options],
        env=environ | {"MUSTER_BOOTSTRAP_KEY": KEY},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    reader = threading.Thread(target=process.stderr.read)
    try:
        said = next((line for line in process.stderr if line.startswith("Muster is at ")), "")
        reader.start()  # what nobody reads would fill the pipe and stop the service
        yield process, said.removeprefix("Muster is at ").strip()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)
        reader.join(PATIENCE)
        process.stderr.close()


def workers(database_url: str) -> list[str]:
    return [] if database_url.startswith("sqlite") else ["--workers", "2"]


def test_it_serves_until_it_is_told_to_stop(database_url: str) -> None:
    """On PostgreSQL by two processes, whose figures are added up."""
    with served(database_url, *workers(database_url)) as (process, address):
        with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"}) as caller:
            _until_it_listens(caller)
            for _ in range(20):
                assert caller.get("/v1/keys", headers={"Connection": "close"}).status_code == 200
            figures = caller.get("/metrics").text
        assert 'muster_http_requests_total{method="GET",route="/v1/keys",status="200"} 20.0' in figures
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_address_in_use_is_told(database_url: str) -> None:
    with served(database_url) as (_, address):
        port = address.rsplit(":", 1)[1]
        other = subprocess.run(
            [sys.executable, "-m", "service", "serve", "--port", port, "--database", database_url],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    assert other.returncode == 2
    assert f"port {port}" in other.stderr
    assert "Traceback" not in other.stderr


def _until_it_listens(caller: httpx2.Client) -> None:
    """The socket is open before the processes behind it are: the first call waits for them."""
    assert caller.get("/livez", timeout=PATIENCE).status_code == 200
