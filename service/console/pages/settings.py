"""What is set about this deployment, where that comes from and what it means. Secrets are not shown."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pydantic import SecretStr
from sqlalchemy.engine import make_url
from starlette.responses import Response

from service.console.visit import Visit
from service.delivery.networks import Allowed
from service.settings import PREFIX, SECRETS, Settings

HIDDEN = "set, not shown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One setting. ``source`` is where its value comes from, in words."""

    variable: str
    value: str
    source: str
    meaning: str
    usual: bool


def page(visit: Visit) -> Response:
    """Every setting. They are read when the service starts; nothing changes them while it runs."""
    return visit.show("settings.html", settings=described(visit.services.settings, frozenset(os.environ)))


def described(settings: Settings, variables: frozenset[str]) -> list[Shown]:
    """Every setting beside its meaning. ``variables`` are the names that the environment has."""
    found = []
    for name, field in Settings.model_fields.items():
        value, variable = getattr(settings, name), PREFIX + name.upper()
        found.append(
            Shown(
                variable=variable,
                value=_text(name, value),
                source=_source(variable, variables, changed=value != field.default),
                meaning=field.description or "",
                usual=value == field.default,
            )
        )
    return found


def _source(variable: str, variables: frozenset[str], *, changed: bool) -> str:
    if f"{variable}_FILE" in variables:
        return "a file that the environment names"
    if variable in variables:
        return "the environment"
    return "the command line" if changed else "the default"


def _text(name: str, value: object) -> str:
    if value is None or value == ():
        return ""
    if name == "database_url":
        return make_url(str(value)).render_as_string(hide_password=True)
    if name in SECRETS or isinstance(value, SecretStr):
        return HIDDEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(map(_part, value))
    return str(value)


def _part(value: object) -> str:
    if isinstance(value, Allowed):
        return str(value.network) + (f" port {value.port}" if value.port is not None else "")
    return "=".join(value) if isinstance(value, tuple) else str(value)
