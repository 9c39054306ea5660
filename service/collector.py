"""Python's collector of garbage, in a process that answers.

It looks through everything there is again and again, and everybody waits: with all that the
program itself is made of some 0.1 s, once in two thousand matches.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 20_000
"""Values more than before until it looks at the youngest; a match makes a few thousand, and no cycles."""


@contextmanager
def paused() -> Iterator[None]:
    """Without it: for work that makes no cycles and holds much, which it would look through all the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def settle() -> None:
    """Take what was loaded out of its sight, and let it look at the rest less often: once, before work.

    What is garbage already stays; to look for it first would cost every start 0.1 s.
    """
    gc.freeze()
    gc.set_threshold(YOUNG)
