"""The server against slow and greedy callers, on real sockets. That deadlines end is tested, not when."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from service import server
from service.db import migrate
from service.db.engine import Database
from service.settings import Settings

PATIENCE = 20.0  # seconds until a test gives up on the server; far above every deadline here


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A service whose callers have half a second."""
    path: Path = tmp_path_factory.mktemp("server")
    settings = Settings(
        database_url=f"sqlite:///{path}/muster.db", port=0, header_seconds=0.5, body_seconds=0.5, worker=False
    )
    database = Database(settings.database_url)
    migrate.upgrade(database)
    database.dispose()
    with serving(settings) as found:
        yield found


@contextmanager
def serving(settings: Settings) -> Iterator[tuple[str, int]]:
    """The service in a thread, and where it listens."""
    config = server.Config(settings)
    running = uvicorn.Server(config)
    running.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listening]})
        thread.start()
        while not running.started and thread.is_alive():
            time.sleep(0.01)
        yield listening.getsockname()
        running.should_exit = True
        thread.join(PATIENCE)


@contextmanager
def connected(address: tuple[str, int]) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=PATIENCE) as caller:
        yield caller


def read_all(caller: socket.socket) -> bytes:
    """What the server sends until it closes the connection."""
    found = b""
    try:
        while chunk := caller.recv(65536):
            found += chunk
    except ConnectionResetError:
        pass
    return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_an_ordinary_request(address: tuple[str, int]) -> None:
    with connected(address) as caller:
        caller.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answer = read_all(caller)
    assert status(answer) == 200
    assert b"server:" not in answer.lower()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /liv",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    ],
    ids=["nothing", "half a line", "half of the headers", "half a header"],
)
def test_headers_that_never_end_are_cut_off(address: tuple[str, int], said: bytes) -> None:
    with connected(address) as caller:
        caller.sendall(said)
        assert status(read_all(caller)) == 408


def test_headers_that_trickle_are_cut_off(address: tuple[str, int]) -> None:
    """A byte now and then does not move the deadline."""
    with connected(address) as caller:
        caller.sendall(b"GET /livez HTTP/1.1\r\nX-Slow: ")
        caller.settimeout(0.05)
        began = time.monotonic()
        ended = False
        while not ended and time.monotonic() - began < PATIENCE:
            try:
                caller.sendall(b"x")
                ended = not caller.recv(65536)
            except TimeoutError:
                continue
            except OSError:
                ended = True
    assert ended


def test_a_body_that_never_ends_is_cut_off(address: tuple[str, int]) -> None:
    """A webhook's body is read before anything is known of the caller."""
    with connected(address) as caller:
        caller.sendall(
            b"POST /v1/webhooks/none HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert status(read_all(caller)) == 408


def test_the_second_request_of_a_connection_has_a_deadline_too(address: tuple[str, int]) -> None:
    with connected(address) as caller:
        caller.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
        first = caller.recv(65536)
        caller.sendall(b"GET /livez HTTP/1.1\r\nHost:")
        assert status(first) == 200
        assert b"408" in read_all(caller)


def test_a_body_above_the_limit_ends_the_connection(address: tuple[str, int]) -> None:
    with connected(address) as caller:
        caller.sendall(
            b"POST /v1/webhooks/none HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            + b"%x\r\n" % (6 * 1024 * 1024)
        )
        try:
            caller.sendall(b"x" * 6 * 1024 * 1024)
        except OSError:
            return  # closed on us before it was all sent, as it should be
        assert status(read_all(caller)) == 413


@pytest.mark.parametrize(
    "headers",
    [
        b"".join(b"X-%d: 1\r\n" % number for number in range(150)),
        b"X-Long: " + b"x" * 40_000 + b"\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Bad Header: x\r\n",
    ],
    ids=["too many", "too long", "two lengths of a body", "two lengths", "a space in a name"],
)
def test_headers_that_nobody_needs(address: tuple[str, int], headers: bytes) -> None:
    with connected(address) as caller:
        caller.sendall(b"POST /v1/contacts HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
        assert status(read_all(caller)) == 400


def test_headers_without_end_are_not_collected(address: tuple[str, int]) -> None:
    with connected(address) as caller:
        try:
            caller.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 4_000_000)
        except OSError:
            return
        assert status(read_all(caller)) == 400


def test_a_crowd_of_slow_callers_does_not_keep_others_out(address: tuple[str, int]) -> None:
    slow = [socket.create_connection(address, timeout=PATIENCE) for _ in range(100)]
    try:
        for caller in slow:
            caller.sendall(b"POST /v1/contacts HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        test_an_ordinary_request(address)
        assert all(status(read_all(caller)) == 408 for caller in slow)
    finally:
        for caller in slow:
            caller.close()
