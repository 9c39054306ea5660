"""Disputes about who a contact belongs to, and the evidence they are settled on."""
