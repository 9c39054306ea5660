"""Salesforce Flow (HTTP Callout, External Services, Apex): one record a call, answered at once in scalars.

A flow waits 10 seconds by default and 120 at most, does not try again, and maps what it is answered field by
field. The Named Credential sends the secret as a header, or an API key as ``Authorization``.
"""

from __future__ import annotations

from service.intake import preset
from service.intake.kinds import Kind, Reply
from service.intake.providers.bodies import by_token, objects

KIND = Kind(
    name="salesforce-flow",
    title="Salesforce Flow",
    verified=by_token,
    items=objects,
    preset=preset.load(__file__),
    reply=Reply.FLAT,
)
