"""The reports there are."""

from __future__ import annotations

from collections.abc import Mapping

from service.reports import conflicts, fallback, load, promises, review_queue, speed_to_lead
from service.reports.report import Report

REPORTS: Mapping[str, Report] = {
    each.REPORT.name: each.REPORT
    for each in (speed_to_lead, promises, load, fallback, conflicts, review_queue)
}
"""By name."""
