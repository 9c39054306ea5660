"""What the console calls the outcomes, and the colour each has everywhere."""

from __future__ import annotations

PAGES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("/", "Overview", ()),
    ("/decisions", "Decisions", ()),
    ("/reviews", "Review queue", ()),
    ("/try", "Try a contact", ()),
    ("/accounts", "Accounts", ()),
    ("/pools", "Reps and pools", ("/reps", "/calendars", "/handovers", "/disputes")),
    ("/rulebook", "Rulebook", ("/shadow",)),
    ("/sources", "Sources", ()),
    ("/deliveries", "Deliveries", ()),
)
"""The menu of everybody, each page with the beginnings of other addresses that belong to it."""
ADMIN_PAGES = (("/access", "People and keys"), ("/audit", "Audit log"), ("/settings", "Settings"))
"""And those that admins see."""
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
