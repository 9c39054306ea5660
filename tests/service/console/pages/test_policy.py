"""service/console/pages/policy.py: the numbers that match, and which decided when."""

from __future__ import annotations

from matching.policy import default_policy
from service.auth import Scope
from service.stewardship import tuning
from tests.service.console.conftest import Console, text_of


def test_a_policy_is_read_and_the_one_that_ships_put_in_force_again(demo: Console) -> None:
    page = text_of(demo.page("/policy"))
    assert "decides now" in page and "It has decided from the start" in page and "How sure" in page
    assert "domain_other" in page and "hint_same.anchored" in page  # as in the file, to be found there
    own = default_policy().model_copy(update={"name": "Ours"})
    tuning.activate(
        demo.services.database, own, author="ann", reason="Refitted in May", now=demo.services.now
    )
    page = demo.page("/policy")
    assert "Refitted in May" in page and "Put the one that ships in force" in page
    assert demo.post("/policy", version=default_policy().version).status_code == 422
    assert demo.post("/policy", version="nothing", reason="x").status_code == 422
    assert demo.colleague("editor").post("/policy", version="x", reason="x").status_code == 403
    done = demo.post("/policy", version=default_policy().version, reason="Back again")
    assert done.status_code == 303 and "Back again" in demo.page("/policy")
    old = demo.page(f"/policy?version={own.version}")
    assert "Put this one in force" in old and "decides now" not in old
    assert "Put this one" not in demo.colleague("reader", Scope.READ).page(f"/policy?version={own.version}")
