"""Plays: the ways to work an account. The catalogue is data, and a company may add to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from ruamel.yaml import YAML

from routing.types.facts import ProgramTier

KEY = r"^[a-z][a-z0-9_]{0,62}$"


class Part(StrEnum):
    """The part of a plan that a play serves."""

    REACH = "reach"
    PERSONALISE = "personalise"
    MEASURE = "measure"


class Play(BaseModel):
    """A play. ``active`` false: it stays on record, and no new campaign may be one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: Annotated[str, Field(pattern=KEY, description="Its word in rules and imports: direct_mail.")]
    title: Annotated[str, Field(min_length=1, max_length=128)]
    about: Annotated[str, Field(min_length=1, max_length=2000, description="What is done.")]
    part: Part = Field(description="The part of a plan it serves.")
    tiers: tuple[ProgramTier, ...] = Field(
        default=tuple(ProgramTier), min_length=1, description="The tiers it is meant for."
    )
    lead_days: int = Field(default=0, ge=0, le=366, description="Days from the decision to the start.")
    steps: tuple[Annotated[str, Field(min_length=1, max_length=300)], ...] = Field(default=(), max_length=30)
    active: bool = True


@cache
def shipped() -> Mapping[str, Play]:
    """The plays that ship, by key."""
    text = files("service.program").joinpath("data", "plays.yaml").read_text(encoding="utf-8")
    plays = (Play.model_validate(each) for each in YAML(typ="safe", pure=True).load(text))
    return {play.key: play for play in plays}


def catalogue(stored: Iterable[Play]) -> dict[str, Play]:
    """The whole catalogue by key: what ships, with what the company added or changed in its place."""
    return {**shipped(), **{play.key: play for play in stored}}
