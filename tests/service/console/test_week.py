"""service/console/week.py: a rep's week on the clocks of somebody else, also when those are put back."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from routing.types.people import Absence, Busy, Rep, RepId, WorkBlock
from service.console.week import frame, strip

NOW = datetime(2026, 10, 21, 9, 0, tzinfo=UTC)  # Wednesday; Berlin's clocks go back on Sunday
NINE_TO_FIVE = tuple(WorkBlock(weekday=day, start=540, end=1020) for day in range(5))


def test_the_week_runs_from_monday_to_monday_of_the_reader() -> None:
    shown = frame(NOW, "Europe/Berlin")
    assert shown.days[0] == date(2026, 10, 19)
    assert (shown.edge(7) - shown.edge(0)).total_seconds() == 169 * 3600
    assert (shown.moved(-1), shown.moved(1)) == ("2026-10-12", "2026-10-26")
    assert frame(NOW, "Europe/Berlin", "2026-01-01").days[0] == date(2025, 12, 29)
    assert frame(NOW, "Europe/Berlin", "soon").days[0] == shown.days[0]


def test_work_elsewhere_is_shown_on_the_readers_clocks() -> None:
    rep = Rep(id=RepId("k"), name="Kenji", time_zone="Asia/Tokyo", working_hours=NINE_TO_FIVE)
    found = strip(rep, frame(NOW, "Europe/Berlin"), {})
    assert found.bars[0].text == "Mon 19 Oct 02:00 to 10:00 at work"
    assert len(found.bars) == 5 and len(found.marks) == 6
    assert found.bars[0].left == pytest.approx(100 * 2 / 169, abs=0.001)
    assert found.text.startswith("Kenji: Mon 19 Oct 02:00")


def test_leave_holidays_and_meetings_lie_above_the_work() -> None:
    rep = Rep(
        id=RepId("a"),
        name="Ana",
        time_zone="Europe/Berlin",
        working_hours=NINE_TO_FIVE,
        holidays="AT",
        busy=(
            Busy(start=datetime(2026, 10, 20, 8, tzinfo=UTC), until=datetime(2026, 10, 20, 9, tzinfo=UTC)),
        ),
        absences=(
            Absence(
                start=datetime(2026, 10, 29, tzinfo=UTC),
                until=datetime(2026, 12, 1, tzinfo=UTC),
                cover=RepId("b"),
                reason="Leave",
            ),
        ),
    )
    this, following = (
        strip(rep, frame(NOW, "Europe/Berlin", day), {RepId("b"): "Bo"}) for day in (None, "2026-10-26")
    )
    assert [bar.tone for bar in this.bars] == ["good", "good", "info", "good", "good", "good", "good"]
    assert following.bars[-1].text == "Thu 29 Oct 01:00 to Tue 01 Dec 01:00 away (Leave), covered by Bo"
    assert following.bars[-1].left + following.bars[-1].width == pytest.approx(100)
    assert "holiday" in following.text


def test_somebody_without_hours_in_the_week_is_said_so() -> None:
    hours = (WorkBlock(weekday=0, start=540, end=600),)
    rep = Rep(id=RepId("a"), name="Ana", working_hours=hours, days_off=(date(2026, 10, 19),))
    assert "at work" not in strip(rep, frame(NOW, "UTC"), {}).text


@pytest.mark.parametrize("asked", ["9999-12-31", "0001-01-01", "soon"])
def test_a_week_that_no_clock_shows_is_this_one(asked: str) -> None:
    assert frame(NOW, "Asia/Tokyo", asked) == frame(NOW, "Asia/Tokyo")
