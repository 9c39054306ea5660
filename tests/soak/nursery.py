"""Servers that are there, and back after they were killed, a moment after they are asked for.

A `muster serve` needs seconds to import everything. This process has done it once for all tests, listens on
the ports, and forks a server whenever it is asked: `python -m tests.soak.nursery` reads `new` (a port is
opened and said), `fork PORT SETTINGS` (a process serves there with these settings, as JSON; its id is said)
and `close PORT` from its standard input, until that ends.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx2

from bench import running


class Sapling:
    """One forked server."""

    def __init__(self, nursery: Nursery, settings: dict[str, Any]) -> None:
        self._nursery = nursery
        self._settings = json.dumps(settings)
        self.port = nursery.ask("new")
        self.url = f"http://127.0.0.1:{self.port}"
        self.restart()

    def restart(self) -> None:
        """Serve, or serve again after `kill`."""
        self._pid = self._nursery.ask(f"fork {self.port} {self._settings}")

    def wait_ready(self, seconds: float = 120) -> None:
        """Return when it answers /livez. Raises TimeoutError."""
        end = time.monotonic() + seconds
        with running.client(self.url) as caller:
            while time.monotonic() < end:
                with suppress(httpx2.HTTPError):
                    if caller.get("/livez", timeout=5).status_code == 200:
                        return
        raise TimeoutError(f"no server on port {self.port} after {seconds} s")

    def kill(self) -> None:
        """End it as a power cut would, without a word."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
            while True:  # until its parent has seen it end
                time.sleep(0.005)
                os.kill(self._pid, 0)

    def end(self) -> None:
        """End it for good: its port is free again."""
        self.kill()
        self._nursery.ask(f"close {self.port}")


class Nursery:
    """The process that forks servers."""

    def __init__(self) -> None:
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.nursery"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def ask(self, wanted: str) -> int:
        """Say a line and read the number that it answers."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with self._asking:
            self._process.stdin.write(f"{wanted}\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate(timeout=30)

    @contextmanager
    def saplings(self, count: int, **settings: Any) -> Iterator[list[Sapling]]:
        """That many servers with these settings and an admin key, ready; killed at the end."""
        grown: list[Sapling] = []
        try:
            grown += [Sapling(self, {"bootstrap_key": running.KEY} | settings) for _ in range(count)]
            for each in grown:
                each.wait_ready()
            yield grown
        finally:
            for each in grown:
                each.end()


def main() -> None:
    """Fork what is asked for."""
    from service import collector

    with collector.paused():
        import uvicorn

        from service import log
        from service.app import create_app
        from service.commands.common import settings_with
        from service.server import Config

    log.configure("critical")
    create_app(settings_with(database_url="sqlite://"))  # what is made once is made before there are many
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a server ended
    listening: dict[int, socket.socket] = {}
    for line in sys.stdin:
        wanted, port, settings = [*line.split(maxsplit=2), "", ""][:3]
        answer = 0
        if wanted == "new":
            opened = socket.create_server(("127.0.0.1", 0), backlog=2048)
            answer = opened.getsockname()[1]
            listening[answer] = opened
        elif wanted == "close":
            listening.pop(int(port)).close()
        elif (answer := os.fork()) == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            given = settings_with(**json.loads(settings))
            uvicorn.Server(Config(given)).run(sockets=[listening[int(port)]])
            os._exit(0)
        print(answer, flush=True)


if __name__ == "__main__":
    main()
