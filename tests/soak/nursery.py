"""Servers that are back a moment after they were killed.

A `muster serve` needs seconds to import everything. This process has done it, listens on the ports, and forks
a server whenever it is asked: `python -m tests.soak.nursery` reads `new` (a port is opened and
said) and `fork PORT` (a process serves there; its id is said) from its standard input, until that ends.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx2


class Sapling:
    """One forked server."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery = nursery
        self.port = nursery.ask("new")
        self.url = f"http://127.0.0.1:{self.port}"
        self.restart()

    def restart(self) -> None:
        """Serve, or serve again after `kill`."""
        self._pid = self._nursery.ask(f"fork {self.port}")

    def wait_ready(self, seconds: float = 120) -> None:
        """Return when it answers /livez. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(httpx2.HTTPError):
                if httpx2.get(f"{self.url}/livez", timeout=5).status_code == 200:
                    return
        raise TimeoutError(f"no server on port {self.port} after {seconds} s")

    def kill(self) -> None:
        """End it as a power cut would, without a word."""
        with suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
            while True:  # until its parent has seen it end
                time.sleep(0.005)
                os.kill(self._pid, 0)


class Nursery:
    """The process that forks servers, with the settings of an environment."""

    def __init__(self, env: dict[str, str]) -> None:
        self._asking = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.soak.nursery"],
            env=env,
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
def saplings(env: dict[str, str], count: int) -> Iterator[list[Sapling]]:
    """That many servers, ready; killed at the end."""
    nursery = Nursery(env)
    grown: list[Sapling] = []
    try:
        grown += [Sapling(nursery) for _ in range(count)]
        for each in grown:
            each.wait_ready()
        yield grown
    finally:
        for each in grown:
            each.kill()
        nursery.close()


def main() -> None:
    """Fork what is asked for."""
    import uvicorn

    from service import log
    from service.app import create_app
    from service.commands.common import settings_with
    from service.server import Config

    settings = settings_with()
    log.configure("critical")
    create_app(settings)  # what is made once for a process is made before there are many
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a server ended
    listening: dict[int, socket.socket] = {}
    for line in sys.stdin:
        if line.strip() == "new":
            opened = socket.create_server(("127.0.0.1", 0), backlog=2048)
            port: int = opened.getsockname()[1]
            listening[port] = opened
            print(port, flush=True)
            continue
        port = int(line.split()[1])
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            uvicorn.Server(Config(settings)).run(sockets=[listening[port]])
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    main()
