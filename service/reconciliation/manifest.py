"""What the reconciliation service can do, and where."""

from __future__ import annotations

from typing import Any

from service import __version__
from service.reconciliation.properties import TYPE

BATCH = 100  # queries that OpenRefine is told to send in one call


def manifest(base_url: str, path: str, *, key_in_header: bool) -> dict[str, Any]:
    """The manifest of the service at ``base_url`` + ``path``.

    ``key_in_header``: callers send their API key; without it the key is part of ``path``.
    """
    here = base_url + path
    said: dict[str, Any] = {
        "versions": ["0.2"],
        "name": "Accounts of Muster",
        "identifierSpace": f"{base_url}/v1/accounts/",
        "schemaSpace": f"{base_url}/reconcile/schema/",
        "documentation": f"{base_url}/docs",
        "serviceVersion": __version__,
        "defaultTypes": [TYPE],
        "view": {"url": f"{base_url}/console/accounts/{{{{id}}}}"},
        "preview": {"url": f"{here}/preview?id={{{{id}}}}", "width": 400, "height": 160},
        "suggest": {
            name: {"service_url": base_url, "service_path": f"{path}/suggest/{name}"}
            for name in ("entity", "property", "type")
        },
        "extend": {
            "propose_properties": {"service_url": base_url, "service_path": f"{path}/properties"},
            "property_settings": [],
        },
        "batchSize": BATCH,
    }
    if key_in_header:
        said["authentication"] = {"type": "apiKey", "name": "Authorization", "in": "header"}
    return said
