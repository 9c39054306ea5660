"""The live rulebook and the matching policy, as a process holds them.

Which version is live is read in the transaction of the decisions it is for,
one row by its key, so every process changes over with its next decision and
no decision is taken under two versions. What a version says never changes,
so it is compiled once in each process.
"""

from __future__ import annotations

import threading
from datetime import datetime
from functools import lru_cache

import structlog
from sqlalchemy import Connection

from matching.policy import MatchPolicy, default_policy
from routing import rulebook as language
from routing.compiled import Rulebook
from routing.problems import RulebookInvalid
from service.db import policies, rulebooks
from service.problems import Unavailable

FILE = "rulebook.yaml"
"""What a rulebook that comes from the database is called in messages."""

_KEPT = 8
"""Compiled versions kept: the live one, those before it, those being tried."""

_log = structlog.get_logger(__name__)


class NoRulebook(Unavailable):
    """No rulebook has been published yet, so nothing can be decided. Publish one and try again."""

    title = "No rulebook is live"


class RulebookUnreadable(Unavailable):
    """This process cannot read the live rulebook: a newer Muster published it. Upgrade here, or roll back."""

    title = "The live rulebook cannot be read here"


@lru_cache(maxsize=_KEPT)
def compiled(text: str) -> Rulebook:
    """The rulebook that ``text`` says. Raises RulebookInvalid."""
    return language.parse(text, FILE)


class LiveRulebook:
    """The rulebook that decides. Safe to share between threads; any number of processes may have one."""

    def __init__(self) -> None:
        self._known: dict[str, Rulebook | RulebookInvalid] = {}
        self._lock = threading.Lock()

    def current(self, connection: Connection) -> Rulebook:
        """The version that is live in this transaction.

        Raises NoRulebook before the first publication and RulebookUnreadable
        for a version that this program's language does not have. It never falls
        back to the version before: that one was replaced.
        """
        version = rulebooks.live_version(connection)
        if version is None:
            raise NoRulebook("No rulebook is live yet; publish one first")
        found = self._known.get(version) or self._compile(connection, version)
        if isinstance(found, RulebookInvalid):
            raise RulebookUnreadable(
                f"This process cannot read the live rulebook {version}: {found.problems[0].message}",
                retry_after=5,
            ) from found
        return found

    def _compile(self, connection: Connection, version: str) -> Rulebook | RulebookInvalid:
        with self._lock:
            if version in self._known:
                return self._known[version]
            stored = rulebooks.get(connection, version)
            assert stored is not None, "the live pointer refers to a version"
            found: Rulebook | RulebookInvalid
            try:
                found = compiled(stored.text)
            except RulebookInvalid as invalid:
                found = invalid
                _log.error(
                    "rulebook_unreadable", version=version, problems=[str(p) for p in invalid.problems[:3]]
                )
            self._known[version] = found
            if len(self._known) > _KEPT:
                del self._known[next(iter(self._known))]
            return found


class Policies:
    """The matching policy that decides: the one activated last, else the one that ships. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[str, MatchPolicy] = {}
        self._on_record: set[str] = set()

    def current(self, connection: Connection) -> MatchPolicy:
        """The policy that decides in this transaction."""
        version = policies.live_version(connection)
        if version is None:
            return default_policy()
        if version not in self._known:
            stored = policies.get(connection, version)
            assert stored is not None, "an activation refers to a policy on record"
            self._known[version] = stored
        return self._known[version]

    def record(self, connection: Connection, now: datetime) -> MatchPolicy:
        """Return the policy that decides; its numbers are kept, for the decisions that name it.

        Call once in a transaction that stores decisions. It asks the database
        until it has found the record that an earlier transaction left.
        """
        policy = self.current(connection)
        if policy.version not in self._on_record:
            if policies.get(connection, policy.version) is not None:
                self._on_record.add(policy.version)
            else:
                policies.record(connection, policy, now)
        return policy
