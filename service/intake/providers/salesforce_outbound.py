"""Salesforce Outbound Messages: SOAP 1.1, up to 100 notifications, one Ack for all of them.

Salesforce sends again, for up to 24 hours, until it is answered with ``<Ack>true</Ack>``; status 200 alone
is no yes. It signs nothing: the secret stands in the endpoint's address (``?token=``), over https.
(Salesforce, SOAP API Developer Guide, "Outbound Messaging".)
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from service.intake import preset
from service.intake.kinds import Call, Kind, Reply
from service.intake.providers.bodies import bounded, by_token
from service.problems import Malformed

ACK = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack>'
    "</notificationsResponse></soapenv:Body></soapenv:Envelope>"
)

_OUT = "{http://soap.sforce.com/2005/09/outbound}"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_WRONG = "The body is not a SOAP envelope with notifications of a Salesforce Outbound Message"


def items(call: Call) -> list[Any]:
    """The notifications of a message as objects. Raises Malformed, also for XML with a document type.

    The session id, with which one could act as the user, is left out: it is never kept.
    """
    try:
        root = fromstring(call.body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise Malformed(_WRONG) from None
    message = root.find(f".//{_OUT}notifications")
    if message is None:
        raise Malformed(_WRONG)
    about = {name: _text(message.find(_OUT + name)) for name in ("OrganizationId", "ActionId")}
    return bounded([about | _notification(each) for each in message.findall(f"{_OUT}Notification")])


def _notification(element: Element) -> dict[str, Any]:
    record = element.find(f"{_OUT}sObject")
    fields = {} if record is None else {_local(child.tag): _value(child) for child in record}
    kind = "" if record is None else record.get(f"{_XSI}type", "")
    return {"Id": _text(element.find(f"{_OUT}Id")), "object": kind.rpartition(":")[2], "record": fields}


def _value(element: Element) -> Any:
    """A field's text; of a compound field, such as an address, its parts."""
    return {_local(part.tag): _value(part) for part in element} if len(element) else _text(element)


def _text(element: Element | None) -> str | None:
    if element is None or element.get(f"{_XSI}nil") in ("true", "1"):
        return None
    return (element.text or "").strip() or None


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


KIND = Kind(
    name="salesforce-outbound",
    title="Salesforce Outbound Message",
    verified=by_token,
    items=items,
    preset=preset.load(__file__),
    reply=Reply.ACK,
    media_types=frozenset({"text/xml", "application/xml", "application/soap+xml"}),
)
