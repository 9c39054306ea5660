"""Put a benchmark's accounts among 380,000 others: does a score keep its promise in a longer list?

    python -m bench.accuracy.larger --out DIR [--like]      then python -m bench.accuracy --folder DIR

The others are made (`bench.speed.made`): they resemble nobody. With ``--like`` each is put together from
the names of two accounts of the benchmark, with the country of one: every word that is
told apart stands on some twenty accounts more, which is harder than any real list.
"""  # fmt: skip

from __future__ import annotations

import argparse
import csv
import gzip
import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.accuracy.data import SHARED, rows
from bench.speed.made import ACCOUNT_COLUMNS, Maker, account_row

OTHERS = 380_000

Row = dict[str, str]


def made(count: int) -> Iterator[Row]:
    """Yield so many accounts that resemble nobody."""
    for number, each in enumerate(Maker(seed=77).accounts(count)):
        row = dict(zip(ACCOUNT_COLUMNS, account_row(number, each), strict=True))
        yield {**row, "account_id": f"X{number}", "parent_id": ""}


def like(known: Sequence[Row], count: int) -> Iterator[Row]:
    """Yield so many accounts whose names are the beginning of one known name and the end of another."""
    chance = random.Random(5)
    taken = {row["name"].casefold() for row in known}
    several = [row for row in known if " " in row["name"] and row["name"].isascii()]
    number = 0
    while number < count:
        one, other = chance.choice(several), chance.choice(several)
        first, last = one["name"].split(), other["name"].split()
        name = " ".join(
            [*first[: chance.randint(1, len(first) - 1)], *last[chance.randint(1, len(last) - 1) :]]
        )
        if name.casefold() in taken:
            continue
        taken.add(name.casefold())
        number += 1
        site = "".join(filter(str.isalnum, name.lower()))[:30]
        yield {
            "account_id": f"X{number}",
            "name": name,
            "website": f"https://www.{site}.com" if chance.random() < 0.5 else "",
            "country": chance.choice((one, other))["country"],
            "city": other["city"] if chance.random() < 0.4 else "",
        }


def main(arguments: Sequence[str] | None = None) -> None:
    """Write both files of a benchmark folder."""
    parser = argparse.ArgumentParser(prog="bench.accuracy.larger", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=SHARED / "bench" / "dev")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--like", action="store_true")
    given = parser.parse_args(arguments)
    known = list(rows(given.folder / "accounts.csv.gz"))
    given.out.mkdir(parents=True, exist_ok=True)
    shutil.copy(given.folder / "contacts.csv.gz", given.out / "contacts.csv.gz")
    with gzip.open(
        given.out / "accounts.csv.gz", "wt", encoding="utf-8", newline="", compresslevel=1
    ) as file:
        writer = csv.DictWriter(file, known[0], restval="", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(known)
        writer.writerows(like(known, OTHERS) if given.like else made(OTHERS))


if __name__ == "__main__":
    main()
