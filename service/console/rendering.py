"""Values -> HTML. Everything is escaped; what is missing in a template is an error."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from matching import explain
from service.console import words
from service.console.static_files import STATIC


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("service.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "when": when,
        "ago": ago,
        "count": count,
        "percent": percent,
        "points": points,
        "likely": likely,
        "local": local,
        "lasting": lasting,
        "itself": itself,
    }
    made.globals |= {"words": words}
    return made


def when(moment: datetime | None, form: str = "exact") -> Markup:
    """A moment as UTC, which console.js turns into the reader's zone."""
    if moment is None:
        return Markup('<span class="muted">–</span>')
    utc = moment.astimezone(UTC)
    return Markup('<time datetime="{}" data-form="{}" class="nowrap">{}</time>').format(
        utc.strftime("%Y-%m-%dT%H:%M:%SZ"), form, utc.strftime("%d %b %Y, %H:%M UTC")
    )


def local(moment: datetime | None, zone: str) -> str:
    """A moment as a field for a local time has it, on the clocks of a zone."""
    return "" if moment is None else moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")


def ago(moment: datetime | None) -> Markup:
    """A moment as its distance from now."""
    return when(moment, "ago")


def count(number: float) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{number:,.0f}".replace(",", "\u202f")


def percent(share: float) -> str:
    """A share from 0 to 1. Only certainty is 100 %, only impossibility 0 %."""
    shown = round(share * 100)
    if shown == 100 and share < 1:
        return f"{int(share * 1000) / 10:.1f}\u202f%"
    if shown == 0 and share > 0:
        return "<1\u202f%"
    return f"{shown}\u202f%"


def likely(score: float) -> str:
    """How likely an account is the right one, in the very words of the sentence beside it."""
    return explain.percent(score)


def itself(values: Iterable[str]) -> list[tuple[str, str]]:
    """Values as choices that are called what they are."""
    return [(value, value) for value in values]


def lasting(seconds: float) -> str:
    """How long something takes, in its two largest units."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return f"{seconds:.0f}\u202fs"
    days, hours, left = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "d"), (hours, "h"), (left, "min")]
    first = next(place for place, (number, _) in enumerate(parts) if number)
    return " ".join(f"{number}\u202f{unit}" for number, unit in parts[first : first + 2] if number)


def points(value: float) -> str:
    """Points for or against, with their sign; what counts nothing has none."""
    shown = f"{value:+.1f}"
    return "0" if float(shown) == 0 else shown.replace("-", "\u2212")


_ENVIRONMENT = _environment()


def render(template: str, *, base: str, **values: Any) -> str:
    """The template's HTML. ``base`` is the path the console is mounted at."""

    def static(name: str) -> str:
        return f"{base}/static/{name}?v={STATIC[name].digest}"

    return _ENVIRONMENT.get_template(template).render(base=base, static=static, **values)
