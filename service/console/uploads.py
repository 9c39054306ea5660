"""Forms that carry files: the fields as text, each file as it was chosen, within a limit for all of it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from service.http.body import read_body
from service.problems import Malformed

_FIELDS, _FILES, _LONGEST_FIELD = 20, 2, 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a form: its name on the sender's computer (nothing to rely on), and what is in it."""

    name: str
    body: bytes


def carries_files(request: Request) -> bool:
    """Whether a form may have files in it."""
    return request.headers.get("content-type", "").lower().startswith("multipart/form-data")


async def read_uploads(request: Request, limit: int) -> tuple[dict[str, str], dict[str, Upload]]:
    """The fields and the files of a form. Raises TooLarge and Malformed."""
    body = await read_body(request, limit)

    async def whole() -> AsyncGenerator[bytes]:
        yield body

    parser = MultiPartParser(
        request.headers, whole(), max_files=_FILES, max_fields=_FIELDS, max_part_size=_LONGEST_FIELD
    )
    fields: dict[str, str] = {}
    files: dict[str, Upload] = {}
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError):
        raise Malformed("The form cannot be read; send it from the page") from None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files[name] = Upload(name=value.filename or "", body=await value.read())
        else:
            fields[name] = value
    await form.close()
    return fields, files
