"""Measure retrieval: `python -m bench.speed [--database URL] [--accounts N]`."""

from __future__ import annotations

from bench.speed.retrieval import main

main()
