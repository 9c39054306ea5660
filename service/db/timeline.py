"""What holds from when until when: owners, team roles and tiers of an account.

A timeline is spans that do not overlap. Putting a value in cuts what held
before at the moment it starts, so the past stays readable and a change can be
written down before it happens. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A value and the time it holds, half-open; None is open to that side."""

    value: str
    starts: datetime | None = None
    until: datetime | None = None
    reason: str | None = None
    decided_by: str | None = None


Timeline = tuple[Span, ...]


def in_force(spans: Iterable[Span], now: datetime) -> Span | None:
    """The span that holds at ``now``; the one that started last, should there be several."""
    holding = [span for span in spans if _has_started(span, now) and not _has_ended(span, now)]
    return max(holding, key=_start, default=None)


def put(timeline: Timeline, value: Span, now: datetime) -> Timeline:
    """The timeline with ``value`` in it; outside its time, and from the next planned change on, all stays.

    Without a start it holds from ``now`` (from always, when nothing was known),
    and when it holds already only its end may change. A start up to ``now``
    that differs from what is known of a value corrects it. An end that has
    passed says nothing new of a value that does not hold.
    """
    planned = min(
        (span.starts for span in timeline if span.starts and span.starts > _later(value, now)), default=None
    )
    held = in_force(timeline, now)
    if value.starts is None and held is not None and held.value == value.value:
        kept = replace(
            held,
            until=value.until or held.until,
            reason=value.reason or held.reason,
            decided_by=value.decided_by or held.decided_by,
        )
        others = tuple(span for span in timeline if span is not held)
        return _insert(others, kept) if not _ends_by(kept, kept.starts) else _insert(others, value)
    if value.starts is None and timeline and _ends_by(value, now):
        return timeline
    begins = value.starts or (now if timeline else None)
    same = in_force(timeline, begins) if begins is not None and begins > now else None
    if same is not None and same.value == value.value:
        begins = same.starts
    return _insert(timeline, replace(value, starts=begins, until=value.until or planned))


def clear(timeline: Timeline, now: datetime) -> Timeline:
    """The timeline when nothing holds from ``now`` on; what is planned for later stays."""
    return tuple(
        replace(span, until=now) if _has_started(span, now) and not _has_ended(span, now) else span
        for span in timeline
        if span.starts != now
    )


def _insert(timeline: Timeline, value: Span) -> Timeline:
    """The timeline with ``value`` in its place: others are cut to the time before and after it."""
    pieces = [value]
    for span in timeline:
        if not _overlap(span, value):
            pieces.append(span)
        elif span.value != value.value:
            if value.starts is not None and (span.starts is None or span.starts < value.starts):
                pieces.append(replace(span, until=value.starts))
            if value.until is not None and (span.until is None or span.until > value.until):
                pieces.append(replace(span, starts=value.until))
    return _sorted(pieces)


def _overlap(one: Span, other: Span) -> bool:
    return not (_ends_by(one, other.starts) or _ends_by(other, one.starts))


def _ends_by(span: Span, moment: datetime | None) -> bool:
    return span.until is not None and moment is not None and span.until <= moment


def _later(value: Span, now: datetime) -> datetime:
    return now if value.starts is None else max(value.starts, now)


def _sorted(spans: Iterable[Span]) -> Timeline:
    return tuple(sorted(spans, key=_start))


def _start(span: Span) -> tuple[bool, datetime | None]:
    return (span.starts is not None, span.starts)


def _has_started(span: Span, now: datetime) -> bool:
    return span.starts is None or span.starts <= now


def _has_ended(span: Span, now: datetime) -> bool:
    return span.until is not None and span.until <= now
