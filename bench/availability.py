"""How long it takes to say whether a rep is there: `python -m bench.availability`.

A rep with two blocks a day, the holidays of Berlin and five absences, asked about 5,000 moments of a year.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from routing.availability import next_available, why_unavailable
from routing.types.people import Absence, Rep, RepId, WorkBlock
from routing.working import add_working_time

START = datetime(2026, 1, 1, tzinfo=UTC)
BLOCKS = tuple(
    WorkBlock(weekday=day, start=start * 60, end=end * 60)
    for day in range(5)
    for start, end in ((9, 12), (13, 17))
)
AWAY = tuple(
    Absence(start=START + timedelta(days=70 * number), until=START + timedelta(days=70 * number + 7))
    for number in range(5)
)
REP = Rep(
    id=RepId("ana"),
    name="Ana",
    time_zone="Europe/Berlin",
    working_hours=BLOCKS,
    holidays="DE-BE",
    absences=AWAY,
)
MOMENTS = [START + timedelta(minutes=105 * number) for number in range(5000)]


def main() -> None:
    """Print the median and the 99th percentile of each question, in microseconds."""
    questions = {
        "why unavailable": lambda moment: why_unavailable(REP, moment, respect_hours=True),
        "next available": lambda moment: next_available(REP, moment),
        "add 8 working hours": lambda moment: add_working_time(moment, timedelta(hours=8), REP),
    }
    for name, ask in questions.items():
        for moment in MOMENTS:  # the days of a year are known after the first round
            ask(moment)
        spent = []
        for moment in MOMENTS:
            began = perf_counter()
            ask(moment)
            spent.append((perf_counter() - began) * 1e6)
        print(f"{name:20} median {median(spent):6.1f} µs   p99 {sorted(spent)[-len(spent) // 100]:6.1f} µs")


if __name__ == "__main__":
    main()
