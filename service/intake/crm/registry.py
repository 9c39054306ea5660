"""The CRMs there are: the only list of them."""

from __future__ import annotations

from collections.abc import Callable

from service.intake.crm.api import Ask, Crm
from service.intake.crm.hubspot import HubSpot
from service.intake.crm.salesforce import Salesforce
from service.intake.crm.settings import CrmSettings

CRMS: dict[str, Callable[[CrmSettings, Ask], Crm]] = {"hubspot": HubSpot, "salesforce": Salesforce}
