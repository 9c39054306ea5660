"""HubSpot webhooks v3: batches of up to 100 events, each naming an object and no more of it.

HubSpot gives 5 seconds and sends again, 10 times in 24 hours, in any order. Its ``eventId`` is not unique;
live bodies say ``subscriptionType`` where the guide says ``eventType``.
"""

from __future__ import annotations

from service.intake import preset
from service.intake.kinds import Kind
from service.intake.providers.bodies import objects
from service.intake.providers.hubspot_signatures import verified

KIND = Kind(
    name="hubspot", title="HubSpot webhooks", verified=verified, items=objects, preset=preset.load(__file__)
)
