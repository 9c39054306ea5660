"""How long a webhook waits for its 202: signed calls of one item each, from many clients, on a real server.

    python -m bench.intake [--calls N] [--clients N] [--postgres URL]

Without a URL the embedded database is used, with the worker deciding beside it. With ``--slow N`` so many
anonymous connections that never finish their bodies are open while the calls are made.
"""

from __future__ import annotations

import argparse
import json
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx2

from bench import running
from service.delivery import signing
from service.delivery.signing import Secret

RULEBOOK = "version: 1\ntimezone: UTC\nrules: []\nfallback: {because: All wait, then: {queue: everyone}}\n"


@contextmanager
def held(server: running.Server, count: int) -> Iterator[None]:
    """That many connections that never finish their body."""
    with ExitStack() as stack:
        slow = []
        for _ in range(count):
            each = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            each.sendall(b"POST /v1/webhooks/forms HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n")
            each.sendall(b"content-length: 1000\r\n\r\n{")
            slow.append(each)
        yield


def sender(url: str, secret: Secret, numbers: range, took: list[float], refused: list[int]) -> None:
    """Post signed calls one after the other and note how long each took."""
    with httpx2.Client(base_url=url, timeout=30) as client:
        for n in numbers:
            body = json.dumps(
                {"event_id": f"e{n}", "email": f"p{n}@firm{n % 500}.example", "company": f"Firm {n % 500}"}
            )
            signed = signing.headers([secret], f"m{n}", datetime.now(UTC), body.encode())
            began = time.perf_counter()
            answer = client.post(
                "/v1/webhooks/forms", content=body, headers={"content-type": "application/json", **signed}
            )
            took.append(time.perf_counter() - began)
            if answer.status_code != 202:
                refused.append(answer.status_code)


def main() -> None:
    """Run the bench and print what it measured."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--slow", type=int, default=0)
    parser.add_argument("--postgres", metavar="URL")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.postgres or f"sqlite:///{folder}/muster.db"
        env = running.environment(url)
        book = Path(folder) / "rulebook.yaml"
        book.write_text(RULEBOOK, encoding="utf-8")
        with running.serving(env) as server, running.client(server.url) as admin:
            running.muster("rules", "publish", str(book), "--author", "bench", "--reason", "bench", env=env)
            made = admin.post("/v1/sources", json={"name": "forms"}).json()
            secret = Secret(value=made["secret"], created_at=datetime.now(UTC))
            took: list[float] = []
            refused: list[int] = []
            share = given.calls // given.clients
            threads = [
                threading.Thread(
                    target=sender, args=(server.url, secret, range(k * share, (k + 1) * share), took, refused)
                )
                for k in range(given.clients)
            ]
            with held(server, given.slow):
                began = time.perf_counter()
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                seconds = time.perf_counter() - began
    took.sort()
    rate = len(took) / seconds
    p50, p95, p99 = (took[int(len(took) * q)] * 1000 for q in (0.5, 0.95, 0.99))
    print(f"{len(took)} calls, {given.clients} clients, {given.slow} slow sockets: {rate:.0f} a second")
    print(f"acknowledged in ms: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}, most {took[-1] * 1000:.1f}")
    print(f"refused: {len(refused)}")


if __name__ == "__main__":
    main()
