"""The outcome kinds, one file each. To add one: write its file and name it here.

A new kind needs settings with docstrings, a `bind`, a `TYPE`, and a case it
wins and one it loses under tests/cases/routing.
"""

from routing.rules import ask, hold, manager, owner, pool, queue, reject, rep, team_role, worked
from routing.rules.base import RuleType

RULE_TYPES: tuple[RuleType, ...] = (
    owner.TYPE,
    team_role.TYPE,
    worked.TYPE,
    rep.TYPE,
    manager.TYPE,
    pool.TYPE,
    queue.TYPE,
    hold.TYPE,
    ask.TYPE,
    reject.TYPE,
)
