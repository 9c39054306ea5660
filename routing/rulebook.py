"""The rulebook: YAML text -> a validated, compiled, immutable value.

Reading collects every fault it can find, each with its line and column, and
reports them together. What is read is compiled once; a `Rulebook` holds no
state and can be shared by threads. docs/rulebook.md is the language for people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from zoneinfo import ZoneInfo

from routing.allowances import read_allowances
from routing.calendars import read_calendars
from routing.cases import Fixtures, TestCase, read_case
from routing.catalogue import BUILT_IN
from routing.compiled import Directory, Rule, Rulebook
from routing.conditions import Tree
from routing.conflict_reading import read_conflicts
from routing.durations import SPAN_HINT, Window, parse_window
from routing.effects.credit import Stamp, read_credit
from routing.fields import Collection, Field
from routing.guarantees import read_guarantees
from routing.misses import read_misses
from routing.nearest import read_nearest
from routing.operands import OperandReader
from routing.problems import Problem, RulebookInvalid, did_you_mean
from routing.promises import PromiseReader, Promises
from routing.reach import Reach
from routing.reach_reading import ReachReader
from routing.reading import CannotGoOn, Faults, Node, quoted, read_tree
from routing.rule_reading import RuleReader
from routing.rules import RULE_TYPES
from routing.rules.base import Away, Named, Outcome
from routing.sections import Defaults, RulebookFile
from routing.shape import validate
from routing.sticky import BY_HAND
from routing.table_reading import read_tables
from routing.tables import Table
from routing.types.people import RepId
from routing.types.pools import PoolName
from routing.vocabulary import check_lists, check_version, read_fields, read_zone
from routing.when import ConditionReader


def parse(text: str, file: str = "rulebook.yaml", directory: Directory | None = None) -> Rulebook:
    """Read and compile a rulebook. Raises `RulebookInvalid` with every fault found."""
    faults = Faults(file)
    rulebook = None
    with suppress(CannotGoOn):
        builder = _Builder(text, read_tree(text, faults), faults)
        rulebook = builder.rulebook()
        if directory is not None:
            builder.check_references(directory)
    if rulebook is None or faults.found:
        raise RulebookInvalid(faults.found)
    return rulebook


def check(text: str, file: str = "rulebook.yaml", directory: Directory | None = None) -> tuple[Problem, ...]:
    """Return every fault of a rulebook; none means that `parse` accepts it.

    With a ``directory``, reps, pools and roles that it does not have are faults.
    """
    try:
        parse(text, file, directory)
    except RulebookInvalid as invalid:
        return invalid.problems
    return ()


def version_of(text: str) -> str:
    """Return the short hash by which decisions name a rulebook's text."""
    return sha256(text.encode()).hexdigest()[:12]


class _Builder:
    """Turns the tree of one file into a rulebook. Lives for one reading; a `rules.base.Binder`."""

    def __init__(self, text: str, root: Node, faults: Faults) -> None:
        self._text, self._root, self._faults = text, root, faults
        self.report = faults.report
        self.named = Named()
        self.zone = ZoneInfo("UTC")
        self.catalogue = BUILT_IN
        self.away, self.tie_queue = Away.COVER, "review"
        self.pool_columns: frozenset[str] = frozenset()
        self._default_sla: Promises = ()
        self._by_hand = BY_HAND
        self._promises: PromiseReader
        self._default_credit: tuple[Stamp, ...] = ()
        self._reaches: ReachReader
        self._operands: OperandReader
        self._reader: ConditionReader

    def condition(self, node: Node, collection: Collection | None = None) -> Tree:
        return self._reader.condition(node, collection)

    def span(self, node: Node) -> Window | Reach | None:
        return self._reaches.read(node, self.catalogue, anchored=False)

    def outcome(self, node: Node, *, people_only: bool = False) -> Outcome | None:
        """Read an outcome: find its kind by its key, check its settings, bind it."""
        types = [t for t in RULE_TYPES if t.person] if people_only else list(RULE_TYPES)
        keys = [t.key for t in types]
        entries = node.mapping
        if entries is None:
            example = "{owner of: account}" if people_only else "{pool: inbound}"
            self.report(
                node, "not_an_outcome", f"an outcome is a mapping such as {example}, not {quoted(node)}"
            )
            return None
        found = [t for t in types if t.key in entries]
        if len(found) != 1:
            self._report_kind(node, entries, keys, [t.key for t in found], people_only)
            return None
        [kind] = found
        settings = validate(kind.settings, node, f"'{kind.key}'", self.report)
        return kind.bind(settings, node, self) if settings is not None else None

    def _report_kind(
        self, node: Node, entries: Mapping[str, Node], keys: list[str], found: list[str], people_only: bool
    ) -> None:
        if found:
            words = " and ".join(f"'{key}'" for key in found)
            self.report(node, "two_outcomes", f"{words} are two outcomes", "keep one of the two")
            return
        word = next(iter(entries), "")
        what = "names no person" if people_only else "is no outcome"
        close = did_you_mean(word, keys) if word else None
        self.report(
            node.key_place(word),
            "unknown_outcome",
            f"'{word}' {what}",
            close or f"use one of {', '.join(keys)}",
        )

    # --- sections -----------------------------------------------------------

    def rulebook(self) -> Rulebook | None:
        """Read every section; None where the file lacks what a rulebook must have."""
        shape = validate(RulebookFile, self._root, "a rulebook", self.report)
        sections = self._root.mapping
        if sections is None:
            return None
        check_version(sections.get("version"), self.report)
        self.zone = read_zone(sections.get("timezone"), self.report)
        calendars = read_calendars(sections.get("calendars"), self.report)
        named = self.named
        self._promises = PromiseReader(calendars, self.report, reps=named.reps, queues=named.queues)
        self.catalogue = read_fields(sections.get("fields"), self.report)
        self._reaches = ReachReader(calendars, self.report)
        self._operands = OperandReader(
            faults=self._faults,
            catalogue=self.catalogue,
            lists=_entries(sections, "lists"),
            zone=self.zone,
            reaches=self._reaches,
        )
        self._reader = ConditionReader(
            faults=self._faults, operands=self._operands, definitions=_entries(sections, "definitions")
        )
        check_lists(_entries(sections, "lists"), self.report)
        self._extend(read_nearest(_entries(sections, "fields"), self._reader, self.report))
        tables = self._tables(sections)
        self._reader.read_definitions()
        self._defaults(sections.get("defaults"))
        reader = RuleReader(self, self._promises, self._default_sla, self._default_credit)
        rules = reader.rules(_items(sections, "rules"), sections.get("groups"))
        conflicts = read_conflicts(_items(sections, "conflicts"), {rule.id for rule in rules}, self)
        fallback = reader.fallback(sections.get("fallback"))
        fixtures, tests = self._fixtures(sections.get("fixtures")), self._tests(sections)
        names = [rule.id for rule in rules]
        guarantees = read_guarantees(sections.get("guarantees"), self._reader, names, self.report)
        if shape is None or fallback is None:
            return None
        return Rulebook(
            version=version_of(self._text),
            text=self._text,
            file=self._faults.file,
            zone=self.zone,
            catalogue=self.catalogue,
            rules=(*sorted(rules, key=lambda rule: rule.rank), replace(fallback, rank=_lowest(rules))),
            conflicts=conflicts,
            default_sla=self._default_sla,
            carries_on=self._promises.carry_on,
            guarantees=guarantees,
            allowances=read_allowances(sections.get("lint"), self.report),
            misses=read_misses(sections.get("misses"), self.report, self.named.reps),
            default_credit=self._default_credit,
            by_hand=self._by_hand,
            places_of_reps={RepId(rep): (n.line, n.column) for rep, n in self.named.reps.items()},
            places_of_pools={PoolName(pool): (n.line, n.column) for pool, n in self.named.pools.items()},
            places_of_table_reps={
                RepId(rep): (n.line, n.column) for rep, n in self.named.reps_of_tables.items()
            },
            tables=tables,
            queues=frozenset(self.named.queues),
            roles=frozenset(self.named.roles),
            unused=self._unused(sections),
            fixtures=fixtures,
            tests=tests,
        )

    def _tables(self, sections: Mapping[str, Node]) -> tuple[Table, ...]:
        tables, files = _entries(sections, "tables"), _entries(sections, "files")
        read = read_tables(tables, files, self._reader, self.named, self.report)
        self._extend(field for table in read for field in table.fields())
        self.pool_columns = frozenset(name for table in read for name in table.pool_columns)
        return read

    def _extend(self, fields: Iterable[Field]) -> None:
        """Let what is read from here on use these fields too."""
        known = {field.name: field for field in fields}
        self.catalogue = replace(self.catalogue, fields={**self.catalogue.fields, **known})
        self._operands.catalogue = self.catalogue

    def _defaults(self, node: Node | None) -> None:
        if node is None:
            return
        defaults = validate(Defaults, node, "'defaults'", self.report)
        if defaults is not None:
            self.away, self.tie_queue = defaults.away, defaults.tie
            self._default_sla = self._promises.read((node.mapping or {}).get("sla"))
            self._default_credit = read_credit((node.mapping or {}).get("credit"), self)
            self._by_hand = self._span((node.mapping or {}).get("by hand"), defaults.by_hand)

    def _span(self, node: Node | None, text: str) -> Window:
        found = parse_window(text)
        if found is None and node is not None:
            self.report(node, "bad_span", f"'{text}' is no span of time", SPAN_HINT)
        return found or BY_HAND

    def _fixtures(self, node: Node | None) -> Fixtures:
        found = validate(Fixtures, node, "'fixtures'", self.report) if node is not None else None
        return found or Fixtures()

    def _tests(self, sections: Mapping[str, Node]) -> tuple[tuple[TestCase, int], ...]:
        read_tests = [
            (read_case(node, number, self.report), node.line)
            for number, node in enumerate(_items(sections, "tests"), 1)
        ]
        return tuple((case, line) for case, line in read_tests if case is not None)

    # --- small parts --------------------------------------------------------

    def _unused(self, sections: Mapping[str, Node]) -> tuple[tuple[str, Node], ...]:
        lists, definitions = _entries(sections, "lists"), _entries(sections, "definitions")
        unused = [(f"list '{name}'", n) for name, n in lists.items() if name not in self._operands.used_lists]
        used = self._reader.used_definitions
        unused += [(f"definition '{name}'", n) for name, n in definitions.items() if name not in used]
        return tuple(unused)

    def check_references(self, directory: Directory) -> None:
        """Report reps, pools and roles that the directory does not have."""
        roles = {rep.role.upper() for rep in directory.reps.values() if rep.role}
        for rep, node in (*self.named.reps.items(), *self.named.reps_of_tables.items()):
            if rep not in directory.reps:
                self.report(
                    node, "unknown_rep", f"there is no rep '{rep}'", did_you_mean(rep, directory.reps)
                )
        for pool, node in self.named.pools.items():
            if pool not in directory.pools:
                self.report(
                    node, "unknown_pool", f"there is no pool '{pool}'", did_you_mean(pool, directory.pools)
                )
        for role, node in self.named.roles.items():
            if roles and role.upper() not in roles:
                self.report(node, "unknown_role", f"no rep has the role '{role}'", did_you_mean(role, roles))


def _entries(sections: Mapping[str, Node], name: str) -> dict[str, Node]:
    node = sections.get(name)
    return (node.mapping or {}) if node is not None else {}


def _items(sections: Mapping[str, Node], name: str) -> list[Node]:
    node = sections.get(name)
    return (node.items or []) if node is not None else []


def _lowest(rules: list[Rule]) -> int:
    return max((rule.rank for rule in rules), default=0) + 1
