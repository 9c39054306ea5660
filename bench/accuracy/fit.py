"""Fit the shipped policy's points on labelled contacts, and say how well they hold on unseen name families.

    python -m bench.accuracy.fit [--write matching/data/policy.yaml]

Needs the extra ``fit`` (scikit-learn brings scipy). The labelled contacts are
read, and nothing of them is written but the points. Nearly all of them give a company name. What its
absence says is fitted last, all else held, on the same contacts with theirs left out.
"""  # fmt: skip

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.accuracy.data import SHARED, Query, accounts, queries
from bench.accuracy.families import FOLDS, folds
from bench.accuracy.fitting import Floats, Labelled, fit
from bench.accuracy.report import Answers, answer, report
from bench.accuracy.scorer import is_headline, scorer
from matching.candidates import shortlist
from matching.decide import decide
from matching.design import Layout, Level, Step
from matching.features import Observation, View, observer, view
from matching.features.sides import account_side
from matching.index import Index
from matching.normalize import normalize
from matching.policy import MatchPolicy, parse_policy, to_yaml
from matching.scoring import score
from matching.types import DomainKind, NormalizedContact
from matching.types import EvidenceKind as Kind

PRIOR = Path(__file__).with_name("prior.yaml")
"""The policy that the fit starts from and is drawn back to: written by hand, never a fitted one."""

RIDGE = 8e-6
"""How strongly it is drawn back."""

LIMITS: dict[tuple[Kind, str], tuple[float | None, float | None]] = {
    (Kind.NAME_TAKEN, "exactly.alone"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.anchored"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.free.alone"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.free.anchored"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.disputed"): (None, -6.0),
    (Kind.NAME_TAKEN, "better.disputed"): (None, -3.0),
    (Kind.NAME_NATION, "abroad"): (None, -1.0),
    (Kind.NAME_NATION, "differ"): (None, 0.0),
    (Kind.DOMAIN_PART, "beside"): (None, 0.0),
    (Kind.DOMAIN_PART, "group"): (None, -6.5),
    (Kind.COUNTRY, "same.anchored"): (0.0, None),
    (Kind.COUNTRY, "local"): (None, -13.0),
    (Kind.COUNTRY, "different.local"): (None, -6.0),
    # Labelled contacts give their account's own city; a company's people are in others, too.
    (Kind.CITY, "different.alone"): (-2.0, 0.0),
    (Kind.CITY, "different.anchored"): (-0.5, 0.0),
    (Kind.CITY, "in_name.alone"): (0.0, None),
    (Kind.COUNTRY, "near.alone"): (-2.0, None),
    (Kind.COUNTRY, "near.anchored"): (-1.0, None),
    (Kind.COUNTRY, "contradicted.anchored"): (-1.0, None),
    (Kind.COUNTRY, "hint_different.alone"): (-3.5, 0.0),
    (Kind.NAME_KIND, "one_sided.alone"): (None, -2.5),
    (Kind.NAME_KIND, "differ.alone"): (None, -2.2),
    (Kind.NAME_KIND, "asked.alone"): (None, -2.0),
    (Kind.NAME_KIND, "asked.anchored"): (None, 0.0),
    (Kind.NAME_KIND, "within.alone"): (None, -4.0),
    (Kind.NAME_KIND, "within.anchored"): (None, 0.0),
    (Kind.NAME_PLACEHOLDER, "alone"): (None, -3.0),
    (Kind.NAME_PLACE, "alone"): (None, -4.0),
    (Kind.NAME_PLACE, "begins"): (None, -4.0),
    (Kind.NAME_NEAR, "alone"): (None, -6.0),
    (Kind.NAME_NEAR, "anchored"): (None, 0.0),
    (Kind.NAME_TWIN, "alone"): (-1.0, 0.0),
    (Kind.NAME_TWIN, "anchored"): (None, 0.0),
    (Kind.NAME_TWIN, "told.anchored"): (None, 0.0),
    (Kind.NAME_ABSENT, "shared"): (0.0, 0.0),
    (Kind.NAME_ABSENT, "anchored"): (None, 4.0),
    (Kind.DOMAIN_OWNER, "family"): (None, 0.0),
    (Kind.DOMAIN_OWNER, "stranger"): (None, -2.0),
    (Kind.DOMAIN_OTHER, "unlike"): (None, -1.0),
    (Kind.DOMAIN_OTHER, "family"): (-0.5, 0.0),
    (Kind.DOMAIN_OWNER, "named"): (-0.5, 0.0),
    (Kind.NAME_TAKEN, "exactly.family.anchored"): (None, -12.0),
    (Kind.NAME_SAME, "core.anchored"): (9.0, None),
    (Kind.NAME_SAME, "words.anchored"): (9.0, None),
    (Kind.NAME_SAME, "joined.anchored"): (8.0, None),
    (Kind.NAME_SAME, "turned.alone"): (None, 1.0),
    (Kind.NAME_START, "whole.alone"): (None, 0.0),
    (Kind.LEGAL_FORM, "differ"): (None, 0.0),
}
"""What is known without data, where the labelled contacts say little: least and most points."""

STARTS = ("domain_name.other", "domain_contact.any")
"""Curves that begin at 0 or below: where nothing agrees, nothing speaks for an account."""

UNNAMED = [Level(Kind.NAME_ABSENT, level) for level in ("alone", "anchored", "spelled")]
"""What contacts teach whose company name is left out; of a domain that several accounts share,
those teach that are ambiguous as they are."""


@dataclass(frozen=True, slots=True)
class Cases:
    """Contacts ready for fitting: which queries they are, what is seen of each, the rows of candidates."""

    queries: list[Query]
    views: list[View]
    data: Labelled


@dataclass(frozen=True, slots=True)
class Material:
    """Labelled contacts ready for fitting: as they are, and with the company name left out.

    ``asked`` are all queries, and ``fold`` has the fold of each by its id; ``named`` has some a second time.
    """

    asked: list[Query]
    fold: dict[str, int]
    named: Cases
    unnamed: Cases
    layout: Layout


def material(folder: Path, policy: MatchPolicy) -> Material:
    """Read a benchmark folder, find candidates for every contact and observe them.

    A contact whose account owns none of its domains comes a second time, with
    that account left out: what it looks like when the account is not there.
    Its answer is then "no account". These rows come after all others.
    """
    labelled = queries(folder)
    index = Index.build(accounts(folder))
    contacts = [normalize(query.contact) for query in labelled]
    without = [query for query in labelled if _can_be_left_out(query)]
    told = dict(zip([query.qid for query in labelled], contacts, strict=True))
    views = [_view(index, contact, policy) for contact in contacts]
    views += [_view(index, told[query.qid], policy, query.expected or "") for query in without]
    nameless = [query for query in labelled if _can_be_unnamed(query, told[query.qid])]
    unnamed = [_view(index, replace(told[query.qid], names=(), flags=()), policy) for query in nameless]
    flat = (item for seen in (*views, *unnamed) for _, items in _observed(seen) for item in items)
    layout = Layout(policy, ((item.kind, item.level) for item in flat if item.value is None))
    expected = [query.expected if is_headline(query.row) else None for query in labelled]
    named = _labelled(layout, views, [*expected, *[None] * len(without)], _weights(labelled, without))
    traffic = scorer().weights([query.row for query in labelled if is_headline(query.row)], "traffic")
    weights = np.array([traffic[query.qid] for query in nameless])
    return Material(
        asked=labelled,
        fold=dict(zip(told, folds(labelled, contacts), strict=True)),
        named=Cases([*labelled, *without], views, named),
        unnamed=Cases(
            nameless, unnamed, _labelled(layout, unnamed, [query.expected for query in nameless], weights)
        ),
        layout=layout,
    )


def _labelled(
    layout: Layout, views: Sequence[View], expected: Sequence[str | None], weights: Floats
) -> Labelled:
    """Return the rows of all candidates, and which of them is the account expected for each contact."""
    rows: list[NDArray[np.float32]] = []
    starts, right = [0], []
    for seen, account in zip(views, expected, strict=True):
        found = _observed(seen)
        places = {account_id: len(rows) + at for at, (account_id, _) in enumerate(found)}
        right.append(places.get(account or "", -1))
        rows += [layout.row(items) for _, items in found]
        starts.append(len(rows))
    return Labelled(np.array(rows, dtype=np.float32), np.array(starts), np.array(right), weights)


def _observed(seen: View) -> list[tuple[str, list[Observation]]]:
    """Return what is seen of each account, by its id."""
    observe = observer(seen)
    return [(pair.account.id, observe(pair)) for pair in seen.pairs]


def _can_be_left_out(query: Query) -> bool:
    """Tell whether nothing but the account itself speaks for it, so that without it no account is right."""
    apart = ("freemail", "no_email", "corp_unknown", "corp_unknown_synthetic")
    row = query.row
    return bool(query.expected) and is_headline(row) and row["flavour"] in apart and not row["lenient"]


def _can_be_unnamed(query: Query, contact: NormalizedContact) -> bool:
    """Tell whether an address at a company says who is meant, or that nobody is, without the name."""
    at_company = any(item.kind is DomainKind.COMPANY for item in contact.domains)
    apart = query.row["flavour"] == "corp_unknown_shared"  # the name alone told which account it is
    return bool(contact.names) and at_company and is_headline(query.row) and not apart


def _view(index: Index, contact: NormalizedContact, policy: MatchPolicy, without: str = "") -> View:
    considered = index.consider(contact)
    if without:
        kept = tuple(account for account in considered.accounts if account.id != without)
        considered = replace(considered, accounts=kept)
    return view(contact, map(account_side, shortlist(contact, considered)), considered, policy)


ABSENT = 0.8
"""Share of the weight of random contacts without account that contacts with theirs left out take over."""


def _weights(labelled: Sequence[Query], left_out: Sequence[Query]) -> Floats:
    """Weigh contacts like a company's traffic; conflicts and ambiguous ones teach review."""
    rows = [query.row for query in labelled if is_headline(query.row)]
    traffic = scorer().weights(rows, "traffic")
    mean = sum(traffic.values()) / len(traffic)
    out = []
    for query in labelled:
        weight = traffic.get(query.qid, 0.0) / mean
        if query.row["track"] == "conflict":
            weight = 1.0
        elif query.row["ambiguous"] == "1":
            weight = 0.5
        elif (
            query.row["flavour"] == "corp_unknown_shared"
        ):  # the typed company has its own account: the costly error
            weight *= 2
        elif query.row["neg"] == "random":
            weight *= 1 - ABSENT
        out.append(weight)
    random = sum(weight for query, weight in zip(labelled, out, strict=True) if query.row["neg"] == "random")
    shares = [traffic[query.qid] for query in left_out]
    moved = random * ABSENT / (1 - ABSENT)
    return np.array([*out, *(moved * share / sum(shares) for share in shares)])


def coefficients(source: Material, policy: MatchPolicy, without: int | None = None) -> Floats:
    """Fit on the contacts of all folds but one, starting from a policy."""
    start, limits = source.layout.coefficients(policy), source.layout.bounds(policy)
    for (kind, level), known in LIMITS.items():
        limits[source.layout.columns[Level(kind, level)]] = known
    for curve in STARTS:
        limits[source.layout.columns[Step(curve, 0)]] = (None, 0.0)
    found = fit(_others(source, source.named, without), start, limits, RIDGE)
    held = [
        limit if column in UNNAMED else (value, value)
        for column, limit, value in zip(source.layout.columns, limits, found.tolist(), strict=True)
    ]
    return fit(_others(source, source.unnamed, without), found, held, RIDGE, start)


def _others(source: Material, cases: Cases, without: int | None) -> Labelled:
    """Return the rows of contacts that are not of a fold."""
    if without is None:
        return cases.data
    return cases.data.subset(np.flatnonzero([source.fold[query.qid] != without for query in cases.queries]))


def cross_validated(source: Material, policy: MatchPolicy) -> tuple[Answers, Answers]:
    """Return answers to every contact, named and unnamed, of a fit that has not seen its family."""
    named: Answers = {}
    unnamed: Answers = {}
    for number in range(FOLDS):
        fitted = source.layout.policy(policy, coefficients(source, policy, number), policy.name)
        for cases, answers in ((source.named, named), (source.unnamed, unnamed)):
            once = len(source.asked)  # what comes after is there a second time, without its account
            for query, scene in zip(cases.queries[:once], cases.views[:once], strict=True):
                if source.fold[query.qid] == number:
                    seen = replace(scene, policy=fitted)
                    if (found := answer(decide(score(seen), seen))) is not None:
                        answers[query.qid] = found
    return named, unnamed


SOURCE = """\
# source: points fitted by `python -m bench.accuracy.fit` on labelled contacts (benchmark dev), drawn back to
#   bench/accuracy/prior.yaml; a few limits by hand (LIMITS there)
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Report cross-validated accuracy and, with ``--write``, write the policy fitted on everything."""
    parser = argparse.ArgumentParser(prog="bench.accuracy.fit", description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, default=SHARED / "bench" / "dev")
    parser.add_argument("--write", type=Path)
    given = parser.parse_args(arguments)
    policy = parse_policy(PRIOR.read_text(encoding="utf-8"))
    source = material(given.folder, policy)
    named, unnamed = cross_validated(source, policy)
    print("cross-validated over name families")
    print("\n".join(report(source.asked, named, policy.thresholds.matched)))
    print("the same with the company name left out")
    print("\n".join(report(source.unnamed.queries, unnamed, policy.thresholds.matched)))
    if given.write:
        fitted = source.layout.policy(policy, coefficients(source, policy), policy.name)
        given.write.write_text(SOURCE + to_yaml(fitted), encoding="utf-8")


if __name__ == "__main__":
    main()
