"""Muster beside other matchers on the same rows: accuracy, contacts a second, memory.

    python -m bench.accuracy --peers [--peers-python PATH] [--folder DIR]

Peers are no dependency of Muster. Those that are not installed are left out,
with the line that installs them into an environment of its own, whose Python
is then named with --peers-python.
"""

from __future__ import annotations

import csv
import importlib
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.accuracy.data import Query
from bench.accuracy.scorer import is_headline, scorer

PEERS = ("domain", "brute", "splink", "emm", "muster")
_NAMES = {"domain": "exact e-mail domain", "brute": "rapidfuzz, all names", "splink": "Splink", "emm": "EMM",
          "muster": "Muster"}  # fmt: skip
_OWN = ("domain", "brute", "muster")  # need no more than Muster's own environment has
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one peer reached and took.

    Recall at a precision is with the threshold chosen in hindsight, ``first``
    without any; weighted as traffic. ``ready`` are the seconds until its index
    stood and its model was trained; rates are contacts a second from then on.
    """

    name: str
    at_99: float
    at_97: float
    first: float
    ready: float
    rate: float
    core_rate: float
    megabytes: float


def compare(folder: Path, labelled: list[Query], python: str) -> list[str]:
    """Run every peer that is installed, one after the other; the lines of a table."""
    lines = [
        f"{'':28} {'R@.99':>6} {'R@.97':>6} {'r1':>6} {'ready s':>7} {'per s':>8} {'per CPU s':>9} {'MB':>6}"
    ]
    for peer in PEERS:
        interpreter = sys.executable if peer in _OWN else python
        missing = _missing(peer, interpreter)
        if missing:
            lines.append(f"{_NAMES[peer]:28} not installed: {' '.join(missing)}")
            continue
        line = _run(peer, folder, labelled, interpreter)
        found = f"{line.at_99:6.3f} {line.at_97:6.3f} {line.first:6.3f}"
        took = f"{line.ready:7.1f} {line.rate:8,.0f} {line.core_rate:9,.0f} {line.megabytes:6,.0f}"
        lines.append(f"{line.name:28} {found} {took}")
    if any("not installed" in line for line in lines):
        lines.append(
            "To run those: python3 -m venv peers && peers/bin/pip install -r bench/peers/requirements.txt"
        )
        lines.append("and then the same command with --peers-python peers/bin/python")
    return lines


def _missing(peer: str, python: str) -> list[str]:
    packages = importlib.import_module(f"bench.peers.{peer}").PACKAGES
    code = "import sys, importlib.util as u; print(*[n for n in sys.argv[1:] if u.find_spec(n) is None])"
    asked = subprocess.run([python, "-I", "-c", code, *packages], capture_output=True, text=True, check=True)
    return asked.stdout.split()


def _run(peer: str, folder: Path, labelled: list[Query], python: str) -> Line:
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary) / "predictions.csv"
        command = [python, "-m", "bench.peers.worker", peer, str(folder.resolve()), str(out)]
        env = {**os.environ, "PYTHONPATH": str(_ROOT), "PYTHONWARNINGS": "ignore"}
        done = subprocess.run(command, cwd=temporary, env=env, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{peer} ended with {done.returncode}:\n{done.stderr[-4000:]}")
        took = json.loads(done.stdout.splitlines()[-1])
        with out.open(encoding="utf-8", newline="") as file:
            answers = {row["qid"]: (row["account_id"], float(row["score"])) for row in csv.DictReader(file)}
    score = scorer()
    rows = [query.row for query in labelled if is_headline(query.row)]
    weights = score.weights(rows, "traffic")
    curve = score.curve(rows, answers, weights, False)
    with_account = [row for row in rows if row["expected"]]
    right = sum(
        weights[row["qid"]] for row in with_account if answers.get(row["qid"], ("",))[0] == row["expected"]
    )
    return Line(
        name=f"{_NAMES[peer]} {took['version'].rpartition(' ')[2]}".strip(),
        at_99=score.at(curve, 0.99)[0],
        at_97=score.at(curve, 0.97)[0],
        first=right / sum(weights[row["qid"]] for row in with_account),
        ready=took["ready"],
        rate=took["contacts"] / took["seconds"],
        core_rate=took["contacts"] / max(took["cpu"], 0.01),
        megabytes=took["megabytes"],
    )
