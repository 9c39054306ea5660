"""Muster itself: the shipped policy, accounts held in process."""

from __future__ import annotations

from bench.peers.files import Answers, Ready, Row

PACKAGES = ("rapidfuzz", "tldextract")


def run(accounts: list[Row], contacts: list[Row], ready: Ready) -> Answers:
    """Answer with the best candidate and the probability that it is right."""
    from bench.accuracy.data import to_account, to_query
    from matching.index import Index
    from matching.match import match_contact
    from matching.normalize import normalize
    from matching.policy import default_policy

    index = Index.build(map(to_account, accounts))
    ready()
    asked = [normalize(to_query(row).contact) for row in contacts]
    results = (
        match_contact(contact, considered, default_policy())
        for contact, considered in zip(asked, index.consider_all(asked), strict=True)
    )
    return {
        row["qid"]: (result.candidates[0].account_id, result.candidates[0].score)
        for row, result in zip(contacts, results, strict=True)
        if result.candidates
    }
