"""JSON, read strictly and with limits.

What JSON readers disagree on is refused here, before anything looks at it: a
name twice in one object, NaN, half of a surrogate pair, a byte-order mark. The
ordinary text costs one pass of the C parser; only one with escapes in it is
walked afterwards, and only a deep-looking one is measured first.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from service.problems import FieldError, Invalid, Malformed, TooLarge
from service.validation import pointer

MAX_DEPTH = 32
MAX_NAMES = 500

_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_NOT_BRACKET = re.compile(r"[^][{}]+")
_SUSPECT_ESCAPE = re.compile(r"\\(?:[bf]|u(?:00[01]|007f|00[89]|d[89a-f]))", re.IGNORECASE)
_SUSPECT_NUMBER = re.compile(r"[eE]\+?\d{3}|\d{309}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HALF_A_PAIR = "half of a surrogate pair, which is no character"
_CONTROLLED = "has a control character; leave it out"
_INFINITE = "must be a finite number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoilt:
    """What stands in place of an item with a string or a number that none may have."""

    errors: tuple[FieldError, ...]


class TooManyNames(ValueError):
    """An object has more names than anything here needs."""


class DuplicateName(ValueError):
    """An object has one name twice."""


class NotANumber(ValueError):
    """NaN or Infinity, which JSON does not have."""


class NotFinite(ValueError):
    """A number beyond the largest there is, such as 1e999."""


def parse(raw: bytes) -> Any:
    """The value that ``raw`` holds. Raises Malformed, TooLarge or Invalid, never anything else."""
    text = _decode(raw)
    value = _read(text, _DECODER)
    if "\\" in text and _SUSPECT_ESCAPE.search(text):
        _check_strings(value)
    return value


def parse_items(raw: bytes) -> Any:
    """As `parse`, for bodies whose items are judged one by one. Raises Malformed or TooLarge.

    What is wrong with a single value is left to the judge of its item: control
    characters stand in strings, and a number that is not finite is infinite.
    """
    text = _decode(raw)
    value = _read(text, _ITEM_DECODER)
    if "\\" in text and _SUSPECT_ESCAPE.search(text):
        for _, found in _leaves(value):
            _check_surrogates(found)
    return value


def parse_many(raw: bytes, name: str | None) -> Any:
    """As `parse`, for a body whose items are a list under ``name``, or that is itself the list of them.

    A string or a number that none may have spoils its own item alone, which becomes a `Spoilt`. Raises
    Malformed, TooLarge or Invalid.
    """
    text = _decode(raw)
    value = _read(text, _ITEM_DECODER)
    if not _is_suspect(text):
        return value
    items = value.get(name) if name is not None and isinstance(value, dict) else value
    if not isinstance(items, list):
        items, around = [], value
    else:
        around = None if items is value else {**value, name: None}
    if errors := _spoilt(around, ()):
        raise Invalid("The body has strings or numbers that are none", errors=errors)
    for number, item in enumerate(items):
        if errors := _spoilt(item, (number,) if name is None else (name, number)):
            items[number] = Spoilt(errors=tuple(errors))
    return value


def parse_line(raw: bytes, number: int) -> Any:
    """As `parse`, for the item of a body that has one on each line: a `Spoilt` as in `parse_many`."""
    text = _decode(raw)
    value = _read(text, _ITEM_DECODER)
    errors = _spoilt(value, (number,)) if _is_suspect(text) else []
    return Spoilt(errors=tuple(errors)) if errors else value


def _is_suspect(text: str) -> bool:
    """Tell whether a string or a number may be in it that none may have."""
    return bool(("\\" in text and _SUSPECT_ESCAPE.search(text)) or _SUSPECT_NUMBER.search(text))


def _spoilt(value: Any, within: tuple[str | int, ...]) -> list[FieldError]:
    return [
        FieldError(pointer=pointer("#", (*within, *place)), detail=problem)
        for place, leaf in _leaves(value)
        if (problem := _fault(leaf))
    ]


def _fault(found: Any) -> str | None:
    if isinstance(found, float):
        return _INFINITE if math.isinf(found) else None
    if not isinstance(found, str):
        return None
    if _CONTROL.search(found):
        return _CONTROLLED
    return None if _is_whole(found) else f"has {_HALF_A_PAIR}"


def _is_whole(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _read(text: str, decoder: json.JSONDecoder) -> Any:
    _check_depth(text)
    try:
        return decoder.decode(text)
    except DuplicateName:
        raise Malformed("An object has the same name twice; send each name once") from None
    except TooManyNames:
        raise TooLarge(f"An object has more than {MAX_NAMES} names") from None
    except NotFinite:
        raise Invalid("A number is not finite", errors=_not_finite(json.loads(text))) from None
    except NotANumber:
        raise Malformed("NaN and Infinity are not JSON; leave the field out or send null") from None
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not JSON: {_expected(error)} at line {error.lineno}, column {error.colno}"
        ) from None
    except ValueError:  # Python's own limit on the digits of an integer
        raise Malformed("A number has too many digits") from None


def _decode(raw: bytes) -> str:
    if raw.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise Malformed("The body starts with a byte-order mark; send UTF-8 without one")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"The body is not UTF-8: see byte {error.start}") from None
    if not text.strip():
        raise Malformed("The body is empty; send a JSON object")
    return text


def _check_depth(text: str) -> None:
    """Refuse deep nesting before the parser recurses into it, whatever strings hold."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    brackets = _NOT_BRACKET.sub("", _STRING.sub("", text)) if '"' in text else _NOT_BRACKET.sub("", text)
    for _ in range(MAX_DEPTH):
        outer = brackets.replace("[]", "").replace("{}", "")
        if not outer:
            return
        if outer == brackets:
            break
        brackets = outer
    raise Malformed(f"The body is nested deeper than {MAX_DEPTH} levels, or its brackets do not match")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(pairs) > MAX_NAMES:
        raise TooManyNames
    found = dict(pairs)
    if len(found) != len(pairs):
        raise DuplicateName
    return found


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise NotFinite
    return value


def _refuse_constant(_: str) -> NoReturn:
    raise NotANumber


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_refuse_constant)
_ITEM_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)


def _check_strings(value: Any) -> None:
    """Refuse what escapes can smuggle into strings: halves of surrogate pairs and control characters."""
    bad: list[FieldError] = []
    for place, text in _leaves(value):
        _check_surrogates(text)
        if isinstance(text, str) and _CONTROL.search(text):
            bad.append(FieldError(pointer=pointer("#", place), detail=_CONTROLLED))
    if bad:
        raise Invalid("Strings must not have control characters other than tab and line breaks", errors=bad)


def _check_surrogates(found: Any) -> None:
    if isinstance(found, str) and not _is_whole(found):
        raise Malformed(f"A string has {_HALF_A_PAIR}")


def _not_finite(value: Any) -> list[FieldError]:
    return [
        FieldError(pointer=pointer("#", place), detail=_INFINITE)
        for place, found in _leaves(value)
        if isinstance(found, float) and math.isinf(found)
    ]


def _leaves(value: Any) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every value that is no list or object, and every name of a field, with where it is."""
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), value)]
    while waiting:
        place, found = waiting.pop()
        if isinstance(found, dict):
            for name, inner in found.items():
                yield (*place, name), name
                waiting.append(((*place, name), inner))
        elif isinstance(found, list):
            waiting += [((*place, number), inner) for number, inner in enumerate(found)]
        else:
            yield place, found


def _expected(error: json.JSONDecodeError) -> str:
    """The parser's complaint, which has no part of the body in it, in lower case."""
    return error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
