"""The kinds of findings of lint, by the word that names them; docs/rulebook-lint.md lists them from here."""

from __future__ import annotations

from collections.abc import Mapping

FINDINGS: Mapping[str, str] = {
    "never_applies": "A rule whose conditions exclude each other, or whose outcome can never name anybody.",
    "shadowed": "A rule that never carries the day: whenever it makes a claim, one above it does too.",
    "shadowed_row": "A row of a table that never counts: rows above it take every contact it is for, "
    "no contact can have what it asks, or every rule that uses the table excludes it.",
    "guarantee_broken": "A contact for which the rules do what a guarantee excludes.",
    "no_effect": "A rule without which every contact would be treated the same.",
    "no_distinction": "Two neighbouring rules that do the same for both cases of a condition, or a question "
    "whose answers all lead to the same.",
    "idle_condition": "A condition that excludes nobody, or an alternative that adds nobody.",
    "overlapping_bands": "Two bands of a field, under otherwise equal conditions, that share a number.",
    "band_hole": "A number between the bands of a field that none of them has.",
    "value_hole": "A declared value of a field that rules which divide the field leave to the fallback.",
    "lists_disagree": "Two lists used for one field that mostly agree, and differ.",
    "scattered": "A value of a field that three rules or more, far apart, treat in three ways or more.",
    "tie": "An outcome that may find several reps, where `if several` does not say which.",
    "window_of_anything": "A count of activities in a time that does not say whose or which.",
    "overlap": "Contacts that two rules are for and want different things; order decides.",
    "gap": "Contacts that only the fallback takes.",
    "expired": "A rule whose time is over.",
    "not_yet_valid": "A rule whose time has not come.",
    "unused": "A list or a definition that nothing uses.",
    "near_value": "Two values that a field is compared with and that differ by one letter.",
    "unknown_rep": "A rep who does not exist.",
    "inactive_rep": "A rep who is inactive, named in the rulebook.",
    "unknown_pool": "A pool that does not exist.",
    "empty_pool": "A pool without an active member.",
    "unstaffed_hours": "A pool that nobody can draw from at some hour of the week.",
    "unknown_role": "A role that no rep has.",
    "unknown_team": "A team that no rep has.",
    "undecided": "Something that could not be decided, with what it depends on.",
    "idle_allowance": "An entry of `lint` that allows nothing which was found. Cannot be allowed itself.",
}
