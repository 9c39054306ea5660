"""The HTTP server: uvicorn, with deadlines for slow callers and limits on headers, which it has none of.

Without them a few hundred connections that never finish their requests hold
the service for ever.
"""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from service import collector, metrics
from service.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
WRITE_SECONDS = 30.0

_TOO_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Config(uvicorn.Config):
    """uvicorn's configuration with our deadlines."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(
            partial(_application, settings),
            factory=True,
            host=settings.host,
            port=settings.port,
            workers=settings.processes,
            http=Protocol,
            ws="none",
            loop="uvloop" if os.name == "posix" else "asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips=settings.trusted_proxies,
            limit_concurrency=settings.max_connections,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=settings.stop_seconds,
            timeout_worker_healthcheck=60,  # a busy machine takes its time to start a process
        )
        self.header_seconds = settings.header_seconds
        self.body_seconds = settings.body_seconds


def _application(settings: Settings) -> FastAPI:
    """The application of one process, which has loaded everything then.

    Imported here: who watches over processes that serve, or finds the port taken, does without it.
    """
    with collector.paused():
        from service.app import create_app

        made = create_app(settings)
    collector.settle()
    return made


class HeadersTooLarge(ValueError):
    """A request's headers are more than any caller of ours needs."""


class Protocol(HttpToolsProtocol):
    """One connection: headers and body must arrive, and answers be taken, in time."""

    def __init__(self, config: Config, *rest: Any, **named: Any) -> None:
        super().__init__(config, *rest, **named)
        self._limits = config
        self._arriving: asyncio.TimerHandle | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._header_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_within(self._limits.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._end_leaving()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
                self.send_400_response("The headers are too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_headers = True
        self._header_bytes = 0
        self._expect_within(self._limits.header_seconds)

    def on_headers_complete(self) -> None:
        self._in_headers = False
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > MAX_HEADER_BYTES or len(self.headers) > MAX_HEADERS:
            raise HeadersTooLarge
        self._expect_within(self._limits.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._expect_nothing()
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._leaving is None:
            self._leaving = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._end_leaving()
        super().resume_writing()

    def _expect_within(self, seconds: float) -> None:
        self._expect_nothing()
        self._arriving = self.loop.call_later(seconds, self._give_up)

    def _expect_nothing(self) -> None:
        if self._arriving is not None:
            self._arriving.cancel()
            self._arriving = None

    def _end_leaving(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _give_up(self) -> None:
        """The caller was too slow. Say so, unless an answer is on its way already, and close."""
        if self.transport.is_closing():
            return
        answering = (
            self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        )
        if not answering:
            self.transport.write(_TOO_LATE)
        self.transport.close()


def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Serve until told to stop. ``announce`` is told the address as soon as it is listened on.

    Raises OSError when the address cannot be listened on.
    """
    config = Config(settings)
    listening = _listen(settings)
    if settings.processes == 1:
        config.load()  # before it is announced: whoever comes then is answered at once
    announce(settings.model_copy(update={"port": listening.getsockname()[1]}).base_url)
    with listening:
        if settings.processes == 1:
            uvicorn.Server(config).run(sockets=[listening])
            return
        with tempfile.TemporaryDirectory(prefix="muster-metrics-") as shared:
            os.environ[metrics.SHARED_FOLDER] = shared  # prometheus_client reads it when a process starts
            Multiprocess(config, sockets=[listening]).run()


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    listening.set_inheritable(True)
    return listening
