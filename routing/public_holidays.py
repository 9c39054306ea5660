"""Public holidays by place, from the `holidays` library (vacanza), one year at a time.

The library's tables follow the laws of each place and are mended with every
release, so an upgrade may move a day; which release counts is in requirements.lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays as library

_NONE: Mapping[date, str] = MappingProxyType({})


def read_region(text: str) -> str:
    """Return a place as ISO 3166 writes it: ``de`` -> ``DE``, ``us-ca`` -> ``US-CA``.

    Raises ValueError, in words for the person who wrote it, for a place whose
    holidays are not known.
    """
    country, _, subdivision = text.strip().upper().partition("-")
    known = _countries()
    if country not in known:
        raise ValueError("is no country whose holidays are known; write its ISO code, such as DE or US-CA")
    if subdivision and subdivision not in known[country]:
        some = ", ".join(f"{country}-{each}" for each in known[country][:8])
        hint = f"such as {some}" if some else f"write {country}"
        raise ValueError(f"names a part of the country that has no holidays of its own; {hint}")
    return f"{country}-{subdivision}" if subdivision else country


@lru_cache(maxsize=4096)
def holidays_of(region: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a place (`read_region`) in a year: date to name.

    Nothing for a place that is not known, so that a stored rep outlives a library that forgets one.
    """
    country, _, subdivision = region.partition("-")
    try:
        found = library.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
    except NotImplementedError:
        return _NONE
    return MappingProxyType({day: str(name) for day, name in sorted(found.items()) if day.year == year})


@lru_cache(maxsize=1)
def _countries() -> Mapping[str, tuple[str, ...]]:
    listed = library.list_supported_countries(include_aliases=False)
    return {country: tuple(parts) for country, parts in listed.items()}
