"""`muster worker`: the background work alone, beside any number of `muster serve --no-worker`."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import structlog

from service import collector, log
from service.commands.common import DatabaseOption, services_for
from service.worker.worker import Worker


def worker(database: DatabaseOption = None) -> None:
    """Decide the inbox, deliver, and do what falls due, until stopped. Run as many as you like."""
    with services_for(database) as services:
        log.configure(services.settings.log_level)
        stop = threading.Event()

        def on_signal(_number: int, _frame: FrameType | None) -> None:
            stop.set()

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, on_signal)
        working = Worker(services)
        collector.settle()
        working.start()
        structlog.get_logger("muster.worker").info("worker.started")
        while not stop.wait(3600):
            pass
        working.stop()
        structlog.get_logger("muster.worker").info("worker.stopped")
