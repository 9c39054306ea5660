"""Rulebooks for tests of their life: which one decides matters, what it says does not."""

from __future__ import annotations


def text_of(name: str) -> str:
    """A sound rulebook that tells by the id of its rule which one it is."""
    return f"""\
version: 1
rules:
  - id: {name}
    because: Italy is Dan's
    when: {{contact.country: IT}}
    then: {{rep: dan}}
fallback:
  then: {{pool: inbound}}
  sla: 4 business hours
tests:
  - name: Italy goes to Dan
    given: {{contact: {{country: IT}}}}
    expect: {{rule: {name}, assignee: dan}}
"""
