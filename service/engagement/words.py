"""What vendors of signals call things: kinds, strengths, and whose export a file is. The words are data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor of signals, and what the rows of its exports are where they do not say."""

    name: str
    kind: str


def kind_of(word: str) -> str:
    """The kind that a word means; a word that is none of ours is a kind of its own, in one spelling."""
    return _by_word("kinds").get(_plain(word)) or re.sub(r"[^\w.-]+", "_", word.strip().casefold())


def strength_of(word: str) -> float | None:
    """The score of 0 to 100 that a word such as High means; None for no such word."""
    found = _by_word("strengths").get(_plain(word))
    return None if found is None else float(found)


def vendor_of(headers: Iterable[str]) -> Vendor | None:
    """Whose export has these headers; None: nobody's that is known."""
    plain = {_plain(header) for header in headers}
    for each in _words()["vendors"]:
        named = any(each["name"] in header for header in plain)
        if named or plain & {_plain(header) for header in each["headers"]}:
            return Vendor(name=each["name"], kind=each["kind"])
    return None


@lru_cache(maxsize=1)
def _words() -> Mapping[str, Any]:
    text = files("service.engagement").joinpath("words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = YAML(typ="safe", pure=True).load(text)
    return found


@lru_cache(maxsize=4)
def _by_word(part: str) -> Mapping[str, str]:
    return {_plain(word): str(meant) for meant, words in _words()[part].items() for word in words}


def _plain(word: str) -> str:
    return re.sub(r"[^0-9a-z]", "", word.casefold())
