"""The outcome kinds, one file each. To add one: write its file and name it here.

A new kind needs settings with docstrings, a `bind`, a `TYPE`, and a case it
wins and one it loses under tests/cases/routing.
"""

from routing.rules import (
    ask,
    convert,
    hold,
    manager,
    merge,
    owner,
    pair,
    pool,
    pool_in,
    queue,
    reject,
    rep,
    rep_in,
    team_role,
    worked,
)
from routing.rules.base import RuleType

RULE_TYPES: tuple[RuleType, ...] = (
    owner.TYPE,
    team_role.TYPE,
    worked.TYPE,
    rep.TYPE,
    rep_in.TYPE,
    manager.TYPE,
    pair.TYPE,
    pool.TYPE,
    pool_in.TYPE,
    queue.TYPE,
    hold.TYPE,
    ask.TYPE,
    convert.TYPE,
    merge.TYPE,
    reject.TYPE,
)
