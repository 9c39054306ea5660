"""service/console/pool_form.py: every setting stands in the form, every choice has words."""

from __future__ import annotations

from dataclasses import fields
from enum import StrEnum

from routing.types.pools import PoolSettings
from service.console.pool_form import GROUPS, OPTIONS, caps, caps_text, groups


def test_no_setting_is_forgotten() -> None:
    named = [name for _, names in GROUPS for name in names]
    assert sorted(named) == sorted(each.name for each in fields(PoolSettings))


def test_every_choice_has_words() -> None:
    kinds = {type(value) for value in vars_of(PoolSettings()) if isinstance(value, StrEnum)}
    kinds |= {type(each) for each in PoolSettings().gives_back}
    assert [option for kind in kinds for option in kind if option not in OPTIONS] == []


def test_what_is_usual_is_known() -> None:
    assert all(each.usual for _, found in groups(PoolSettings(), ["Other"]) for each in found)
    assert caps("caps", caps_text({"day": 8, "hour": 2})) == {"day": 8, "hour": 2}


def vars_of(settings: PoolSettings) -> list[object]:
    return [getattr(settings, each.name) for each in fields(settings)]
