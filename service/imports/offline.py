"""Matching two files without a database: accounts held in process, one prediction for each contact.

The work is shared out among processes: some thousand rows of accounts at a
time are packed for the index, some hundred contacts at a time are matched
against it. The processes that match use the finished index where it stands in
memory: they are forked once it is built. Where a system cannot fork, one
process does it all.
"""

from __future__ import annotations

import csv
import gzip
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO, Any, TypeVar

from matching.bulk import judge_all
from matching.chunks import CHUNK, Chunk
from matching.decide import Judged
from matching.index import BATCH, Index
from matching.policy import MatchPolicy
from matching.types import Account
from service import collector
from service.imports.colleagues import Answer, Asked, asked
from service.imports.headers import Kind, recognise
from service.imports.quick import Reader
from service.imports.reading import Block, Format, Layout, Row, open_file
from service.imports.rows import Fault

COLUMNS = ("contact_id", "outcome", "account_id", "score", "evidence", "candidates")

P = TypeVar("P")
T = TypeVar("T")

_UNREADABLE: Answer = ("unmatched", "", "0", "", "")


def notes(kind: Kind, path: Path) -> list[str]:
    """What is assumed of a file, and which of its columns are left aside. Raises Unreadable."""
    with open_file(path) as source:
        aside = recognise(kind, source.headers).notes() if source.format is Format.CSV else []
        return [*source.notes, *aside]


def build_index(path: Path, processes: int = 1, report: Callable[[Fault], None] = lambda _: None) -> Index:
    """An index over the accounts of a file, made by so many processes. Raises Unreadable.

    Rows that cannot be read are left out, and countries and domains that make no sense; ``report`` is told.
    """
    with collector.paused(), open_file(path) as source:
        pack = partial(_pack, Reader(Kind.ACCOUNTS, source), source.layout)
        chunks = []
        for chunk, faults in _shared_out(pack, source.blocks(CHUNK), processes):
            chunks.append(chunk)
            for fault in faults:
                report(fault)
        return Index(chunks)


def match_file(
    index: Index,
    contacts: Path,
    out: Path,
    policy: MatchPolicy,
    step: Callable[[int, int], None],
    processes: int = 1,
    report: Callable[[Fault], None] = lambda _: None,
) -> int:
    """Match the contacts of a file against ``index`` and write a row for each; how many. Raises Unreadable.

    ``step`` is told now and then how many bytes of the file have been read, and how many contacts matched. A
    contact that cannot be read, or that has nothing to match by, is unmatched, and ``report`` is told why.
    """
    count = 0
    with collector.paused(), open_file(contacts) as source, _writing(out) as file:
        write = csv.writer(file, lineterminator="\n")
        write.writerow(COLUMNS)
        reader = Reader(Kind.CONTACTS, source)
        under_way: deque[Asked] = deque()

        def new() -> Iterator[list[Row]]:
            for each in asked(source.rows, reader, BATCH):
                under_way.append(each)
                yield each.new

        for answers, faults in _shared_out(partial(_predict, index, policy, reader), new(), processes):
            done = under_way.popleft()
            write.writerows(done.answered(answers))
            for fault in faults:
                report(fault)
            count += len(done.names)
            step(source.position(), count)
    return count


def _pack(reader: Reader, layout: Layout, block: Block) -> tuple[Chunk, list[Fault]]:
    """The accounts of a block, and what is wrong with the rows that are none or go in without something."""
    accounts: list[Account] = []
    faults: list[Fault] = []
    for line, value, problem in layout.rows_of(block):
        account = reader.account(line, value)
        if account is not None:
            accounts.append(account)
            faults += reader.left_out(line, value, account)
        else:
            faults += reader.faults(line, value, problem)
    return Chunk.of(accounts), faults


def _predict(
    index: Index, policy: MatchPolicy, reader: Reader, rows: Sequence[Row]
) -> tuple[list[Answer], list[Fault]]:
    """The answers to contacts, and what is wrong with the rows that are none."""
    contacts = [reader.contact(row.line, row.value) for row in rows]
    given = [contact for contact in contacts if contact is not None]
    judged = map(_answer, judge_all(given, index, policy))
    answers = [_UNREADABLE if contact is None else next(judged) for contact in contacts]
    unread = [row for row, contact in zip(rows, contacts, strict=True) if contact is None]
    return answers, [fault for row in unread for fault in reader.faults(*row)]


def _answer(judged: Judged) -> Answer:
    best = judged.chosen
    return (
        judged.outcome.value,
        best.account_id if best else "",
        f"{best.score if best else 0.0:.6f}",
        "; ".join([f"{kind.value} {points:+.2f}" for kind, points, _, _ in best.pieces]) if best else "",
        "; ".join([f"{each.account.id}={each.score:.4f}" for each in judged.candidates]),
    )


def _shared_out(work: Callable[[P], T], pieces: Iterator[P], processes: int) -> Iterator[T]:
    """What `work` makes of each piece, in order. It comes to the processes by their being forked."""
    if processes <= 1 or "fork" not in multiprocessing.get_all_start_methods():
        yield from map(work, pieces)
        return
    forked = multiprocessing.get_context("fork")
    with ProcessPoolExecutor(processes, forked, initializer=_employ, initargs=(work,)) as pool:
        under_way = deque(pool.submit(_do, each) for each in islice(pieces, 2 * processes))
        while under_way:
            done: T = under_way.popleft().result()
            under_way.extend(pool.submit(_do, each) for each in islice(pieces, 1))
            yield done


_employed: Callable[[Any], Any]


def _employ(work: Callable[[Any], Any]) -> None:
    global _employed
    _employed = work


def _do(piece: Any) -> Any:
    return _employed(piece)


@contextmanager
def _writing(path: Path) -> Iterator[IO[str]]:
    """A file to write, that has its name when all of it is there: a cut leaves what was there before."""
    packed = path.suffix.lower() == ".gz"
    if path.exists() and not path.is_file():  # a pipe, a terminal
        with _opened(path, packed=packed) as file:
            yield file
        return
    part = path.with_name(path.name + ".part")
    try:
        with _opened(part, packed=packed) as file:
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path, *, packed: bool) -> IO[str]:
    if packed:
        return gzip.open(path, "wt", encoding="utf-8", newline="")
    return path.open("w", encoding="utf-8", newline="")
