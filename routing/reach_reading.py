"""Reads a window: how long, in whose time, from which moment."""

from __future__ import annotations

from collections.abc import Mapping

from routing.catalogue import Catalogue, find
from routing.durations import SPAN_HINT, Window, parse_window
from routing.fields import Field, FieldType
from routing.problems import did_you_mean
from routing.reach import GRAMMAR, BusinessSpan, Reach, business_span
from routing.reading import Node
from routing.shape import Report
from routing.types.people import WorkCalendar

WHOSE_HINT = "write whose, e.g. '2 business days of account.owner', or of a calendar named under 'calendars'"


class ReachReader:
    """Reads windows against the fields and calendars of one rulebook; reports what is faulty."""

    def __init__(self, calendars: Mapping[str, WorkCalendar], report: Report) -> None:
        self._calendars, self._report = calendars, report

    def read(self, node: Node, catalogue: Catalogue, *, anchored: bool = True) -> Window | Reach | None:
        """Read a window; ``anchored`` says that it may begin at another moment than now."""
        text = node.value.strip() if isinstance(node.value, str) else ""
        plain = parse_window(text)
        if plain is not None:
            return plain
        said = GRAMMAR.fullmatch(text)
        if said is None:
            self._report(node, "bad_span", f"'{node.raw}' is no span of time", SPAN_HINT)
            return None
        span = self._span(said.groupdict(), node, catalogue)
        anchor = None
        if said["anchor"] is not None:
            anchor = self._anchor(said["anchor"], node, catalogue) if anchored else None
            if not anchored:
                self._report(node, "unexpected", f"'{said['side']}' does not go here: it is counted from now")
            if anchor is None:
                return None
        if span is None:
            return None
        return Reach(text=text, span=span, anchor=anchor, ahead=(said["side"] or "").lower() == "after")

    def _span(
        self, said: Mapping[str, str | None], node: Node, catalogue: Catalogue
    ) -> Window | BusinessSpan | None:
        amount = f"{said['count']} {said['unit']}"
        if said["business"] is None:
            if said["whose"] is not None:
                message = f"only business time is somebody's, and '{amount}' is not"
                self._report(
                    node, "unexpected", message, f"leave 'of {said['whose']}' out, or write 'business'"
                )
                return None
            window = parse_window(amount)
            if window is None:
                self._report(node, "bad_span", f"'{amount}' is no span of time", SPAN_HINT)
            return window
        if said["whose"] is None:
            self._report(
                node, "whose_time", f"'{node.raw}' does not say whose business time it is", WHOSE_HINT
            )
            return None
        calendar, whose = self._calendars.get(said["whose"]), None
        if calendar is None:
            whose = self._whose(said["whose"], node, catalogue)
            if whose is None:
                return None
        span = business_span(int(said["count"] or 0), said["unit"] or "", whose, calendar)
        if span is None:
            message = f"'{amount}' is nothing that business time is counted in"
            self._report(node, "bad_span", message, "count minutes, hours, days or weeks, at most a year")
        return span

    def _whose(self, name: str, node: Node, catalogue: Catalogue) -> Field | None:
        found = find(catalogue, name)
        if found is None or found.type is not FieldType.REP:
            known = [each.name for each in catalogue.fields.values() if each.type is FieldType.REP]
            message = f"'{name}' is neither a calendar nor a field that holds a rep"
            hint = did_you_mean(name, [*self._calendars, *known]) or WHOSE_HINT
            self._report(node, "unknown_calendar", message, hint)
            return None
        return found

    def _anchor(self, name: str, node: Node, catalogue: Catalogue) -> Field | None:
        found = find(catalogue, name)
        if found is None or found.type is not FieldType.TIME:
            known = [each.name for each in catalogue.fields.values() if each.type is FieldType.TIME]
            what = "there is no field" if found is None else "no time is in the field"
            self._report(node, "bad_anchor", f"{what} '{name}'", did_you_mean(name, known))
            return None
        return found
