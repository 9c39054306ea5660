"""Structured logs: one JSON line for each event, and nothing personal in it.

A request is logged by its route's template, never by its address, and by the
caller's key id. Bodies, names and e-mail addresses never reach a log call.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog

from service.db.storage import code_of

_LIBRARIES = ("uvicorn.error", "uvicorn.access", "alembic", "sqlalchemy")


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is when a line is written: tests and shells replace it."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure(level: str = "info") -> None:
    """Write our log lines and the libraries', from ``level`` up, to standard error."""
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _fault,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.getLogger().handlers = [handler]
    logging.getLogger().setLevel(max(threshold, logging.WARNING))
    logging.getLogger("uvicorn.error").setLevel(threshold)
    for name in _LIBRARIES:
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def _fault(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Where an exception was raised and of what kind, without its message; of a database's the code.

    A message may quote a row or a value, and a value may be somebody's name. A code tells a full disk
    (SQLITE_FULL, 53100) from a lock, and names nobody.
    """
    found = event.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    error = found[1] if isinstance(found, tuple) else found
    if isinstance(error, BaseException):
        event["fault"] = type(error).__name__
        if code := code_of(error):
            event["code"] = code
        event["frames"] = _frames(error)
    return event


def _frames(error: BaseException) -> list[str]:
    trace, found = error.__traceback__, []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append(f"{trace.tb_frame.f_globals.get('__name__', '?')}.{code.co_name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return found[-15:]
