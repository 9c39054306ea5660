"""A CRM on loopback that speaks the wire format of HubSpot and Salesforce, and misbehaves when told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class FakeCrm:
    """Its records by id, what it was asked, and the answers it gives before the right ones."""

    url: str = ""
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    token: str = "token-1"
    first: list[tuple[int, dict[str, str], Any]] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def answer(self, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, str], Any]:
        """Status, headers and JSON of the answer to a call."""
        if path == "/services/oauth2/token":
            self.token = f"token-{len(self.asked)}"
            self.asked.append((path, body.decode()))
            return 200, {}, {"access_token": self.token}
        said = json.loads(body)
        self.asked.append((path, said))
        if self.first:
            return self.first.pop(0)
        if headers.get("authorization") != f"Bearer {self.token}":
            return 401, {}, [{"errorCode": "INVALID_SESSION_ID"}]
        if path.endswith("/batch/read"):
            ids = [each["id"] for each in said["inputs"]]
            found = [{"id": each, "properties": self.records[each]} for each in ids if each in self.records]
            return (200 if len(found) == len(ids) else 207), {}, {"results": found}
        return (
            200,
            {},
            [{"Id": each, **self.records[each]} if each in self.records else None for each in said["ids"]],
        )


@contextmanager
def serving_crm() -> Iterator[FakeCrm]:
    """The CRM, on a free port of loopback."""
    crm = FakeCrm()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, headers, said = crm.answer(self.path, self.headers, body)
            raw = json.dumps(said).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(raw))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    crm.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield crm
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
