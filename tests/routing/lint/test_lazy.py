"""Whoever only decides contacts never loads the solver."""

from __future__ import annotations

import subprocess
import sys


def test_serving_does_not_load_the_solver() -> None:
    said = "import sys, service.app, service.cli, service.flow, routing.lint; print('z3' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
