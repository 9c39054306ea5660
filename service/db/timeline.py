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
    """The timeline with ``value`` in it.

    Without a start it holds from ``now`` (from always, when nothing was known);
    when it holds already nothing changes, and what is planned for later stays.
    With a start it replaces whatever was to hold from there on; a value that
    holds already is then given that start.
    """
    if value.starts is not None:
        return _replace_from(timeline, value, value.starts)
    held = in_force(timeline, now)
    if held is not None and held.value == value.value:
        kept = replace(held, until=value.until or held.until, reason=value.reason or held.reason,
                       decided_by=value.decided_by or held.decided_by)  # fmt: skip
        return _sorted(kept if span is held else span for span in timeline)
    later = [span for span in timeline if not _has_started(span, now)]
    ends = value.until or min((span.starts for span in later if span.starts), default=None)
    return _replace_from(timeline, replace(value, starts=now if timeline else None, until=ends), now, later)


def clear(timeline: Timeline, now: datetime) -> Timeline:
    """The timeline when nothing holds from ``now`` on; what is planned for later stays."""
    return tuple(
        replace(span, until=now) if _has_started(span, now) and not _has_ended(span, now) else span
        for span in timeline
        if span.starts != now
    )


def _replace_from(timeline: Timeline, value: Span, start: datetime, later: Iterable[Span] = ()) -> Timeline:
    before = (
        replace(span, until=start) if not _has_ended(span, start) else span
        for span in timeline
        if (span.starts is None or span.starts < start)
        and (span.value != value.value or _has_ended(span, start))
    )
    return _sorted((*before, value, *later))


def _sorted(spans: Iterable[Span]) -> Timeline:
    return tuple(sorted(spans, key=_start))


def _start(span: Span) -> tuple[bool, datetime | None]:
    return (span.starts is not None, span.starts)


def _has_started(span: Span, now: datetime) -> bool:
    return span.starts is None or span.starts <= now


def _has_ended(span: Span, now: datetime) -> bool:
    return span.until is not None and span.until <= now
