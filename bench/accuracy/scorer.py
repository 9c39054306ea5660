"""The benchmark's own scorer, imported from where it lies."""

from __future__ import annotations

import importlib.util
from types import ModuleType

from bench.accuracy.data import SHARED


def scorer() -> ModuleType:
    """Return ``score.py`` of the benchmark as a module. Raises FileNotFoundError where it is absent."""
    spec = importlib.util.spec_from_file_location("score", SHARED / "bench" / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SHARED / "bench" / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def is_headline(row: dict[str, str]) -> bool:
    """Tell whether a row counts in the headline: neither of the conflict track nor ambiguous."""
    return row["track"] != "conflict" and row["ambiguous"] == "0"
