"""Many contacts at once. That they get the answers that each gets alone is in tests/properties."""

from __future__ import annotations

from typing import Any

import pytest

from matching import packed
from matching.bulk import judge_all
from matching.candidates import CLOSE_LOOK
from matching.chunks import Unpacked, unpack
from matching.index import Index
from matching.normalize import normalize
from matching.policy import default_policy
from matching.types import Contact
from tests.matching.cases import account


def test_only_accounts_that_get_a_close_look_or_own_the_domain_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    others = [account(f"a{at:02}", f"Nordlicht Werk{at} GmbH") for at in range(30)]
    index = Index.build([*others, account("b", "Quite Another", "nordlicht-optik.se")])
    contact = normalize(Contact(company="Nordlicht Werk7", email="x@nordlicht-optik.se"))
    made = []

    def counted(*given: Any) -> Unpacked:
        made.append(unpack(*given))
        return made[-1]

    monkeypatch.setattr(packed, "unpack", counted)
    (judged,) = judge_all([contact], index, default_policy())
    assert judged.chosen is not None
    assert {"a07", "b"} <= {each.account.id for each in made}
    assert len(made) <= CLOSE_LOOK < len(index.consider(contact).accounts)
