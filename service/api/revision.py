"""ETag and If-Match (RFC 9110, 13.1): a change says which revision it is based on."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header

from service.problems import RevisionNeeded, Stale

IfMatch = Annotated[
    str | None,
    Header(description="The ETag of what was read; without it the answer is 428, out of date 412."),
]
IfNoneMatch = Annotated[
    str | None, Header(description="The ETag you have; while it is right the answer is 304.")
]

_TAG = re.compile(r'(W/)?"([\x21\x23-\x7e]*)"')


def tagged(revision: str) -> dict[str, str]:
    """The header that names a revision."""
    return {"ETag": f'"{revision}"'}


def same(header: str | None, revision: str) -> bool:
    """Whether If-None-Match names this revision, so that nothing need be sent again."""
    return header is not None and any(tag == revision for _, tag in _TAG.findall(header))


def seen(header: str | None) -> frozenset[str]:
    """The revisions that If-Match names. Weak ones name nothing exactly and do not count.

    Raises RevisionNeeded without any; `*` is no revision.
    """
    tags = frozenset(tag for weak, tag in _TAG.findall(header or "") if not weak)
    if not tags:
        raise RevisionNeeded('Send If-Match with the ETag of what you read, e.g. If-Match: "0f3a"')
    return tags


def stale(revision: str) -> Stale:
    """The answer to a change that is based on another revision than the present one."""
    return Stale("It has changed since you read it; ETag has the present revision", headers=tagged(revision))
