"""The addresses of the console, and who may use each: the whole map in one list.

Whoever has `Scope.READ` may look at a page unless it says otherwise; what a
form changes takes `Scope.OPS_EDITOR` unless it says otherwise.
"""

from __future__ import annotations

from starlette.convertors import IntegerConvertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.auth import Scope
from service.console.pages import (
    access,
    accounts,
    audit,
    calendars,
    decision,
    decisions,
    deliveries,
    disputes,
    drafting,
    engagement,
    handovers,
    imports,
    measures,
    overview,
    planning,
    policy,
    pool_changes,
    pools,
    program,
    program_campaigns,
    program_plans,
    program_report,
    releasing,
    rep_changes,
    reports,
    reps,
    reviews,
    rulebook,
    settings,
    shadow,
    signing,
    sources,
    trying,
    watching,
)
from service.console.static_files import STATIC
from service.console.visit import Page, open_page, page
from service.http.limits import Work


class _Number(IntegerConvertor):
    """A number of a row: what no database could hold is no address."""

    regex = "[0-9]{1,18}"


register_url_convertor("number", _Number())

_FOR_EVER = "public, max-age=31536000, immutable"


async def static(request: Request) -> Response:
    """A file that the pages load."""
    found = STATIC.get(request.path_params["name"])
    if found is None:
        raise HTTPException(404)
    kept = _FOR_EVER if request.query_params.get("v") == found.digest else "no-cache"
    headers = {"cache-control": kept, "vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            found.packed, media_type=found.media_type, headers=headers | {"content-encoding": "gzip"}
        )
    return Response(found.body, media_type=found.media_type, headers=headers)


def _see(path: str, function: Page, needs: Scope | None = Scope.READ, work: Work | None = None) -> Route:
    return Route(path, page(function, needs=needs, work=work), methods=["GET"])


def _do(
    path: str,
    function: Page,
    needs: Scope | None = Scope.OPS_EDITOR,
    work: Work | None = None,
    *,
    long: bool = False,
) -> Route:
    return Route(path, page(function, needs=needs, work=work, long=long), methods=["POST"])


ROUTES = (
    Route("/sign-in", open_page(signing.ask)),
    Route("/sign-in", open_page(signing.sign_in), methods=["POST"]),
    Route("/sign-in/away", open_page(signing.away), methods=["POST"]),
    Route("/sign-in/back", open_page(signing.back)),
    Route("/password", open_page(signing.ask_password)),
    Route("/password", open_page(signing.set_password), methods=["POST"]),
    Route("/static/{name}", static),
    _do("/sign-out", signing.sign_out, None),
    _see("/", overview.overview),
    _see("/pace", reports.pace, work=Work.READ),
    _see("/reports/{report}/{measure}", reports.counted, work=Work.READ),
    _see("/decisions", decisions.listing),
    _see("/decisions/{decision_id}", decision.one),
    _see("/reviews", reviews.listing),
    _see("/reviews/accounts", reviews.accounts),
    _see("/reviews/{decision_id}", reviews.one),
    _do("/reviews/{decision_id}/claim", reviews.hold),
    _do("/reviews/{decision_id}/leave", reviews.put_back),
    _do("/reviews/{decision_id}/settle", reviews.settle),
    _do("/reviews/{decision_id}/again", reviews.again),
    _do("/reviews/{decision_id}/undo", reviews.undo),
    _see("/try", trying.blank),
    _do("/try", trying.preview, Scope.MATCH, work=Work.RULES),
    _see("/accounts", accounts.search, work=Work.READ),
    _do("/accounts/{external_id:path}/domains", accounts.judge),
    _do("/accounts/{external_id:path}/answers/{memory_id:number}/undo", accounts.forget),
    _see("/accounts/{external_id:path}", accounts.one),
    _see("/policy", policy.page),
    _do("/policy", policy.activate, Scope.OPS_APPROVER),
    _see("/reps", reps.listing),
    _do("/reps/{rep:path}/absences", rep_changes.add_absence),
    _do("/reps/{rep:path}/absences/end", rep_changes.end_absence),
    _do("/reps/{rep:path}/hours", rep_changes.save_hours),
    _do("/reps/{rep:path}/switch", rep_changes.switch),
    _see("/reps/{rep:path}", reps.one),
    _see("/pools", pools.listing),
    _do("/pools", pool_changes.make),
    _see("/pools/{name:path}/settings", pool_changes.settings),
    _do("/pools/{name:path}/settings", pool_changes.save),
    _see("/pools/{name:path}/ledger", pools.turns),
    _do("/pools/{name:path}/members", pool_changes.member),
    _do("/pools/{name:path}/give-back", pool_changes.give_back),
    _do("/pools/{name:path}/correct", pool_changes.correct),
    _do("/pools/{name:path}/reset", pool_changes.reset),
    _do("/pools/{name:path}/remove", pool_changes.remove),
    _see("/pools/{name:path}", pools.one),
    _see("/calendars", calendars.page),
    _do("/calendars", calendars.add),
    _do("/calendars/remove", calendars.remove),
    _do("/calendars/feeds", calendars.set_feed),
    _do("/calendars/feeds/forget", calendars.forget_feed),
    _do("/calendars/feeds/back", calendars.put_back_feed),
    _see("/handovers", handovers.listing),
    _do("/handovers", handovers.plan, work=Work.WRITE),
    _see("/handovers/new", handovers.blank, Scope.OPS_EDITOR),
    _see("/handovers/{handover_id}", handovers.one),
    _do("/handovers/{handover_id}/apply", handovers.apply, work=Work.WRITE),
    _do("/handovers/{handover_id}/undo", handovers.undo, work=Work.WRITE),
    _do("/handovers/{handover_id}/again", handovers.again, work=Work.WRITE),
    _see("/disputes", disputes.listing),
    _do("/disputes", disputes.start),
    _see("/disputes/new", disputes.blank, Scope.OPS_EDITOR),
    _see("/disputes/{dispute_id}", disputes.one),
    _do("/disputes/{dispute_id}/settle", disputes.settle),
    _see("/program", program.overview),
    _do("/program/nominations", program.nominate, Scope.READ),
    _see("/program/nominations/{nomination_id}", program.one),
    _do("/program/nominations/{nomination_id}/review", program.review, Scope.READ),
    _do("/program/nominations/{nomination_id}/withdraw", program.withdraw, Scope.READ),
    _see("/program/measures", measures.overview),
    _see("/program/measures/numbers", measures.numbers, work=Work.READ),
    _see("/program/measures/{counted}", measures.rows, work=Work.READ),
    _see("/program/plans", program_plans.listing),
    _do("/program/plans", program_plans.write, Scope.READ),
    _see("/program/plans/new", program_plans.blank),
    _see("/program/plans/{plan}", program_plans.one),
    _see("/program/plans/{plan}/edit", program_plans.edit),
    _do("/program/plans/{plan}/agree", program_plans.agree, Scope.READ),
    _do("/program/plans/{plan}/end", program_plans.end, Scope.READ),
    _do("/program/plans/{plan}/focus", program_plans.focus, Scope.READ),
    _see("/program/meetings/{meeting}", program_plans.meeting),
    _do("/program/meetings/{meeting}", program_plans.hold, Scope.READ),
    _see("/program/plays", program_campaigns.catalogue),
    _do("/program/plays", program_campaigns.put_play),
    _see("/program/campaigns", program_campaigns.listing),
    _do("/program/campaigns", program_campaigns.write),
    _see("/program/campaigns/new", program_campaigns.blank, Scope.OPS_EDITOR),
    _see("/program/campaigns/{campaign}", program_campaigns.one),
    _see("/program/campaigns/{campaign}/edit", program_campaigns.edit, Scope.OPS_EDITOR),
    _do("/program/campaigns/{campaign}/turn", program_campaigns.turn),
    _do("/program/campaigns/{campaign}/members", program_campaigns.join, work=Work.WRITE),
    _do("/program/campaigns/{campaign}/members/remove", program_campaigns.leave),
    _do("/program/campaigns/{campaign}/members/back", program_campaigns.put_back),
    _see("/program/reports/{report_id}", program_report.kept, work=Work.READ),
    _see("/program/360/{account:path}", program_report.now, work=Work.READ),
    _do("/program/360/{account:path}", program_report.make, work=Work.READ),
    _see("/program/engagement", engagement.listing, work=Work.READ),
    _see("/program/engagement/unmatched", engagement.unmatched),
    _do("/program/engagement/unmatched", engagement.place),
    _see("/program/engagement/accounts/{account:path}", engagement.one),
    _see("/rulebook", rulebook.live),
    _see("/rulebook/diff", rulebook.diff),
    _see("/rulebook/draft", drafting.one),
    _do("/rulebook/draft", drafting.save, long=True),
    _do("/rulebook/draft/drop", drafting.drop),
    _do("/rulebook/draft/back", drafting.put_back),
    _do("/rulebook/draft/check", drafting.check, Scope.READ, work=Work.RULES, long=True),
    _do("/rulebook/draft/tests", drafting.test, Scope.READ, work=Work.RULES, long=True),
    _do("/rulebook/draft/review", releasing.review, Scope.OPS_APPROVER),
    _do("/rulebook/draft/publish", releasing.publish, Scope.OPS_APPROVER, work=Work.RULES),
    _see("/rulebook/catalogue", drafting.catalogue),
    _see("/rulebook/watch", watching.page, work=Work.READ),
    _see("/rulebook/rollback", releasing.look_back, work=Work.RULES),
    _do("/rulebook/rollback", releasing.roll_back, Scope.OPS_APPROVER, work=Work.RULES),
    _do("/rulebook/schedule/{schedule_id:number}/cancel", releasing.cancel, Scope.OPS_APPROVER),
    _do("/rulebook/plans", planning.start, work=Work.RULES),
    _see("/rulebook/plans/{plan_id}", planning.one),
    _do("/rulebook/plans/{plan_id}/stop", planning.stop),
    _see("/rulebook/plans/{plan_id}/changes", planning.changes),
    _see("/rulebook/plans/{plan_id}/changes/{decision_id}", planning.change),
    _see("/rulebook/{version}", rulebook.version),
    _see("/shadow", shadow.page, work=Work.READ),
    _do("/shadow", shadow.switch, Scope.OPS_APPROVER),
    _see("/imports", imports.listing),
    _do("/imports", imports.propose, work=Work.WRITE),
    _see("/imports/{import_id}", imports.one, work=Work.READ),
    _see("/imports/{import_id}/tried", imports.tried, Scope.OPS_EDITOR, work=Work.WRITE),
    _do("/imports/{import_id}/columns", imports.revise, work=Work.WRITE),
    _do("/imports/{import_id}/start", imports.start, work=Work.WRITE),
    _do("/imports/{import_id}/drop", imports.drop),
    _see("/imports/{import_id}/errors", imports.errors),
    _see("/sources", sources.listing),
    _do("/sources", sources.create),
    _see("/sources/{name}", sources.one),
    _do("/sources/{name}", sources.change),
    _do("/sources/{name}/retry", sources.retry),
    _do("/sources/{name}/items/{item:number}/retry", sources.retry),
    _see("/deliveries", deliveries.listing),
    _see("/deliveries/{delivery_id:number}", deliveries.one),
    _do("/deliveries/{delivery_id:number}/replay", deliveries.replay),
    _do("/deliveries/destinations", deliveries.create, Scope.ADMIN),
    _do("/deliveries/destinations/{destination_id}", deliveries.change),
    _do("/deliveries/destinations/{destination_id}/replay", deliveries.replay_dead),
    _see("/access", access.overview, Scope.ADMIN),
    _do("/access/people", access.invite, Scope.ADMIN),
    _do("/access/people/{person_id}", access.change, Scope.ADMIN),
    _do("/access/keys", access.make_key, Scope.ADMIN),
    _do("/access/keys/{key_id}/revoke", access.revoke_key, Scope.ADMIN),
    _see("/audit", audit.listing, Scope.ADMIN),
    _see("/settings", settings.page, Scope.ADMIN),
)
