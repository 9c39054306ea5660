"""The accounts as a W3C reconciliation service (API 0.2), as OpenRefine asks for it."""
