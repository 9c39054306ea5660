"""What the timers of the program do, for the worker."""

from __future__ import annotations

from collections.abc import Mapping

from service.account_report.making import AccountReports
from service.program import campaign_times, quarters, tiers
from service.program.meetings import Meetings
from service.program.parts import Parts
from service.worker.timers import Handler


def handlers(parts: Parts) -> Mapping[str, Handler]:
    """The handler of each kind of timer."""
    return {
        **quarters.handlers(),
        **tiers.handlers(),
        **campaign_times.handlers(),
        **Meetings(parts).handlers(),
        **AccountReports(parts).handlers(),
    }
