"""The key rows of accounts, and how common keys are.

Key rows are written in the account's own transaction: whoever asks next can
match it. Keys on more accounts than `HOT_LIMIT` are counted in ``hot_key`` as
they grow and shrink, since counting them for every contact would be slow. Two
transactions that make one key hot at the same moment may leave its count a few
too low; `recount` puts it right. Nothing but a weight depends on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, func, select, update

from matching.keys import HOT_LIMIT, key, keys_of_accounts, scheme
from matching.names import parse, squash
from matching.types import Account
from service.db.statements import Statement
from service.db.tables import account, corpus, hot_key

_BIGINT = {"key": "bigint"}
_PAIR = {"key": "bigint", "account_id": "bigint"}

_HELD = Statement(
    "SELECT p.account_id, p.key FROM {accounts} CROSS JOIN account_key p WHERE p.account_id = accounts.id",
    accounts={"id": "bigint"},
)
_ADD = Statement("INSERT INTO account_key (key, account_id) SELECT key, account_id FROM {pairs}", pairs=_PAIR)
_REMOVE = Statement(
    "DELETE FROM account_key WHERE (key, account_id) IN (SELECT key, account_id FROM {pairs})", pairs=_PAIR
)
_HOT_AMONG = Statement(
    "SELECT h.key FROM {keys} CROSS JOIN hot_key h WHERE h.key = keys.key ORDER BY h.key {for update}",
    keys=_BIGINT,
)
_SHIFT = Statement(
    "UPDATE hot_key SET accounts = accounts + changes.change FROM {changes} WHERE changes.key = hot_key.key",
    changes={"key": "bigint", "change": "bigint"},
)
_CARRIERS = Statement(
    "SELECT keys.key, (SELECT count(*) FROM (SELECT 1 FROM account_key p WHERE p.key = keys.key"
    " LIMIT {:most}) AS few) FROM {keys}",
    keys=_BIGINT,
)
_PROMOTE = Statement(
    "INSERT INTO hot_key (key, accounts)"
    " SELECT key, (SELECT count(*) FROM account_key p WHERE p.key = keys.key) FROM {keys} WHERE true"
    " ON CONFLICT (key) DO UPDATE SET accounts = excluded.accounts",
    keys=_BIGINT,
)
_NAMED = {"id": "bigint", "key": "bigint"}
_NAME = Statement(
    "UPDATE account SET name_key = named.key FROM {named}"
    " WHERE account.id = named.id AND coalesce(account.name_key, -1) <> coalesce(named.key, -1)",
    named=_NAMED,
)
_NAME_ON_DOMAINS = Statement(
    "UPDATE account_domain SET name_key = named.key FROM {named}"
    " WHERE account_domain.account_id = named.id"
    " AND coalesce(account_domain.name_key, -1) <> coalesce(named.key, -1)",
    named=_NAMED,
)
_NAMED_OTHERWISE = Statement(
    "SELECT a.id FROM {named} CROSS JOIN account a"
    " WHERE a.id = named.id AND coalesce(a.name_key, -1) <> coalesce(named.key, -1)"
    " UNION SELECT d.account_id FROM {named} CROSS JOIN account_domain d"
    " WHERE d.account_id = named.id AND coalesce(d.name_key, -1) <> coalesce(named.key, -1)",
    named=_NAMED,
)
_RECOUNT = Statement(
    "INSERT INTO hot_key (key, accounts)"
    " SELECT key, count(*) FROM account_key GROUP BY key HAVING count(*) > {:most}"
)
_GROW = Statement(
    "INSERT INTO corpus (id, accounts, key_scheme) VALUES (1, {:change}, {:scheme})"
    " ON CONFLICT (id) DO UPDATE SET accounts = corpus.accounts + excluded.accounts"
)


def hashes(of: Sequence[Account]) -> list[frozenset[int]]:
    """The keys of each account's names and domains that are rows of ``account_key``."""
    return [keys.names for keys in keys_of_accounts(of)]


def name_key(name: str) -> int | None:
    """What tells unlike names apart; None for a name without any letter or digit."""
    parsed = parse(name)
    return key("n", squash(parsed[0])) if parsed else None


def rewrite(connection: Connection, wanted: Mapping[int, frozenset[int]], *, new: frozenset[int]) -> None:
    """Make the key rows of each account (by row number) those ``wanted``. ``new`` accounts have none yet."""
    held = {**dict.fromkeys(new, frozenset()), **_held(connection, wanted.keys() - new)}
    added = sorted((found, row) for row, keys in wanted.items() for found in keys - held[row])
    removed = sorted((found, row) for row, keys in wanted.items() for found in held[row] - keys)
    if removed:
        _REMOVE.run(connection, pairs=removed)
    if added:
        _ADD.run(connection, pairs=added)
    _count(connection, Counter(found for found, _ in added), Counter(found for found, _ in removed))


def rename(connection: Connection, names: Mapping[int, str]) -> None:
    """Write the `name_key` of each account (by row number) anew where it is another, on its domains too."""
    named = _name_keys(names)
    _NAME.run(connection, named=named)
    _NAME_ON_DOMAINS.run(connection, named=named)


def astray(connection: Connection, accounts: Mapping[int, Account]) -> frozenset[int]:
    """The accounts (by row number) whose keys, or `name_key`, are stored otherwise than made."""
    held = _held(connection, accounts.keys())
    made = zip(accounts, hashes(list(accounts.values())), strict=True)
    named = _name_keys({row: each.name for row, each in accounts.items()})
    return frozenset(row for row, keys in made if held[row] != keys) | {
        row for (row,) in _NAMED_OTHERWISE.run(connection, named=named)
    }


def _held(connection: Connection, rows: Collection[int]) -> dict[int, frozenset[int]]:
    """The stored keys of accounts, by row number."""
    held: dict[int, set[int]] = {row: set() for row in rows}
    for row, found in _HELD.run(connection, accounts=sorted(rows)) if rows else ():
        held[row].add(found)
    return {row: frozenset(keys) for row, keys in held.items()}


def _name_keys(names: Mapping[int, str]) -> list[tuple[int, int | None]]:
    return [(row, name_key(names[row])) for row in sorted(names)]


def remove(connection: Connection, rows: Sequence[int]) -> None:
    """Remove every key row of accounts that are about to go."""
    rewrite(connection, dict.fromkeys(rows, frozenset()), new=frozenset())


def grow(connection: Connection, change: int) -> None:
    """Note that there are ``change`` more accounts (fewer, when negative): one row, so last of all."""
    if change:
        _GROW.run(connection, change=change, scheme=scheme())


def _count(connection: Connection, added: Counter[int], removed: Counter[int]) -> None:
    touched = sorted(added.keys() | removed.keys())
    if not touched:
        return
    hot = {row[0] for row in _HOT_AMONG.run(connection, keys=touched)}
    if hot:
        changes = [(found, added[found] - removed[found]) for found in sorted(hot)]
        _SHIFT.run(connection, changes=changes)
        connection.execute(delete(hot_key).where(hot_key.c.accounts <= HOT_LIMIT))
    grown = [found for found in sorted(added) if found not in hot]
    carriers = _CARRIERS.run(connection, keys=grown, most=HOT_LIMIT + 1) if grown else ()
    newly = [found for found, count in carriers if count > HOT_LIMIT]
    if newly:
        _PROMOTE.run(connection, keys=newly)


def recount(connection: Connection) -> None:
    """Count every hot key and the accounts anew. Reads all keys: for upkeep, not for the hot path."""
    connection.execute(delete(hot_key))
    _RECOUNT.run(connection, most=HOT_LIMIT)
    count = connection.execute(select(func.count()).select_from(account)).scalar_one()
    connection.execute(update(corpus).values(accounts=count))


def are_current(connection: Connection) -> bool:
    """Whether the stored keys were made in the way in which keys are looked up."""
    stored = connection.execute(select(corpus.c.key_scheme)).first()
    return stored is None or stored.key_scheme == scheme()


def settle(connection: Connection) -> None:
    """Note that every account has the keys of today, and count them."""
    recount(connection)
    connection.execute(update(corpus).values(key_scheme=scheme()))


def total(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.execute(select(corpus.c.accounts)).scalar() or 0
