"""The kinds of destination that there are. A new one is a file with a KIND, and a line here."""

from __future__ import annotations

from service.delivery import cloudevents, email, hubspot, salesforce, slack, webhook
from service.delivery.kind import Kind

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        webhook.KIND,
        cloudevents.KIND,
        salesforce.KIND,
        hubspot.KIND,
        slack.KIND,
        email.KIND,
    )
}
