"""Measure how long lint takes: `python -m bench.lint [--rules 20 200 2000]`, each in a process of its own."""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime

from bench.lint.books import book
from routing.lint import lint
from routing.rulebook import parse

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def measure(rules: int) -> dict[str, object]:
    """Lint one made rulebook; returns seconds, findings by kind and the memory used at most."""
    rulebook = parse(book(rules))
    wall, cpu = time.perf_counter(), time.process_time()
    found = lint(rulebook, NOW)
    return {
        "rules": rules,
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu seconds": round(time.process_time() - cpu, 2),
        "memory MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "findings": dict(Counter(problem.code for problem in found)),
        "undecided": [str(problem) for problem in found if problem.code == "undecided"][:5],
    }


def main() -> None:
    """Print a line of JSON for each size."""
    parser = argparse.ArgumentParser(prog="bench.lint", description=__doc__)
    parser.add_argument("--rules", type=int, nargs="+", default=[20, 200, 2000])
    sizes = parser.parse_args().rules
    if len(sizes) == 1:
        print(json.dumps(measure(sizes[0])))
        return
    for size in sizes:
        subprocess.run([sys.executable, "-m", "bench.lint", "--rules", str(size)], check=True)


if __name__ == "__main__":
    main()
