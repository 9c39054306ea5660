"""Texts that fit a regular expression, made from the expression itself.

A handful for each: every alternative once, each repetition at its least and
once more. What this small reader does not know makes it give up; whoever asks
tries each text on the real pattern anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

MAX_SAMPLES = 64

_CLASSES = {"d": "7", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "b": "", "B": "", "A": "", "z": ""}


class _Unknown(Exception):
    """A construct that is not read here."""


def samples(pattern: str) -> tuple[str, ...]:
    """Return texts that probably fit ``pattern`` (RE2 syntax); none where it is not understood."""
    try:
        reader = _Reader(pattern)
        found = reader.alternatives()
        return tuple(dict.fromkeys(found)) if reader.at_end else ()
    except _Unknown:
        return ()


class _Reader:
    """Reads a pattern once, from left to right; each part gives the texts that fit it."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._at = pattern, 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._pattern)

    def alternatives(self) -> list[str]:
        found = self._sequence()
        while self._peek() == "|":
            self._at += 1
            found += self._sequence()
        return found[:MAX_SAMPLES]

    def _peek(self) -> str:
        return self._pattern[self._at] if not self.at_end else ""

    def _next(self) -> str:
        if self.at_end:
            raise _Unknown
        self._at += 1
        return self._pattern[self._at - 1]

    def _sequence(self) -> list[str]:
        found = [""]
        while not self.at_end and self._peek() not in "|)":
            part = self._repeated(self._one())
            found = [before + after for before in found for after in part][:MAX_SAMPLES]
        return found

    def _one(self) -> list[str]:
        match self._next():
            case "^" | "$":
                return [""]
            case ".":
                return ["x"]
            case "(":
                return self._group()
            case "[":
                return self._class()
            case "\\":
                return [self._escaped()]
            case char if char in "*+?{":
                raise _Unknown
            case char:
                return [char]

    def _escaped(self) -> str:
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char]
        if char.isalnum():
            raise _Unknown
        return char

    def _group(self) -> list[str]:
        if self._peek() == "?":
            self._at += 1
            while self._peek() and self._peek() in "imsUP":
                if self._next() == "P":
                    self._skip_name()
                    break
            else:
                match self._next():
                    case ")":  # flags for the rest of the pattern
                        return [""]
                    case other if other != ":":
                        raise _Unknown
        found = self.alternatives()
        if self._next() != ")":
            raise _Unknown
        return found

    def _skip_name(self) -> None:
        while self._next() != ">":
            pass

    def _class(self) -> list[str]:
        if self._peek() == "^":
            raise _Unknown
        found: list[str] = []
        while self._peek() != "]" or not found:
            char = self._next()
            found.append(self._escaped() if char == "\\" else char)
            if self._peek() == "-" and self._pattern[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                found.append(self._next())
        self._at += 1
        return found[:8]

    def _repeated(self, part: list[str]) -> list[str]:
        match self._peek():
            case "*" | "?":
                found = ["", *part]
            case "+":
                found = part
            case "{":
                return self._counted(part)
            case _:
                return part
        self._at += 1
        self._lazy()
        return found

    def _counted(self, part: list[str]) -> list[str]:
        end = self._pattern.find("}", self._at)
        least = self._pattern[self._at + 1 : end].partition(",")[0] if end > 0 else ""
        if not least.isdigit() or int(least) > 100:
            raise _Unknown
        self._at = end + 1
        self._lazy()
        return list(_times(part, int(least)))

    def _lazy(self) -> None:
        if self._peek() == "?":
            self._at += 1


def _times(part: list[str], count: int) -> Iterator[str]:
    for each in part:
        yield each * count
