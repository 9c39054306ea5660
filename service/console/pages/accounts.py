"""Accounts: found and filtered, what is wrong with them, and one with all that is known of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from matching.types import Alias
from service.console.links import listed
from service.console.told import Told, Undo
from service.console.visit import Visit
from service.db import account_list, accounts, console, decision_list, domain_verdicts, memory
from service.db.account_list import Wanted
from service.db.account_state import OWNER
from service.db.domain_verdicts import Verdict, Word
from service.db.timeline import in_force
from service.explanation import CALLED
from service.problems import Malformed, NotFound
from service.stewardship import hygiene
from service.stewardship.hygiene import BadCursor, Kind
from service.stewardship.reviews import Reviews

JUDGED = {
    Verdict.TRUST: "{} is theirs, and counts from now on.",
    Verdict.NEVER: "{} is not theirs, and is not learned again.",
    Verdict.QUARANTINE: "Taken back: {} counts as it did before.",
}
PAGE = 50
FINDINGS = 30
DECISIONS, PEOPLE, DEALS, TOUCHES, ANSWERS = 15, 20, 20, 20, 20
PATH = "/accounts"
_FILTERS = ("search", "owner", "tier", "country", "lifecycle")
AS_GIVEN = Alias(name="").source
NOBODY = "-"
"""What a filter is called that wants accounts without an owner, or without a tier."""
LOOKS: Mapping[str, str] = {
    "": "All accounts",
    Kind.DUPLICATES: "Perhaps one company",
    Kind.QUARANTINED_DOMAINS: "Learned domains to confirm",
    Kind.SHARED_DOMAINS: "Shared domains",
    Kind.GARBAGE_DOMAINS: "Domains of too many",
}
ADVICE: Mapping[str, str] = {
    Kind.DUPLICATES: "Merge them in the CRM, or make one the parent of the other: nothing tells them apart.",
    Kind.QUARANTINED_DOMAINS: "A contact came with this domain and was matched to the account. Confirm it, "
    "and it counts at once; refuse it, and it is not learned again.",
    Kind.SHARED_DOMAINS: "The domain does not tell which is meant. Take it away where it is borrowed.",
    Kind.GARBAGE_DOMAINS: "They count for nothing: hosts, agencies, registrars. Take them away in the CRM.",
}


def search(visit: Visit) -> Response:
    """Accounts by filters, a page at a time; or what is wrong with some of them."""
    look = visit.query.get("look", "")
    if look in set(Kind) - {Kind.NO_DOMAIN}:
        return _wrong(visit, Kind(look))
    chosen = {name: visit.query[name] for name in _FILTERS if name in visit.query}
    wanted = _wanted(chosen, no_domain=look == Kind.NO_DOMAIN)
    if wanted.no_domain:
        chosen["look"] = look
    now, number = visit.services.now(), _number(visit)
    with visit.services.database.read() as connection:
        total = account_list.count(connection, wanted, now)
        rows = account_list.page(connection, wanted, now, after=PAGE * (number - 1), limit=PAGE)
        values: dict[str, Any] = {
            "rows": rows,
            "chosen": chosen,
            "total": total,
            "first": PAGE * (number - 1) + 1,
            "before": listed(PATH, chosen, page=str(number - 1)) if number > 1 else None,
            "after": listed(PATH, chosen, page=str(number + 1)) if total > PAGE * number else None,
            "names": console.rep_names(connection),
        }
        if visit.fragment:
            return visit.show("account_list.html", **values)
        return visit.show(
            "accounts.html",
            looks=LOOKS,
            look="",
            nobody=NOBODY,
            no_domain=Kind.NO_DOMAIN.value,
            choices=account_list.choices(connection),
            **values,
        )


def _number(visit: Visit) -> int:
    said = visit.query.get("page", "")
    return max(int(said), 1) if said.isdecimal() and len(said) < 7 else 1


def _wanted(chosen: Mapping[str, str], *, no_domain: bool) -> Wanted:
    given = {
        name: "" if value == NOBODY and name in ("owner", "tier") else value for name, value in chosen.items()
    }
    return Wanted(**given, no_domain=no_domain)


def _wrong(visit: Visit, kind: Kind) -> Response:
    """Accounts that something is wrong with, of one kind."""
    cursor = visit.query.get("after")
    try:
        with visit.services.database.read() as connection:
            policy = visit.services.flow.policy(connection)
            found = hygiene.report(connection, kind, policy, cursor, FINDINGS)
    except BadCursor:
        raise Malformed("This page of the list cannot be found again; begin with the first") from None
    return visit.show(
        "account_findings.html",
        looks=LOOKS,
        look=kind.value,
        advice=ADVICE[kind],
        findings=[(each, hygiene.in_words(each)) for each in found.findings],
        learned=kind is Kind.QUARANTINED_DOMAINS,
        after=listed(PATH, look=kind, after=found.next_cursor) if found.next_cursor else None,
    )


def one(visit: Visit) -> Response:
    """One account: what it is known by, whose it is and was, its family, what came in for it."""
    now = visit.services.now()
    external_id = visit.params["external_id"]
    with visit.services.database.read() as connection:
        account = accounts.get(connection, external_id)
        if account is None:
            raise NotFound("There is no account with this id")
        people, number = account_list.people(connection, external_id, limit=PEOPLE)
        wanted = decision_list.Wanted(account=external_id)
        return visit.show(
            "account.html",
            account=account,
            called=", ".join(map(_called, account.aliases)),
            names=console.rep_names(connection),
            roles=sorted(account.roles.items(), key=lambda each: (each[0] != OWNER, each[0])),
            held={role: in_force(spans, now) for role, spans in account.roles.items()},
            tier=in_force(account.tiers, now),
            needed=domain_verdicts.SUPPORT_NEEDED,
            refused=domain_verdicts.refusals(connection, external_id),
            parts={each.domain: domain_verdicts.part(account, each.domain) for each in account.domains},
            family=account_list.family(connection, external_id),
            largest=account_list.LARGEST,
            people=people,
            number=number,
            deals=account_list.deals(connection, external_id, limit=DEALS),
            touches=account_list.touches(connection, external_id, limit=TOUCHES),
            answers=memory.page(connection, memory.Filter(account_id=external_id), None, ANSWERS),
            rows=decision_list.page(connection, wanted, None, DECISIONS),
            counted=decision_list.count(connection, wanted),
        )


def judge(visit: Visit) -> Response:
    """Confirm or refuse a domain that contacts came with, or take either back."""
    external_id, domain = visit.params["external_id"], visit.form.get("domain", "")
    word, now = Word(by=visit.caller.name), visit.services.now()
    try:
        verdict = Verdict(visit.form.get("verdict", ""))
    except ValueError:
        raise Malformed("Send the form from the account's page") from None
    before = visit.services.database.transact(
        lambda c: domain_verdicts.judge(c, external_id, domain, verdict, word, now)
    )
    if before is None:
        raise NotFound(
            "The account has no such domain; somebody else may have been quicker. Load the page again"
        )
    back = {"domain": domain, "verdict": before.value}
    undo = Undo(path=f"{_address(external_id)}/domains", form=back) if before is not verdict else None
    return visit.tell(Told(said=JUDGED[verdict].format(domain), undo=undo), _address(external_id))


def forget(visit: Visit) -> Response:
    """Let something that a person said of a match with this account no longer count."""
    services = visit.services
    reviews = Reviews(services.database, services.flow, services.now)
    reviews.forget(visit.params["memory_id"], visit.caller.name)
    return visit.go(f"{_address(visit.params['external_id'])}#answers")


def _called(alias: Alias) -> str:
    said = [CALLED[alias.kind]] if alias.kind in CALLED else []
    said += [f"from {alias.source}"] if alias.source != AS_GIVEN else []
    return f"{alias.name} ({', '.join(said)})" if said else alias.name


def _address(external_id: str) -> str:
    return f"{PATH}/{quote(external_id, safe='')}"
