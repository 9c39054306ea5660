"""Reading a request's body: its bytes up to a limit, its media type, and its JSON."""

from __future__ import annotations

from functools import partial
from typing import Any, NoReturn

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from service.problems import Timeout, TooLarge, UnsupportedMediaType
from service.strict_json import parse, parse_many

_OFF_LOOP = 64 * 1024  # parsing more than this goes to a thread


async def read_body(request: Request, limit: int) -> bytes:
    """The body's bytes, at most ``limit``. Raises TooLarge before or as soon as it is exceeded."""
    declared = request.headers.get("content-length", "0")
    if not declared.isdecimal() or len(declared) > 18 or int(declared) > limit:
        _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                _too_large(limit)
            chunks.append(chunk)
    except ClientDisconnect:
        raise Timeout("The body did not arrive whole") from None
    return b"".join(chunks)


def check_media_type(request: Request) -> None:
    """Raise UnsupportedMediaType unless the body is uncompressed JSON."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedMediaType("Compressed bodies are not read; send it without Content-Encoding")
    kind, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.strip().lower().replace('"', "")
    if kind.strip().lower() != "application/json" or charset not in ("", "charset=utf-8"):
        raise UnsupportedMediaType("Send the body as Content-Type: application/json, in UTF-8")


async def read_json(raw: bytes, items: str | None = None) -> Any:
    """The value of a JSON body, its ``items`` judged one by one; a large one is parsed off the event loop."""
    read = parse if items is None else partial(parse_many, name=items)
    return read(raw) if len(raw) <= _OFF_LOOP else await run_in_threadpool(read, raw)


def _too_large(limit: int) -> NoReturn:
    raise TooLarge(f"The body is larger than {limit} bytes")
