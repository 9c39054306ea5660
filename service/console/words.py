"""What the console calls the outcomes, and the colour each has everywhere."""

from __future__ import annotations

PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("/", "Overview", ()),
    ("/decisions", "Decisions", ()),
    ("/reviews", "Review queue", ()),
    ("/try", "Try a contact", ()),
    ("/accounts", "Accounts", ()),
    ("/pools", "Reps and pools", ("/reps", "/calendars", "/handovers", "/disputes")),
    ("/program", "Program", ()),
    ("/rulebook", "Rulebook", ("/shadow", "/policy")),
    ("/imports", "Imports", ()),
    ("/sources", "Sources", ()),
    ("/deliveries", "Deliveries", ()),
)
"""The menu of everybody, each page with the beginnings of other addresses that belong to it."""
ADMIN_PAGES = (("/access", "People and keys"), ("/audit", "Audit log"), ("/settings", "Settings"))
"""And those that admins see."""
PROGRAM_PAGES = (
    ("/program", "Board"),
    ("/program/plans", "Plans"),
    ("/program/campaigns", "Campaigns"),
    ("/program/plays", "Plays"),
    ("/program/engagement", "Engagement"),
    ("/program/measures", "Measures"),
)
"""The pages of the program, in one row."""
TIER = {"strategic": "Strategic", "one_to_few": "1:few", "one_to_many": "1:many"}
ACTIVATION = {
    "people": ("Several people", "info"),
    "score": ("Score", "info"),
    "stage": ("Buying stage", "good"),
}
NOMINATION = {
    "nominated": ("To be decided", "warn"),
    "waitlisted": ("Waitlisted", "ask"),
    "approved": ("Approved", "good"),
    "active": ("Strategic", "good"),
    "declined": ("Declined", "quiet"),
    "withdrawn": ("Taken back", "quiet"),
    "lapsed": ("Lapsed", "quiet"),
}
CAMPAIGN = {
    "planned": ("Planned", "info"),
    "active": ("Running", "good"),
    "done": ("Done", "quiet"),
    "cancelled": ("Cancelled", "quiet"),
}
MEETING = {"review": "Review", "focus": "Focus session"}
TOPIC = {
    "missed": "Promises missed",
    "opportunities_opened": "Opportunities opened",
    "opportunities_closed": "Opportunities closed",
    "opportunities_silent": "Open opportunities on which nothing was said",
    "new_contacts": "New contacts",
    "engagement": "People who wrote or answered",
    "campaigns": "Campaigns that began, ended or were answered",
    "no_campaign": "No personalised campaign runs",
    "plan_not_agreed": "Sales and marketing do not agree on the plan yet",
}
"""What the items of an agenda are about."""
ROUTING = {
    "assigned": ("Assigned", "good"),
    "held": ("Held", "warn"),
    "asked": ("Asked", "ask"),
    "queued": ("In a queue", "info"),
    "rejected": ("Rejected", "quiet"),
    "superseded": ("Superseded", "quiet"),
    "shadow": ("Shadow", "quiet"),
}
MATCH = {
    "matched": ("Matched", "good"),
    "review": ("To confirm", "warn"),
    "unmatched": ("No account", "quiet"),
}
WAITING = {
    "held": ("Held", "warn"),
    "asked": ("Question open", "ask"),
    "review": ("Match to confirm", "warn"),
}
VERDICT = {
    "won": ("Won", "good"),
    "agreed": ("Agreed", "good"),
    "outranked": ("Outranked", "info"),
    "overturned": ("Overturned", "info"),
    "nobody": ("Nobody there", "warn"),
    "not_applicable": ("Does not apply", "quiet"),
    "expired": ("Over", "quiet"),
    "not_yet": ("Not yet", "quiet"),
}
INBOX = {
    "waiting": ("Waiting", "warn"),
    "fetching": ("Record being got", "info"),
    "decided": ("Decided", "good"),
    "applied": ("Kept", "good"),
    "ignored": ("Ignored", "quiet"),
    "quarantined": ("Quarantined", "bad"),
    "conflict": ("Conflict", "bad"),
}
DELIVERY = {
    "waiting": ("Waiting", "warn"),
    "sending": ("Sending", "info"),
    "delivered": ("Delivered", "good"),
    "dead": ("Given up", "bad"),
}
DESTINATION = {
    "webhook": "Webhook",
    "cloudevents": "CloudEvents",
    "salesforce": "Salesforce",
    "hubspot": "HubSpot",
    "slack": "Slack",
    "email": "E-mail",
}
ONE = {"accounts": "account", "reps": "rep"}
TRIED = {
    "created": "New",
    "updated": "Changed",
    "unchanged": "As they are already",
    "refused": "Refused",
}
TRIED_CONTACTS = {"created": "New, to be decided", "unchanged": "Decided before", "refused": "Refused"}
EVENT_GROUP = {
    "contact": "Contacts",
    "assignment": "Clocks",
    "rep": "Reps",
    "rulebook": "The rulebook",
    "dispute": "Disputes",
    "handover": "Hand-overs",
    "program": "The program",
}
EVENT = {
    "contact.assigned": "a rep has it, anew or still",
    "contact.held": "it is kept until a time, or until somebody is there",
    "contact.queued": "it is in a queue",
    "contact.rejected": "nobody acts",
    "contact.asked": "a person must answer a question",
    "contact.review": "a person should confirm the account",
    "assignment.reminder": "one is about to run out",
    "assignment.breached": "one ran out",
    "assignment.escalated": "one ran out: for those who see to it",
    "rep.offline": "clocks ran out too often; switched offline",
    "rulebook.published": "a scheduled version went live",
    "rulebook.refused": "a scheduled version did not",
    "rulebook.drift": "shares moved since it went live",
    "dispute.opened": "a rep claims a contact",
    "dispute.escalated": "it was not settled in time",
    "dispute.resolved": "it is settled",
    "handover.applied": "it is done",
    "handover.undone": "it was put back",
    "handover.returned": "a leave has ended",
    "program.window_opened": "nominations are taken",
    "program.nominated": "an account is nominated",
    "program.decided": "a nomination is decided",
    "program.quarter_began": "who entered, stayed and left",
    "program.tier_changed": "an account is in another tier",
    "program.plan_agreed": "a plan is agreed on",
    "program.review_due": "a plan is to be reviewed",
    "program.report_made": "a report can be read",
}
LEDGER = {
    "draw": ("Turn", "good"),
    "missed": ("Passed while away", "quiet"),
    "give_back": ("Given back", "info"),
    "join": ("Joined", "info"),
    "leave": ("Left", "quiet"),
    "reweight": ("New weight", "info"),
    "reset": ("From zero", "info"),
    "owned": ("By another rule", "info"),
    "manual": ("By hand", "info"),
    "correct": ("Corrected", "info"),
}
HANDOVER = {
    "planned": ("A plan", "info"),
    "applying": ("Under way", "warn"),
    "applied": ("Done", "good"),
    "undoing": ("Being put back", "warn"),
    "undone": ("Put back", "quiet"),
    "returning": ("Coming back", "warn"),
    "returned": ("Came back", "good"),
}
PASSES = {
    "rep": "The rep",
    "account": "Account",
    "opportunity": "Opportunity",
    "pool": "Pool",
    "cover": "Cover for",
    "team": "Manager of",
    "matter": "Waiting contact",
    "assignment": "Contact",
}
HANDING = {
    "give": "passes on",
    "lend": "is lent",
    "holdover": "passes on after a holdover",
    "rules": "goes by the rules",
    "keep": "stays",
    "leave": "is left",
    "join": "is joined",
    "deactivate": "gets nothing more",
    "absence": "is away",
}
RESOLVED = {
    "keep": "It stayed",
    "reassign": "It was reassigned",
    "split": "The credit was divided",
    "withdrawn": "The claim was given up",
}
MEASURE = {
    "fallback": "no rule applied",
    "unmatched": "no account was found",
    "review": "the account is uncertain",
    "held": "held",
    "queued": "in a queue",
    "rejected": "rejected",
}
"""What the watch over a publication measures the share of; a rule's is ``rule:`` and its id."""
IMPORT = {
    "proposed": ("To be looked at", "warn"),
    "waiting": ("Waiting for the worker", "info"),
    "running": ("Under way", "info"),
    "done": ("Done", "good"),
    "failed": ("Stopped", "bad"),
}
WAITS = {"review": "Match to confirm", "asked": "Question open", "held": "Held"}
ASSIGNMENT = {
    "assigned": ("Not accepted yet", "warn"),
    "accepted": ("Working on it", "info"),
    "completed": ("Done", "good"),
    "rejected": ("Rejected", "bad"),
    "returned": ("Given back", "warn"),
    "expired": ("Taken away: time ran out", "bad"),
    "reassigned": ("Passed on", "quiet"),
    "withdrawn": ("Withdrawn", "quiet"),
}
CLOCK = {
    "running": ("running", "info"),
    "paused": ("stands still", "warn"),
    "met": ("kept", "good"),
    "stopped": ("passed on", "quiet"),
    "overdue": ("missed", "bad"),
}
CREDIT = {
    "earned": "earned",
    "passed_on": "taken back, as the work went on to somebody else",
    "taken": "taken back by a dispute",
    "awarded": "awarded by a dispute",
}
TO_SETTLE = {
    "peers": "the two reps have",
    "managers": "their managers have",
    "revops": "revenue operations has",
}
HANDED = {"leaves": "leaves the company", "leave": "goes on leave", "moves": "moves on"}
DOMAIN_SOURCE = {
    "website": "its website",
    "given": "the CRM",
    "person": "a person's word",
    "enriched": "a data provider",
    "name": "its name",
    "contact": "its contacts",
}
ANSWER = {
    "account": "Yes, this account",
    "never": "Never this account",
    "none": "None of those shown",
    "new_account": "A new account",
}
