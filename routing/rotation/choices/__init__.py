"""The choice policies: each says whose turn it is among members who may take the contact."""

from __future__ import annotations

from collections.abc import Mapping

from routing.rotation.choices import least_open, longest_idle, lowest_count, turn_order
from routing.rotation.choices.base import Choice
from routing.types.pools import Choose

CHOICES: Mapping[Choose, Choice] = {
    Choose.TURN_ORDER: turn_order.CHOICE,
    Choose.LOWEST_COUNT: lowest_count.CHOICE,
    Choose.LONGEST_IDLE: longest_idle.CHOICE,
    Choose.LEAST_OPEN: least_open.CHOICE,
}
"""Every choice policy by the setting that names it."""
