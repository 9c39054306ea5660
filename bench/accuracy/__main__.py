"""Run the shipped policy over the benchmark's contacts: accuracy, speed, memory.

    python -m bench.accuracy [--folder ../shared/bench/dev] [--out predictions.csv] [--details]
    python -m bench.accuracy --peers [--peers-python PATH]      other matchers beside it (see bench.peers)
"""  # fmt: skip

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bench.accuracy.data import SHARED, accounts, queries
from bench.accuracy.report import Answers, answer, report
from bench.peers.report import compare
from matching.index import Index
from matching.match import match_contact
from matching.normalize import normalize
from matching.policy import default_policy


def main(arguments: Sequence[str] | None = None) -> None:
    """Match every contact, write predictions, print the figures."""
    parser = argparse.ArgumentParser(prog="bench.accuracy", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--folder", type=Path, default=SHARED / "bench" / "dev")
    parser.add_argument("--out", type=Path, default=Path("predictions.csv"))
    parser.add_argument("--details", action="store_true", help="the scorer's own tables as well")
    parser.add_argument("--peers", action="store_true", help="compare with other matchers")
    parser.add_argument("--peers-python", default=sys.executable, help="the Python that has them installed")
    given = parser.parse_args(arguments)
    for needed in (given.folder / "contacts.csv.gz", SHARED / "bench" / "score.py"):
        if not needed.is_file():
            parser.error(f"there is no {needed}: the labelled contacts are not part of the project")
    if given.peers:
        print("\n".join(compare(given.folder, queries(given.folder), given.peers_python)))
        return

    policy, labelled = default_policy(), queries(given.folder)
    began = time.perf_counter()
    index = Index.build(accounts(given.folder))
    built = time.perf_counter() - began

    answers: Answers = {}
    slowest, began = 0.0, time.perf_counter()
    for query in labelled:
        start = time.perf_counter()
        contact = normalize(query.contact)
        result = match_contact(contact, index.consider(contact), policy)
        slowest = max(slowest, time.perf_counter() - start)
        if (found := answer(result)) is not None:
            answers[query.qid] = found
    spent = time.perf_counter() - began

    write_predictions(given.out, answers)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"policy {policy.version}: {len(index):,} accounts indexed in {built:.1f} s, "
        f"peak memory {memory:.0f} MB"
    )
    print(f"{len(labelled) / spent:,.0f} contacts/s on one core, slowest {slowest * 1000:.1f} ms")
    print("\n".join(report(labelled, answers, policy.thresholds.matched)))
    if given.details:
        command = [
            sys.executable,
            str(SHARED / "bench" / "score.py"),
            str(given.folder / "contacts.csv.gz"),
            str(given.out),
        ]
        subprocess.run(command, check=True)


def write_predictions(path: Path, answers: Answers) -> None:
    """Write answers in the scorer's format."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["qid", "account_id", "score"])
        writer.writerows([qid, found.account_id, repr(found.score)] for qid, found in sorted(answers.items()))


if __name__ == "__main__":
    main()
