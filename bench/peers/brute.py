"""rapidfuzz over all names: the best `token_sort_ratio`, every contact against every account."""

from __future__ import annotations

from bench.peers.files import Answers, Ready, Row

PACKAGES = ("rapidfuzz",)


def run(accounts: list[Row], contacts: list[Row], ready: Ready) -> Answers:
    """Answer with the likest name, scored 0..1."""
    from rapidfuzz import fuzz, process, utils

    names = [utils.default_process(row["name"]) for row in accounts]
    ready()
    answers: Answers = {}
    for row in contacts:
        if asked := utils.default_process(row["company"]):
            found = process.extractOne(asked, names, scorer=fuzz.token_sort_ratio, processor=None)
            if found is not None:
                answers[row["qid"]] = (accounts[found[2]]["account_id"], found[1] / 100)
    return answers
