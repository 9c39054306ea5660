"""HubSpot's custom workflow action: one record, answered at once with ``outputFields`` for the next step.

Signed by version 2 or 3. The inputs are what the action's definition names; name them as our fields are
called. (developers.hubspot.com, "Custom workflow actions".)
"""

from __future__ import annotations

from service.intake import preset
from service.intake.kinds import Kind, Reply
from service.intake.providers.bodies import objects
from service.intake.providers.hubspot_signatures import verified

KIND = Kind(
    name="hubspot-action",
    title="HubSpot custom workflow action",
    verified=verified,
    items=objects,
    preset=preset.load(__file__),
    reply=Reply.OUTPUT_FIELDS,
)
