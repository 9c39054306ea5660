"""The kinds of sources there are: the only list of them."""

from __future__ import annotations

from service.intake.kinds import Kind
from service.intake.providers import (
    calendly,
    clearbit,
    dataverse,
    drift,
    generic,
    hubspot,
    hubspot_action,
    hubspot_workflow,
    intent,
    intercom,
    marketo,
    outreach,
    pipedrive,
    salesforce_cdc,
    salesforce_flow,
    salesforce_outbound,
    salesloft,
    segment,
    typeform,
)

KINDS: dict[str, Kind] = {
    module.KIND.name: module.KIND
    for module in (
        generic,
        salesforce_outbound,
        salesforce_flow,
        salesforce_cdc,
        hubspot,
        hubspot_workflow,
        hubspot_action,
        marketo,
        dataverse,
        pipedrive,
        segment,
        intercom,
        drift,
        typeform,
        calendly,
        outreach,
        salesloft,
        clearbit,
        intent,
    )
}
