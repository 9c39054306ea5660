"""Refitting a policy on people's answers: what it learns, what it leaves, and what it reports."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matching.design import Layout
from matching.index import Index
from matching.normalize import normalize
from matching.policy import default_policy, parse_policy, to_yaml
from matching.refit import Answered, refit
from matching.types import Account, AccountId, Contact, EvidenceKind
from tests.matching.cases import account

TOWNS = ("Ashford", "Birchwood", "Cedarville", "Dunmore", "Elmhurst", "Foxbridge", "Glenrock", "Hollyfield")
TRADES = ("Bakers", "Printers", "Weavers", "Millers", "Coopers", "Tanners", "Joiners", "Glaziers")


def accounts() -> list[Account]:
    """Companies whose short form leaves their trade out."""
    return [
        account(f"{town}-{trade}".lower(), f"{town} {trade} Limited", country="GB")
        for town, trade in zip(TOWNS, TRADES, strict=True)
    ]


def answers(agree: bool) -> list[Answered]:
    """What people said of contacts that gave the short form: it is the account, or it is none."""
    index = Index.build(accounts())
    out = []
    for place, each in enumerate(accounts()):
        for number in range(6):
            contact = normalize(
                Contact(external_id=f"{place}-{number}", company=each.name.split()[0], country="GB")
            )
            right = each.id if agree else None
            out.append(
                Answered(contact=contact, considered=index.consider(contact), right=right, company=each.name)
            )
    return out


def test_answers_move_the_points_towards_what_people_said() -> None:
    policy = default_policy()
    yes, no = refit(answers(True), policy, "yes"), refit(answers(False), policy, "no")
    assert yes.after.loss < yes.before.loss
    assert no.after.loss < no.before.loss
    assert yes.after.matched >= yes.before.matched
    assert yes.policy.level(EvidenceKind.COUNTRY, "same.alone") > no.policy.level(
        EvidenceKind.COUNTRY, "same.alone"
    )


def test_what_nobody_spoke_of_stays_and_curves_stay_monotone() -> None:
    policy = default_policy()
    found = refit(answers(True), policy, "ours").policy
    assert found.level(EvidenceKind.PHONE, "same") == policy.level(EvidenceKind.PHONE, "same")
    assert found.levels[EvidenceKind.REMEMBERED] == policy.levels[EvidenceKind.REMEMBERED]
    assert found.thresholds == policy.thresholds
    heights = [points for _, points in found.curves["name_missing.alone"]]
    assert heights == sorted(heights, reverse=True)


def test_the_same_answers_give_the_same_policy_in_any_order() -> None:
    given = answers(True)
    one, two = (refit(each, default_policy(), "ours").policy for each in (given, given[::-1]))
    assert one.version == two.version


def test_what_the_crm_said_is_not_evidence_of_itself() -> None:
    given = [replace(each, contact=replace(each.contact, account_id=each.right)) for each in answers(True)]
    assert (
        refit(given, default_policy(), "ours").before == refit(answers(True), default_policy(), "ours").before
    )


def test_answers_about_too_few_companies_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 5 companies"):
        refit(answers(True)[:6], default_policy(), "ours")


def test_a_policy_written_as_a_file_is_read_back_the_same() -> None:
    policy = default_policy().model_copy(
        update={"off": frozenset((EvidenceKind.PHONE,)), "free_domains": frozenset(("mail.example",))}
    )
    assert parse_policy(to_yaml(policy)) == policy


def test_a_policy_is_its_coefficients() -> None:
    policy = default_policy()
    layout = Layout(policy)
    assert layout.policy(policy, layout.coefficients(policy), policy.name) == policy


def test_the_right_account_that_was_not_looked_at_counts_as_none() -> None:
    given = [replace(each, right=AccountId("elsewhere")) for each in answers(True)]
    assert refit(given, default_policy(), "ours").after.matched == 0
