"""Exact e-mail domain, as HubSpot associates companies: the account whose website has the e-mail's domain."""

from __future__ import annotations

from bench.peers.files import Answers, Ready, Row, host

PACKAGES: tuple[str, ...] = ()


def run(accounts: list[Row], contacts: list[Row], ready: Ready) -> Answers:
    """Answer with the account that has the domain, scored 1; with the first of several, scored a half."""
    owners: dict[str, list[str]] = {}
    for row in accounts:
        for domain in {host(row["website"]), *map(host, row["domains"].split(";"))} - {""}:
            owners.setdefault(domain, []).append(row["account_id"])
    ready()
    answers: Answers = {}
    for row in contacts:
        if found := owners.get(host(row["email"])) if row["email"] else None:
            answers[row["qid"]] = (found[0], 1.0 if len(found) == 1 else 0.5)
    return answers
