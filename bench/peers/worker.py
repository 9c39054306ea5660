"""One peer in a process of its own: `python -m bench.peers.worker PEER FOLDER OUT`."""

from __future__ import annotations

import csv
import json
import os
import resource
import sys
import time
from importlib import import_module, metadata
from pathlib import Path

from bench.peers.files import rows


def main() -> None:
    """Run the peer, write its answers, print what it took as JSON."""
    peer, folder, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    module = import_module(f"bench.peers.{peer}")
    accounts, contacts = rows(folder, "accounts"), rows(folder, "contacts")
    times = [_spent()]
    answers = module.run(accounts, contacts, lambda: times.append(_spent()))
    times.append(_spent())
    with out.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file)
        write.writerow(["qid", "account_id", "score"])
        write.writerows([qid, account, repr(score)] for qid, (account, score) in answers.items())
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    versions = [f"{name} {metadata.version(name)}" for name in module.PACKAGES[:1] if peer != "muster"]
    (began, _), (ready, ready_cpu), (ended, ended_cpu) = times
    took = {"ready": ready - began, "seconds": ended - ready, "cpu": ended_cpu - ready_cpu}
    size = {"megabytes": peak / 1024, "contacts": len(contacts)}
    print(json.dumps({"version": " ".join(versions), **took, **size}))


def _spent() -> tuple[float, float]:
    """Seconds of the clock and of the processor."""
    return time.monotonic(), sum(os.times()[:4])


if __name__ == "__main__":
    main()
