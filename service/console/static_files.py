"""The files that the pages load: few, small, shipped with the package, read once."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file. ``digest`` is part of its address, so that browsers may keep it for ever."""

    body: bytes
    packed: bytes  # the same for browsers that take gzip
    media_type: str
    digest: str


def _load() -> dict[str, StaticFile]:
    found = {}
    for file in files("service.console").joinpath("static").iterdir():
        body = file.read_bytes()
        kind = _TYPES["." + file.name.rsplit(".", 1)[-1]]
        found[file.name] = StaticFile(
            body=body,
            packed=gzip.compress(body, mtime=0),
            media_type=kind,
            digest=sha256(body).hexdigest()[:12],
        )
    return found


STATIC = _load()
