"""A match result in words: renders what the result carries, computes nothing of its own."""

from __future__ import annotations

from enum import StrEnum
from math import log1p

from matching.scoring import odds_of, probability
from matching.types import Candidate, Evidence, EvidenceKind, MatchOutcome, MatchReason, MatchResult


class Family(StrEnum):
    """What a person asks about at once. Points inside one offset each other; its sum is what it says."""

    START = "before anything is known"
    DOMAIN = "the domains"
    NAME = "the company name"
    PLACE = "the place"
    PHONE = "the telephone"
    PERSON = "what people said"
    RIVALS = "other accounts"


FAMILIES: dict[EvidenceKind, Family] = {
    EvidenceKind.PRIOR: Family.START,
    EvidenceKind.LEGAL_FORM: Family.NAME,
    EvidenceKind.ACCOUNT_DOMAIN_NAME: Family.DOMAIN,
    EvidenceKind.COUNTRY: Family.PLACE,
    EvidenceKind.CITY: Family.PLACE,
    EvidenceKind.STATE: Family.PLACE,
    EvidenceKind.PHONE: Family.PHONE,
    EvidenceKind.CRM_ID: Family.PERSON,
    EvidenceKind.REMEMBERED: Family.PERSON,
    EvidenceKind.RIVALS: Family.RIVALS,
    **{kind: Family.DOMAIN for kind in EvidenceKind if kind.value.startswith("domain")},
    **{kind: Family.NAME for kind in EvidenceKind if kind.value.startswith("name_")},
    EvidenceKind.NAME_ABSENT: Family.DOMAIN,  # its points say how far a domain goes without a name
}

REASONS: dict[MatchReason, str] = {
    MatchReason.CLEAR: "the best candidate is sure enough and well ahead of the next",
    MatchReason.TIE_BROKEN: "several candidates fit equally well; the tie-breaker “{decisive}” decided",
    MatchReason.REMEMBERED: "a person put this company on the account before",
    MatchReason.KEPT: "the contact itself was put on the account, and stays there",
    MatchReason.RULED_OUT: "a person has ruled out every account that resembles the contact",
    MatchReason.TOO_CLOSE: "alone it would be sure enough, but other accounts fit as well",
    MatchReason.NAMESAKES: "another account has the same name, and no domain, phone or person tells which",
    MatchReason.UNCERTAIN: "it is not sure enough to match without a person",
    MatchReason.CONFLICT: "the evidence points to different accounts",
    MatchReason.SHARED_DOMAIN: "several accounts share the domain and no company name decides between them",
    MatchReason.SUSPECT_INPUT: "the contact uses letters that imitate others, so a person must look",
    MatchReason.NO_CANDIDATE: "no account resembles the contact",
    MatchReason.BELOW_REVIEW: "no account is likely enough to be worth a look",
}

SENTENCES: dict[EvidenceKind, str | tuple[str, str]] = {
    EvidenceKind.PRIOR: "any one account is unlikely",
    EvidenceKind.DOMAIN: "the account owns the contact's domain {account}",
    EvidenceKind.DOMAIN_PART: "the account has {account}, which is a part of the contact's domain {contact}",
    EvidenceKind.DOMAIN_SIBLING: "the domains {contact} and {account} are one name in two forms",
    EvidenceKind.DOMAIN_OTHER: "the contact's domain {contact} is none of the account's, such as {account}",
    EvidenceKind.DOMAIN_OWNER: "the contact's domain {contact} belongs to another account, {account}",
    EvidenceKind.DOMAIN_NAME: (
        "the contact's domain {contact} spells the account's name {account}",
        "the contact's domain {contact} hardly spells the account's name {account}",
    ),
    EvidenceKind.DOMAIN_CONTACT: "the contact's domain {contact} spells its company name, not {account}",
    EvidenceKind.ACCOUNT_DOMAIN_NAME: (
        "the account's domain {account} spells {contact}",
        "the account's domain {account} hardly spells {contact}",
    ),
    EvidenceKind.NAME_SAME: "the company name {contact} matches the account's name {account}",
    EvidenceKind.NAME_WORDS: "how the words of {contact} and {account} compare",
    EvidenceKind.NAME_SPELLING: "{contact} and {account} are alike letter by letter",
    EvidenceKind.NAME_MISSING: "{contact} has a telling word that {account} lacks",
    EvidenceKind.NAME_EXTRA: "{account} has a telling word that {contact} lacks",
    EvidenceKind.NAME_SWAPPED: "{contact} and {account} each have a telling word that the other lacks",
    EvidenceKind.NAME_KIND: "whether {contact} and {account} are the same kind of organisation by name",
    EvidenceKind.NAME_NATION: "whether the country in {contact} or {account} is the other's too",
    EvidenceKind.NAME_NUMBERS: (
        "the numbers in {contact} and {account} are the same",
        "the numbers in {contact} and {account} are not the same",
    ),
    EvidenceKind.NAME_INITIALS: "one of {contact} and {account} is the initials of the other",
    EvidenceKind.NAME_PART: "only the part {contact} of the company given fits {account}",
    EvidenceKind.NAME_NEAR: "{contact} says to have to do with {account}, not to be of it",
    EvidenceKind.NAME_PLACE: "{contact} and {account} have nothing telling in common but a place",
    EvidenceKind.NAME_PLACEHOLDER: "{contact} is what people write who name no company",
    EvidenceKind.NAME_START: "one of {contact} and {account} begins with the other",
    EvidenceKind.NAME_RARITY: "the words that {contact} and {account} share are rare among all accounts",
    EvidenceKind.NAME_TAKEN: "another account fits the company name {contact} better",
    EvidenceKind.NAME_TWIN: "another account is called {contact} as well",
    EvidenceKind.NAME_CROWD: "other accounts have a name like {contact} too",
    EvidenceKind.NAME_ABSENT: "the contact gave no company name",
    EvidenceKind.LEGAL_FORM: "whether the legal forms of {contact} and {account} agree",
    EvidenceKind.COUNTRY: "country: contact {contact}, account {account}",
    EvidenceKind.CITY: "city: contact {contact}, account {account}",
    EvidenceKind.STATE: "state: contact {contact}, account {account}",
    EvidenceKind.PHONE: "the phone numbers agree",
    EvidenceKind.CRM_ID: "the contact is on the account {account} already",
    EvidenceKind.REMEMBERED: (
        "{contact} said on {account} that contacts of this company belong to the account"
    ),
    EvidenceKind.RIVALS: "other accounts fit as well",
}

NEVER = "{contact} said on {account} that contacts of this company never belong to the account"
"""The sentence of `EvidenceKind.REMEMBERED` where it speaks against the account."""


def percent(score: float) -> str:
    """Return a probability as a person reads it: nothing is ever quite certain or impossible."""
    if score > 0.999:
        return ">99.9%"
    return "<0.1%" if 0 < score < 0.001 else f"{score:.1%}"


def sentence(result: MatchResult) -> str:
    """Return the result in one sentence: which account, how sure, why, what stands next, what it rests on."""
    reason = REASONS[result.reason].format(decisive=result.decisive) + _sides(result)
    best = _nearest(result)
    if best is None:
        return f"Unmatched: {reason}."
    other = next((item for item in result.candidates if item is not best), None)
    called = f"{best.account_name} ({best.account_id}) at {percent(best.score)}"
    if result.outcome is MatchOutcome.UNMATCHED:
        parts, other = [f"Unmatched: {reason}; the nearest is {called}"], None
    else:
        parts = [f"{_verdict(result.outcome, best)} {called}: {reason}", _strongest(best)]
    if turns := turning_points(result)[:1]:
        parts.append(turns[0][1])
    if other is not None:
        parts.append(f"next is {other.account_name} at {percent(other.score)}")
    return "; ".join(parts) + "."


def _sides(result: MatchResult) -> str:
    """Return what points to which account where that is why a person must look: each domain, the name."""
    if result.reason is not MatchReason.CONFLICT:
        return ""
    owners = {
        item.account_value: each.account_name
        for each in reversed(result.candidates)
        for item in each.evidence
        if item.kind is EvidenceKind.DOMAIN and item.points > 0
    }
    told = [f"the domain {_quoted(host)} to {called}" for host, called in owners.items()]
    named = max(result.candidates, key=lambda each: (_sums(each).get(Family.NAME, 0.0), -each.score))
    if named.account_name not in owners.values() and _sums(named).get(Family.NAME, 0.0) > 0:
        given = next(item.contact_value for item in named.evidence if FAMILIES[item.kind] is Family.NAME)
        told.append(f"the company name {_quoted(given)} to {named.account_name}")
    return f": {' and '.join(told)}" if len(told) > 1 else ""


def _verdict(outcome: MatchOutcome, best: Candidate) -> str:
    if outcome is MatchOutcome.MATCHED:
        return "Matched to"
    return "For review, most likely" if best.score >= 0.5 else "For review, nearest is"


def _nearest(result: MatchResult) -> Candidate | None:
    """Return the account that was chosen, or that came nearest where none is likely enough."""
    if result.reason is MatchReason.BELOW_REVIEW:
        return result.candidates[0]
    return next((item for item in result.candidates if item.account_id == result.account_id), None)


def _strongest(candidate: Candidate) -> str:
    """Return the most telling evidence of the family that says most for a candidate."""
    sums = {family: points for family, points in _sums(candidate).items() if family is not Family.START}
    best = max(sums, key=lambda family: sums[family], default=None)
    if best is None or sums[best] <= 0:
        return "nothing in particular speaks for it"
    told = [item for item in candidate.evidence if FAMILIES[item.kind] is best]
    return "above all, " + describe(max(told, key=lambda item: (_tells(item), item.points)))


_PARTS = frozenset(
    (EvidenceKind.NAME_WORDS, EvidenceKind.NAME_MISSING, EvidenceKind.NAME_EXTRA, EvidenceKind.NAME_SWAPPED)
)
"""Evidence of which one piece offsets another: only all of it together says anything."""


def _tells(evidence: Evidence) -> int:
    """Return how well evidence says by itself what speaks for an account: the better of two is higher.

    Of names that are the same that they are says more than how rare.
    """
    if evidence.kind is EvidenceKind.NAME_SAME and evidence.points > 0:
        return 2
    return int(_is_seen(evidence) and evidence.kind not in _PARTS)


_SAID = frozenset((MatchReason.REMEMBERED, MatchReason.KEPT))


def turning_points(result: MatchResult) -> tuple[tuple[str, str], ...]:
    """Return what the answer rests on, as rows of points and words, most telling first.

    A row says how likely the account would be were a family of evidence that speaks
    for it not counted, for no account, or, where the match is not sure, one against it.
    What the contact did not say cannot be taken from it: there is no row for that. Nor is there one
    where a person's word named the account: beside it no other was looked at.
    """
    best = _nearest(result)
    if best is None or result.reason in _SAID:
        return ()
    now = percent(best.score)
    side = 1 if result.outcome is MatchOutcome.MATCHED else -1
    said = {FAMILIES[item.kind] for item in best.evidence if _is_seen(item)}
    sums = [
        (family, points)
        for family, points in _sums(best).items()
        if points * side >= 0.5 and family in said and family is not Family.START
    ]
    found = [
        (points, family, percent(_without(family, best, result)))
        for family, points in sorted(sums, key=lambda each: -abs(each[1]))
    ]
    return tuple(
        (f"{points:+.2f}", f"{'without' if points > 0 else 'were it not for'} {family} it would be at {then}")
        for points, family, then in found
        if then != now
    )


def _is_seen(evidence: Evidence) -> bool:
    """Tell whether evidence is of something that the contact said, not of what it left unsaid."""
    return evidence.kind is not EvidenceKind.NAME_ABSENT


def _without(family: Family, best: Candidate, result: MatchResult) -> float:
    """Return the probability of the best were a family of evidence counted for no account.

    What rivals take is what `scoring` says of those shown, with the points that are left to them.
    """
    others = [] if family is Family.RIVALS else [item for item in result.candidates if item is not best]
    rivals = sum(odds_of(_own(item, family)) for item in others)
    return probability(_own(best, family) - log1p(rivals))


def _own(candidate: Candidate, without: Family) -> float:
    """Return a candidate's points but for those of a family and what its rivals take."""
    left_out = (without, Family.RIVALS)
    return sum(item.points for item in candidate.evidence if FAMILIES[item.kind] not in left_out)


def _sums(candidate: Candidate) -> dict[Family, float]:
    """Return what each family of evidence says of a candidate, in points, in the order of the families."""
    sums = dict.fromkeys(Family, 0.0)
    for item in candidate.evidence:
        sums[FAMILIES[item.kind]] += item.points
    present = {FAMILIES[item.kind] for item in candidate.evidence}
    return {family: points for family, points in sums.items() if family in present}


def describe(evidence: Evidence) -> str:
    """Return one piece of evidence in words, without its points."""
    against = evidence.kind is EvidenceKind.REMEMBERED and evidence.points < 0
    said = NEVER if against else SENTENCES[evidence.kind]
    template = said if isinstance(said, str) else said[evidence.points < 0]
    mine, theirs = evidence.contact_value, evidence.account_value
    if evidence.kind is EvidenceKind.REMEMBERED:  # who said it and when, not what was given
        return template.format(contact=mine, account=theirs)
    return template.format(contact=_quoted(mine), account=_quoted(theirs))


def _quoted(value: str | None) -> str:
    return f"“{' '.join(value.split())}”" if value else "(not given)"


def table(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    """Return a candidate's evidence as rows of points and words; the points add up to the last row.

    One row for each family: what offsets each other inside it is not shown apart.
    """
    body = [(f"{points:+.2f}", words) for points, words in families(candidate)]
    together = f"together: {percent(candidate.score)} that this is the account"
    return (*body, (f"{candidate.points:+.2f}", together))


def families(candidate: Candidate, most: int | None = None) -> tuple[tuple[float, str], ...]:
    """Return points and words of each family of a candidate's evidence, in their order; the points add up.

    ``most`` is how many pieces of a family are told, the weightiest; None for all.
    """
    sums = _sums(candidate)
    return tuple((points, f"{family}: {_told(candidate, family, most)}") for family, points in sums.items())


def _told(candidate: Candidate, family: Family, most: int | None = None) -> str:
    """Return what a family of evidence rests on, the weightiest first, of many so many."""
    items = [item for item in candidate.evidence if FAMILIES[item.kind] is family]
    items.sort(key=lambda item: (not _is_seen(item), -abs(item.points)))
    return "; ".join(list(dict.fromkeys(map(describe, items)))[:most])


_TOLD = 2  # pieces of evidence of a family that are told of each account: more is a wall of words


def comparison(result: MatchResult) -> tuple[tuple[str, str], ...]:
    """Return what separates the best candidate from the next, as rows of points and words, largest first.

    A row above 0 speaks for the best: were it otherwise, the next would be closer by so much.
    """
    if len(result.candidates) < 2:
        return ()
    best, other = result.candidates[0], result.candidates[1]
    mine, theirs = _sums(best), _sums(other)
    gaps = []
    for family in Family:
        gap = mine.get(family, 0.0) - theirs.get(family, 0.0)
        if abs(gap) >= 0.05 and family is not Family.RIVALS:
            told = [
                f"{each.account_name}: {words}"
                for each in (best, other)
                if (words := _told(each, family, _TOLD))
            ]
            gaps.append((gap, f"{family}: " + " | ".join(told)))
    return tuple((f"{gap:+.2f}", text) for gap, text in sorted(gaps, key=lambda row: -abs(row[0])))
