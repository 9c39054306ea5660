"""service/audit/words.py: whatever is on record has words that a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import typer
from fastapi.routing import iter_route_contexts
from ruamel.yaml import YAML
from starlette.routing import Route

from service.api.endpoint import Endpoint
from service.audit import words
from service.audit.log import DECIDED
from service.cli import app
from service.console.routes import ROUTES
from service.delivery.links import Action
from tests.described import APP

OPEN = {"/sign-in", "/sign-in/away", "/password"}
"""Forms of those who have not signed in: nobody's, so not on record."""
READ_ONLY = """
    audit head, audit list, audit verify, bench accuracy, bench flow, bench speed, db current, db
    rebuild-keys, db upgrade, demo, doctor, handover show, hygiene, keys list, match, openapi, people
    list, policy check, policy history, policy refit, policy show, pools export, pools fairness, pools
    ledger, pools list, pools next, program activations, program engagement, program measures, program
    nominations, program quarter, program signals unmatched, program status, program targets, replay,
    report, rules check, rules diff, rules explain, rules lint, rules plan, rules pull, rules report,
    rules scheduled, rules schema, rules test, rules versions, rules watch, serve, shadow disagreements,
    shadow report, sources list, sources show
"""
"""Commands that change nothing of the configuration."""


def commands(command: Any, path: str) -> Iterator[str]:
    """The commands there are, as they are on record."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path
        return
    for name in inner:
        yield from commands(inner[name], f"{path} {name}")


def test_every_action_has_words_and_no_words_are_of_none() -> None:
    calls = {
        f"{method} {route.path}"
        for route in (context.original_route for context in iter_route_contexts(APP.routes))
        if isinstance(route, Endpoint)
        for method in route.methods - {"GET", "HEAD"}
    }
    forms = {
        f"console {route.path}"
        for route in ROUTES
        if isinstance(route, Route) and "POST" in (route.methods or ()) and route.path not in OPEN
    }
    read_only = {f"muster {name}" for name in " ".join(READ_ONLY.split()).split(", ")}
    there = set(commands(typer.main.get_command(app), "muster"))
    assert read_only < there
    links = {f"link {action}" for action in Action}
    own = {DECIDED, "erase", "program quarter begins"}
    of_before = {"muster", "muster secrets"}  # entries stay, whatever a command is called now
    assert calls | forms | links | own | of_before | (there - read_only) == set(words.words())


def test_an_action_stands_in_the_table_once() -> None:
    table = YAML(typ="safe", pure=True).load(
        (files("service.audit") / "words.yaml").read_text(encoding="utf-8")
    )
    counted = Counter(action for actions in table.values() for action in actions)
    assert [action for action, times in counted.items() if times > 1] == []


def test_a_change_says_what_it_did_and_what_has_no_words_is_as_it_is() -> None:
    assert words.said("changed", {"before": None, "after": {"role": "AE"}}) == "made"
    assert words.said("changed", {"before": {"role": "AE"}, "after": {"role": "AM"}}) == "changed"
    assert words.said("changed", {"before": {"role": "AE"}, "after": None}) == "removed"
    assert words.said("PUT /v1/pools/{identifier:path}", {}) == "stored a pool"
    assert words.said("PUT /v0/long-gone", {}) == "PUT /v0/long-gone"


def test_actions_are_found_by_their_words() -> None:
    assert {"muster shadow on", "console /shadow", "PUT /v1/shadow"} <= set(words.called("the Shadow"))
    assert words.called("PUT /v0/long-gone") == ("PUT /v0/long-gone",)
    assert words.called("removed") == ("removed", "changed")
