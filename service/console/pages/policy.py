"""The matching policy: the numbers that decide which account a contact belongs to, and which decided when."""

from __future__ import annotations

from starlette.responses import Response

from matching.policy import default_policy
from service.console import forms
from service.console.visit import Visit
from service.db import policies
from service.problems import Invalid
from service.stewardship import tuning

LISTED = 50
LONGEST = 500


def page(visit: Visit) -> Response:
    """The policy that decides now, or the one that is asked for, with the history."""
    return _show(visit)


def activate(visit: Visit) -> Response:
    """Put an earlier policy, or the one that ships, in force again."""
    version, reason = visit.form.get("version", ""), visit.form.get("reason", "").strip()[:LONGEST]
    shipped = default_policy().version
    try:
        with visit.services.database.read() as connection:
            wanted = None if version == shipped else policies.get(connection, version)
        if wanted is None and version != shipped:
            raise forms.wrong("version", "no policy of this version is on record")
        if not reason:
            raise forms.wrong("reason", "say why: it stays in the history")
    except Invalid as problem:
        return _show(visit, problem)
    tuning.activate(
        visit.services.database, wanted, author=visit.caller.name, reason=reason, now=visit.services.now
    )
    return visit.go("/policy")


def _show(visit: Visit, problem: Invalid | None = None) -> Response:
    shipped, asked = default_policy(), visit.query.get("version")
    with visit.services.database.read() as connection:
        live = visit.services.flow.policy(connection)
        history = policies.activations(connection, LISTED)
        stored = policies.get(connection, asked) if asked else None
    shown = shipped if asked == shipped.version else stored or live
    return visit.show(
        "policy.html",
        status=problem.status if problem else 200,
        problem=problem,
        policy=shown,
        live=live.version,
        shipped=shipped.version,
        thresholds=[
            (name, getattr(shown.thresholds, name), field.description or "")
            for name, field in type(shown.thresholds).model_fields.items()
        ],
        levels=sorted((kind.value, levels) for kind, levels in shown.levels.items()),
        history=history,
    )
