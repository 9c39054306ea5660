"""The form of a hand-over as the request that the API takes, and its choices in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from service.console import forms
from service.handover.request import HandoverRequest, Kind

Options = tuple[tuple[str, str], ...]

KINDS: Mapping[Kind, tuple[str, str]] = {
    Kind.LEAVES: ("leaves the company", "Everything passes on, and the rep gets nothing more."),
    Kind.LEAVE: ("goes on leave", "Accounts are lent until the rep is back; then they are the rep's again."),
    Kind.MOVES: ("moves to another territory or role", "Some accounts pass on, perhaps after a holdover."),
}
WORK: Options = (
    ("rules", "The live rules decide"),
    ("with_account", "Whoever gets the account"),
    ("manager", "The rep's manager"),
    ("keep", "It stays"),
)
DEALS: Options = WORK[1:]
USUAL: Mapping[str, str] = {
    "opportunities": "with the account when the rep leaves or moves, else kept",
    "untouched": "the live rules decide",
    "in_work": "with the account when the rep leaves, else kept",
    "covers": "the manager, else kept",
    "team": "the rep's own manager, else kept",
    "pools": "left when the rep leaves, else kept",
}
"""What happens where nothing is chosen."""


def receivers(reps: Iterable[tuple[str, str]], pools: Iterable[str]) -> Options:
    """To whom things may pass: reps, and pools whose members share them."""
    return (
        *((f"members_of:{pool}", f"Shared by the members of {pool}") for pool in pools),
        *((f"rep:{rep}", name) for rep, name in reps),
    )


def request(form: Mapping[str, str], zone: ZoneInfo) -> HandoverRequest:
    """The request that a form makes, its times on the clocks of ``zone``. Raises Invalid."""
    said: dict[str, Any] = {
        "rep": form.get("rep", ""),
        "kind": form.get("kind", ""),
        "reason": form.get("reason", ""),
        "from": forms.moment(form, "from", zone),
        "until": forms.moment(form, "until", zone),
        "accounts": _accounts(form),
        "where": _where(form),
        "holdover": _holdover(form),
        "join": forms.listed(form.get("join", "")),
        "keep_stages": forms.listed(form.get("keep_stages", "")),
        "roles": forms.listed(form.get("roles", "")) or None,
        "return_assignments": "return_assignments" in form,
        "pools": form.get("pools") or None,
        "open_matters": form.get("open_matters") or None,
    }
    said |= {name: _receiver(form.get(name, "")) for name in ("opportunities", "untouched", "in_work")}
    said |= {name: _receiver(form.get(name, "")) for name in ("covers", "team")}
    given = {name: value for name, value in said.items() if value not in (None, [], False, "")}
    return forms.read(HandoverRequest, given, "The hand-over cannot be planned")


def _receiver(text: str) -> Any:
    kind, _, name = text.partition(":")
    return {kind: name} if kind in ("rep", "members_of") and name else text or None


def _accounts(form: Mapping[str, str]) -> Any:
    if form.get("territory", "").strip():
        return _territory(form["territory"])
    if split := forms.listed(form.get("split", "")):
        return {"split": split}
    return _receiver(form.get("accounts", "")) or "manager"


def _territory(text: str) -> dict[str, Any]:
    """Lines such as ``DE, AT: ana`` or ``US / enterprise: ben``, the last ``otherwise: cho``."""
    rows, otherwise = [], None
    for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
        places, _, rep = line.rpartition(":")
        if not places.strip() or not rep.strip():
            raise forms.wrong("territory", f"line {number} is written as: DE, AT: ana")
        if places.strip() == "otherwise":
            otherwise = rep.strip()
            continue
        countries, _, segments = places.partition("/")
        row = {"country": forms.listed(countries) or None, "segment": forms.listed(segments) or None}
        rows.append({"to": rep.strip()} | {name: value for name, value in row.items() if value})
    if otherwise is None or not rows:
        raise forms.wrong("territory", "needs a line for a place, and at the end: otherwise: REP")
    return {"territory": rows, "otherwise": otherwise}


def _where(form: Mapping[str, str]) -> dict[str, Any] | None:
    said = {
        "country": forms.listed(form.get("where_country", "")),
        "segment": forms.listed(form.get("where_segment", "")),
        "account_ids": forms.listed(form.get("where_accounts", "")),
    }
    return {name: value for name, value in said.items() if value} or None


def _holdover(form: Mapping[str, str]) -> dict[str, Any] | None:
    days = form.get("holdover", "").strip()
    if not days:
        return None
    if not days.isdecimal() or len(days) > 4:
        raise forms.wrong("holdover", "must be a number of days, or empty for none")
    return {"days": int(days)}
