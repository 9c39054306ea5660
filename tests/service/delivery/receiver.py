"""A real HTTP receiver on loopback that answers as the test tells it and keeps what it got."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """One request. Header names are lower-case."""

    path: str
    headers: dict[str, str]
    body: bytes


Reply = Callable[[Got], tuple[int, dict[str, str]]]
"""The status and headers of the answer to a request."""


@dataclass(slots=True)
class Receiver:
    """What a test sees of the receiver."""

    url: str
    reply: Reply = lambda _: (204, {})
    got: list[Got] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answers(self, *statuses: int) -> None:
        """Answer with these statuses, one after the other; the last one stays."""
        left = list(statuses)

        def reply(_: Got) -> tuple[int, dict[str, str]]:
            with self.lock:
                return (left.pop(0) if len(left) > 1 else left[0]), {}

        self.reply = reply


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver on a free port of 127.0.0.1, for as long as the block lasts."""
    receiver = Receiver(url="")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got = Got(path=self.path, headers={k.lower(): v for k, v in self.headers.items()}, body=body)
            with receiver.lock:
                receiver.got.append(got)
            status, headers = receiver.reply(got)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
