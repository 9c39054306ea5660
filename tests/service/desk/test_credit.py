"""What becomes of credit when a person gives a contact to another."""

from __future__ import annotations

from routing.types.decision import Credit
from routing.types.people import RepId
from service.desk.credit import passed_on

ANA, BO = RepId("ana"), RepId("bo")


def credit(rep: RepId, share: float, kind: str = "sourced") -> Credit:
    return Credit(kind=kind, rep=rep, share=share, rule="owner")


def test_the_new_rep_has_what_the_old_one_had() -> None:
    assert passed_on([credit(ANA, 0.7), credit(BO, 0.3, "other")], ANA, BO) == (
        credit(BO, 0.7),
        credit(BO, 0.3, "other"),
    )


def test_shares_of_one_kind_are_added() -> None:
    assert passed_on([credit(ANA, 0.5), credit(BO, 0.5)], ANA, BO) == (credit(BO, 1.0),)


def test_nobody_earns_nothing() -> None:
    assert passed_on([credit(ANA, 1.0)], ANA, None) == ()
