"""An HTTP API on loopback that a test writes in one function, and that counts its connections."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request. ``said`` is its JSON, or the fields of its form."""

    method: str
    path: str
    token: str
    said: Any


@dataclass(slots=True)
class Api:
    """What a test sees of the API. It answers with status, JSON or text, and headers where there are any."""

    url: str
    answer: Callable[[Call], Any]
    calls: list[Call] = field(default_factory=list)
    connections: int = 0

    def paths(self) -> list[str]:
        """The paths that were called, in their order."""
        return [call.path for call in self.calls]


@contextmanager
def serving(answer: Callable[[Call], Any]) -> Iterator[Api]:
    """The API on a free port of 127.0.0.1, for as long as the block lasts."""
    api = Api(url="", answer=answer)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def setup(self) -> None:
            with lock:
                api.connections += 1
            super().setup()

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            form = "urlencoded" in self.headers.get("content-type", "")
            said = (
                {k: v[0] for k, v in parse_qs(body.decode()).items()} if form else json.loads(body or b"null")
            )
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            call = Call(method=self.command, path=self.path, token=token, said=said)
            with lock:
                api.calls.append(call)
            status, text, *more = api.answer(call)
            raw = text.encode() if isinstance(text, str) else json.dumps(text).encode()
            self.send_response(status)
            for name, value in (more[0] if more else {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_PATCH = do_GET = _handle

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
