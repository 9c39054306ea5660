"""Fit the shipped policy's points on labelled contacts, and say how well they hold on unseen name families.

    python -m bench.accuracy.fit [--write matching/data/policy.yaml]

Needs the extra ``fit`` (scikit-learn brings scipy). The labelled contacts are
read, and nothing of them is written but the points.
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
from matching.design import Layout, Level
from matching.features import Observation, View, observer, view
from matching.features.sides import account_side
from matching.index import Index
from matching.normalize import normalize
from matching.policy import MatchPolicy, parse_policy, to_yaml
from matching.scoring import score
from matching.types import EvidenceKind as Kind
from matching.types import NormalizedContact

PRIOR = Path(__file__).with_name("prior.yaml")
"""The policy that the fit starts from and is drawn back to: written by hand, never a fitted one."""

RIDGE = 8e-6
"""How strongly it is drawn back."""

LIMITS: dict[tuple[Kind, str], tuple[float | None, float | None]] = {
    (Kind.NAME_TAKEN, "exactly.alone"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.anchored"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.free.alone"): (None, 0.0),
    (Kind.NAME_TAKEN, "exactly.free.anchored"): (None, 0.0),
    (Kind.NAME_NATION, "abroad"): (None, -1.0),
    (Kind.NAME_NATION, "differ"): (None, 0.0),
    (Kind.NAME_KIND, "one_sided.alone"): (None, -2.5),
    (Kind.NAME_PLACEHOLDER, "alone"): (None, -3.0),
    (Kind.NAME_TWIN, "alone"): (None, -1.0),
    (Kind.NAME_ABSENT, "shared"): (None, -2.0),
    (Kind.DOMAIN_OWNER, "family"): (None, 0.0),
    (Kind.DOMAIN_OWNER, "stranger"): (None, -2.0),
    (Kind.DOMAIN_OTHER, "unlike"): (None, -1.0),
    (Kind.LEGAL_FORM, "differ"): (None, 0.0),
}
"""What is known without data, where the labelled contacts say little: least and most points."""


@dataclass(frozen=True, slots=True)
class Material:
    """Labelled contacts ready for fitting; rows of ``data`` are candidates."""

    queries: list[Query]
    contacts: list[NormalizedContact]
    data: Labelled
    layout: Layout
    views: list[View]  # of the contacts as they are; those after have their account left out


def material(folder: Path, policy: MatchPolicy) -> Material:
    """Read a benchmark folder, find candidates for every contact and observe them.

    A contact whose account owns none of its domains comes a second time, with
    that account left out: what it looks like when the account is not there.
    Its answer is then "no account". These rows come after all others.
    """
    labelled = queries(folder)
    index = Index.build(accounts(folder))
    contacts = [normalize(query.contact) for query in labelled]
    cases = [(place, "") for place in range(len(labelled))]
    cases += [
        (place, query.expected or "") for place, query in enumerate(labelled) if _can_be_left_out(query)
    ]
    views = [_view(index, contacts[place], policy, without) for place, without in cases]
    seen = list(map(_observed, views))
    flat = (item for found in seen for _, items in found for item in items)
    layout = Layout(policy, ((item.kind, item.level) for item in flat if item.value is None))
    rows: list[NDArray[np.float32]] = []
    starts, right = [0], []
    for (place, without), found in zip(cases, seen, strict=True):
        query = labelled[place]
        places = {account_id: len(rows) + at for at, (account_id, _) in enumerate(found)}
        has_answer = is_headline(query.row) and not without
        right.append(places.get(query.expected or "", -1) if has_answer else -1)
        rows += [layout.row(items) for _, items in found]
        starts.append(len(rows))
    weights = _weights(labelled, [labelled[place] for place, without in cases if without])
    data = Labelled(np.array(rows, dtype=np.float32), np.array(starts), np.array(right), weights)
    chosen = [place for place, _ in cases]
    asked, told = [labelled[place] for place in chosen], [contacts[place] for place in chosen]
    return Material(asked, told, data, layout, views[: len(labelled)])


def _observed(seen: View) -> list[tuple[str, list[Observation]]]:
    """Return what is seen of each account, by its id."""
    observe = observer(seen)
    return [(pair.account.id, observe(pair)) for pair in seen.pairs]


def _can_be_left_out(query: Query) -> bool:
    """Tell whether nothing but the account itself speaks for it, so that without it no account is right."""
    apart = ("freemail", "no_email", "corp_unknown", "corp_unknown_synthetic")
    row = query.row
    return bool(query.expected) and is_headline(row) and row["flavour"] in apart and not row["lenient"]


def _view(index: Index, contact: NormalizedContact, policy: MatchPolicy, without: str) -> View:
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


def coefficients(source: Material, policy: MatchPolicy, chosen: np.ndarray | None = None) -> Floats:
    """Fit on the chosen contacts (all when None), starting from a policy."""
    limits = source.layout.bounds(policy)
    for (kind, level), known in LIMITS.items():
        limits[source.layout.columns[Level(kind, level)]] = known
    data = source.data if chosen is None else source.data.subset(chosen)
    return fit(data, source.layout.coefficients(policy), limits, RIDGE)


def cross_validated(source: Material, policy: MatchPolicy) -> Answers:
    """Return answers to every contact under a policy whose fit has not seen its family."""
    fold = folds(source.queries, source.contacts)
    answers: Answers = {}
    for number in range(FOLDS):
        others = np.flatnonzero(np.array(fold) != number)
        fitted = source.layout.policy(policy, coefficients(source, policy, others), policy.name)
        for query, place, scene in zip(source.queries, fold, source.views, strict=False):
            if place == number:
                seen = replace(scene, policy=fitted)
                if (found := answer(decide(score(seen), seen))) is not None:
                    answers[query.qid] = found
    return answers


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
    found = cross_validated(source, policy)
    print("cross-validated over name families")
    print("\n".join(report(source.queries[: len(source.views)], found, policy.thresholds.matched)))
    if given.write:
        fitted = source.layout.policy(policy, coefficients(source, policy), policy.name)
        given.write.write_text(SOURCE + to_yaml(fitted), encoding="utf-8")


if __name__ == "__main__":
    main()
