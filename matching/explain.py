"""A match result in words: renders what the result carries, computes nothing of its own."""

from __future__ import annotations

from matching.types import Candidate, Evidence, EvidenceKind, MatchOutcome, MatchReason, MatchResult

REASONS: dict[MatchReason, str] = {
    MatchReason.CLEAR: "the best candidate is sure enough and well ahead of the next",
    MatchReason.TIE_BROKEN: "several candidates fit equally well; the tie-breaker “{decisive}” decided",
    MatchReason.REMEMBERED: "a person put this company on the account before",
    MatchReason.KEPT: "the contact itself was put on the account, and stays there",
    MatchReason.RULED_OUT: "a person has ruled out every account that resembles the contact",
    MatchReason.TOO_CLOSE: "the best candidates are too close to call",
    MatchReason.UNCERTAIN: "the best candidate is likely, not certain",
    MatchReason.CONFLICT: "the evidence points to different accounts",
    MatchReason.SHARED_DOMAIN: "several accounts share the domain and no company name decides between them",
    MatchReason.SUSPECT_INPUT: "the contact uses letters that imitate others, so a person must look",
    MatchReason.NO_CANDIDATE: "no account resembles the contact",
    MatchReason.BELOW_REVIEW: "no account is likely enough to be worth a look",
}

SENTENCES: dict[EvidenceKind, str] = {
    EvidenceKind.PRIOR: "before anything is known, any one account is unlikely",
    EvidenceKind.DOMAIN: "the account owns the contact's domain {account}",
    EvidenceKind.DOMAIN_SIBLING: "the domains {contact} and {account} differ in their ending only",
    EvidenceKind.DOMAIN_OTHER: "the domains {contact} and {account} have nothing in common",
    EvidenceKind.DOMAIN_OWNER: "the contact's domain {contact} belongs to another account, {account}",
    EvidenceKind.DOMAIN_NAME: "how well the contact's domain {contact} spells the account's name {account}",
    EvidenceKind.DOMAIN_CONTACT: "the contact's domain {contact} spells a name that is not {account}",
    EvidenceKind.ACCOUNT_DOMAIN_NAME: "how well the account's domain {account} spells {contact}",
    EvidenceKind.NAME_SAME: "the company name {contact} is the account's name {account}",
    EvidenceKind.NAME_WORDS: "how far the words of {contact} and {account} agree",
    EvidenceKind.NAME_SPELLING: "how alike {contact} and {account} are letter by letter",
    EvidenceKind.NAME_MISSING: "how telling the words of {contact} are that {account} lacks",
    EvidenceKind.NAME_EXTRA: "how telling the words of {account} are that {contact} lacks",
    EvidenceKind.NAME_SWAPPED: "{contact} and {account} each have a telling word that the other lacks",
    EvidenceKind.NAME_KIND: "whether {contact} and {account} are the same kind of organisation by name",
    EvidenceKind.NAME_NATION: "whether the country in {contact} or {account} is the other's too",
    EvidenceKind.NAME_NUMBERS: "whether the numbers in {contact} and {account} agree",
    EvidenceKind.NAME_INITIALS: "one of {contact} and {account} is the initials of the other",
    EvidenceKind.NAME_PART: "only the part {contact} of the company given fits {account}",
    EvidenceKind.NAME_PLACEHOLDER: "{contact} is what people write who name no company",
    EvidenceKind.NAME_START: "one of {contact} and {account} begins with the other",
    EvidenceKind.NAME_RARITY: "how rare the words shared by {contact} and {account} are among all accounts",
    EvidenceKind.NAME_TAKEN: "another account fits the company name {contact} better",
    EvidenceKind.NAME_TWIN: "another account is called {contact} as well",
    EvidenceKind.NAME_ABSENT: "the contact gave no company name",
    EvidenceKind.LEGAL_FORM: "whether the legal forms of {contact} and {account} agree",
    EvidenceKind.COUNTRY: "country: contact {contact}, account {account}",
    EvidenceKind.CITY: "city: contact {contact}, account {account}",
    EvidenceKind.STATE: "state: contact {contact}, account {account}",
    EvidenceKind.PHONE: "the phone numbers agree",
    EvidenceKind.CRM_ID: "the CRM already has the contact on the account {account}",
    EvidenceKind.REMEMBERED: (
        "{contact} said on {account} that contacts of this company belong to the account"
    ),
    EvidenceKind.RIVALS: "other accounts fit as well",
}

NEVER = "{contact} said on {account} that contacts of this company never belong to the account"
"""The sentence of `EvidenceKind.REMEMBERED` where it speaks against the account."""


def sentence(result: MatchResult) -> str:
    """Return the result in one sentence: which account, how sure, why, and what stands next."""
    reason = REASONS[result.reason].format(decisive=result.decisive)
    winner = next((item for item in result.candidates if item.account_id == result.account_id), None)
    if winner is None:
        return f"Unmatched: {reason}."
    verb = "Matched to" if result.outcome is MatchOutcome.MATCHED else "For review, most likely"
    because = _strongest(winner)
    text = f"{verb} {winner.account_name} ({winner.account_id}) at {winner.score:.1%}: {reason}; {because}"
    other = next((item for item in result.candidates if item.account_id != result.account_id), None)
    return f"{text}; next is {other.account_name} at {other.score:.1%}." if other else f"{text}."


def _strongest(candidate: Candidate) -> str:
    said = [item for item in candidate.evidence if item.kind not in (EvidenceKind.PRIOR, EvidenceKind.RIVALS)]
    if not said:
        return "nothing in particular speaks for it"
    return "above all, " + describe(max(said, key=lambda item: item.points))


def describe(evidence: Evidence) -> str:
    """Return one piece of evidence in words, without its points."""
    against = evidence.kind is EvidenceKind.REMEMBERED and evidence.points < 0
    template = NEVER if against else SENTENCES[evidence.kind]
    return template.format(contact=_quoted(evidence.contact_value), account=_quoted(evidence.account_value))


def _quoted(value: str | None) -> str:
    return f"“{value}”" if value else "(not given)"


def table(candidate: Candidate) -> tuple[tuple[str, str], ...]:
    """Return a candidate's evidence as rows of points and words; the points add up to the last row."""
    body = [(f"{item.points:+.2f}", describe(item)) for item in candidate.evidence]
    return (*body, (f"{candidate.points:+.2f}", f"together: {candidate.score:.1%} that this is the account"))


def comparison(result: MatchResult) -> tuple[tuple[str, str], ...]:
    """Return what separates the best candidate from the next, as rows of points and words, largest first.

    A row above 0 speaks for the best: were it otherwise, the next would be closer by so much.
    """
    if len(result.candidates) < 2:
        return ()
    best, other = result.candidates[0], result.candidates[1]
    mine, theirs = _by_kind(best), _by_kind(other)
    gaps = []
    for kind in dict.fromkeys((*mine, *theirs)):
        gap = sum(item.points for item in mine.get(kind, ())) - sum(
            item.points for item in theirs.get(kind, ())
        )
        if abs(gap) >= 0.05 and kind is not EvidenceKind.RIVALS:
            shown = (mine.get(kind) or theirs[kind])[0]
            gaps.append((gap, describe(shown)))
    return tuple((f"{gap:+.2f}", text) for gap, text in sorted(gaps, key=lambda row: -abs(row[0])))


def _by_kind(candidate: Candidate) -> dict[EvidenceKind, list[Evidence]]:
    found: dict[EvidenceKind, list[Evidence]] = {}
    for item in candidate.evidence:
        found.setdefault(item.kind, []).append(item)
    return found
