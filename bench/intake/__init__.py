"""Webhooks under load: how long a call waits for its acknowledgement."""
