"""The real bodies of ../shared/payloads: each is read as what its vendor says it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from service.intake.accounts import SignalSaid
from service.intake.kinds import Call
from service.intake.mapping import BadItem, Mapped
from service.intake.reading import Reader, called
from service.intake.sources import KINDS
from tests.service.intake.made import NOW, source

SHARED = Path(os.environ.get("MUSTER_SHARED", Path(__file__).parents[4] / "shared")) / "payloads"

# file, kind, headers, what each item means, and of the first contact: its e-mail or other telling field
BODIES: list[tuple[str, str, dict[str, str], list[str], str | None]] = [
    ("salesforce_outbound_leads_x3.xml", "salesforce-outbound", {}, ["contact"] * 3, "Microsoft"),
    ("salesforce_outbound_contacts_x2.xml", "salesforce-outbound", {}, ["contact"] * 2, "0031I0000081tbPQAQ"),
    ("salesforce_outbound_contact_nil_session.xml", "salesforce-outbound", {}, ["contact"], "aContactId"),
    ("salesforce_outbound_empty.xml", "salesforce-outbound", {}, [], None),
    ("salesforce_cdc_new_account.json", "salesforce-cdc", {}, ["account"], None),
    ("salesforce_cdc_update_contact.json", "salesforce-cdc", {}, ["needed"], None),
    ("salesforce_cdc_update_contact_compound_address.json", "salesforce-cdc", {}, ["needed"], None),
    ("salesforce_cdc_update_lead_compound_address.json", "salesforce-cdc", {}, ["needed"], None),
    ("salesforce_cdc_update_user.json", "salesforce-cdc", {}, ["ignored"], None),
    ("hubspot_webhook_batch_docs.json", "hubspot", {}, ["needed", "needed"], None),
    ("hubspot_webhook_contact_creation_live.json", "hubspot", {}, ["needed"], None),
    ("hubspot_workflow_custom_action.json", "hubspot-action", {}, ["contact"], "153847279758"),
    ("dataverse_contact_update.json", "dataverse", {}, ["contact"], "6d81597f-0f9f-e711-8122-000d3aa2331c"),
    ("pipedrive_v1_person_added.json", "pipedrive", {}, ["contact"], "timmy@theco.com"),
    ("pipedrive_v2_person_created.json", "pipedrive", {}, ["contact"], "1"),
    ("segment_identify_full.json", "segment", {}, ["contact"], "peter@example.com"),
    ("segment_webhook_identify.json", "segment", {}, ["contact"], "achilles@segment.com"),
    ("segment_webhook_group.json", "segment", {}, ["ignored"], None),
    ("intercom_contact_lead_created.json", "intercom", {}, ["contact"], None),
    ("intercom_contact_lead_added_email.json", "intercom", {}, ["contact"], "lead@rei.com"),
    ("intercom_user_created.json", "intercom", {}, ["contact"], None),
    ("intercom_user_email_updated.json", "intercom", {}, ["contact"], None),
    ("intercom_company_created.json", "intercom", {}, ["ignored"], None),
    ("drift_contact_identified.json", "drift", {}, ["contact"], "swebel@drift.com"),
    ("typeform_form_response.json", "typeform", {}, ["contact"], None),
    ("calendly_invitee_created_2020.json", "calendly", {}, ["contact"], "betty@rei.com"),
    ("calendly_invitee_created_2023.json", "calendly", {}, ["contact"], "invitee@example.com"),
    ("calendly_invitee_canceled_2020.json", "calendly", {}, ["ignored"], None),
    ("outreach_prospect_created.json", "outreach", {}, ["problem"], None),  # has neither address nor company
    ("outreach_prospect_updated.json", "outreach", {}, ["ignored"], None),
    ("outreach_prospect_linked_account.json", "outreach", {}, ["ignored"], None),
    ("outreach_account_created.json", "outreach", {}, ["signal"], None),
    ("outreach_account_created_2025.json", "outreach", {}, ["signal"], None),
    ("outreach_account_updated.json", "outreach", {}, ["ignored"], None),
    ("salesloft_task_created.json", "salesloft", {"x-salesloft-event": "task_created"}, ["ignored"], None),
    ("salesloft_task_updated.json", "salesloft", {"x-salesloft-event": "task_updated"}, ["ignored"], None),
    (
        "salesloft_account_updated.json",
        "salesloft",
        {"x-salesloft-event": "account_updated"},
        ["signal"],
        None,
    ),
    (
        "salesloft_account_deleted.json",
        "salesloft",
        {"x-salesloft-event": "account_deleted"},
        ["ignored"],
        None,
    ),
    (
        "clearbit_combined_person_company.json",
        "clearbit",
        {},
        ["contact", "signal"],
        "ssample@calvinklein.com",
    ),
    ("clearbit_reveal.json", "clearbit", {}, ["signal"], None),
]


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared payloads are not on this machine")
@pytest.mark.parametrize(("file", "kind", "headers", "means", "telling"), BODIES, ids=lambda v: str(v)[:60])
def test_a_real_body(
    file: str, kind: str, headers: dict[str, str], means: list[str], telling: str | None
) -> None:
    items = KINDS[kind].items(Call(url="", headers=headers, body=(SHARED / file).read_bytes()))
    reader, found = Reader(source(kind)), []
    for item in items:
        try:
            found.append(reader.meaning(item, None, NOW))
        except BadItem:
            found.append(None)
    assert [called(each) if each else "problem" for each in found] == means
    if telling is not None:
        assert isinstance(found[0], Mapped)
        contact = found[0].contact
        assert telling in (contact.email, contact.company, contact.external_id)
    for each in found:
        if isinstance(each, SignalSaid) and "clearbit" in file:
            assert len(each.domains) >= 3 and each.aliases
