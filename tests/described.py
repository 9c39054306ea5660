"""The API and its description, made once for all tests that read them."""

from __future__ import annotations

from typing import Any

from service.app import create_app
from service.settings import Settings

APP = create_app(Settings(database_url="sqlite://"))
DOCUMENT: dict[str, Any] = APP.openapi()
