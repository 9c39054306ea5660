"""The settings of the program: every number of it, with the default that companies use.

Each field's description is what the documentation says of it. The defaults of the
window, the cap and the criteria are those of published account-based programs.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from routing.types.facts import ProgramTier
from service.records.fields import Currency, Identifier, Role, Text64, Text128, zone_name

Side = Literal["sales", "marketing"]
SIDES: tuple[Side, ...] = ("sales", "marketing")
Days = Annotated[int, Field(ge=1, le=366)]
Zone = Annotated[str, AfterValidator(zone_name)]
Item = Annotated[str, Field(min_length=1, max_length=200)]


class Setting(BaseModel):
    """What all parts of the settings share: nothing unknown, nothing that changes."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Named(StrEnum):
    """Which calendar year a fiscal year is called by."""

    END = "end"
    START = "start"


class Fiscal(Setting):
    """The fiscal calendar: four quarters of three months."""

    month: int = Field(default=1, ge=1, le=12, description="The month in which the fiscal year begins.")
    day: int = Field(default=1, ge=1, le=28, description="The day of that month, 1 to 28.")
    zone: Zone = Field(default="UTC", description="The time zone in which quarters begin, at midnight.")
    named: Named = Field(
        default=Named.END, description="A fiscal year is called by the calendar year it ends or starts in."
    )


class Window(Setting):
    """When nominations are taken, before each quarter."""

    opens_days_before: int = Field(
        default=14, ge=1, le=80, description="Days before the quarter at which nominations open."
    )
    closes_days_before: int = Field(
        default=0, ge=0, le=79, description="Days before it at which they close; 0: at its start."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.closes_days_before >= self.opens_days_before:
            raise ValueError("closes_days_before must be less than opens_days_before")
        return self


class Criteria(Setting):
    """What a nomination rests on, and when the records bear each criterion out."""

    needed: int = Field(default=1, ge=1, le=5, description="How many criteria a nomination needs.")
    evidence_required: bool = Field(
        default=False, description="Only criteria that the records bear out count, not the rep's word."
    )
    champion_exchanges: int = Field(
        default=3, ge=1, le=50, description="Answers of one person from which she counts as a champion."
    )
    champion_field: Text128 | None = Field(
        default="champion", description="The contact's own field that says she is a champion."
    )
    engaged_people: int = Field(
        default=2, ge=2, le=50, description="People of the account who must have answered or written."
    )
    engaged_days: Days = Field(default=90, description="Days that engagement counts back.")
    communication_days: Days = Field(
        default=30, description="Days in which something must have been said about an open opportunity."
    )
    meeting_kinds: tuple[Text64, ...] = Field(
        default=("meeting",), max_length=20, description="Kinds of activity that are meetings."
    )
    meeting_days: Days = Field(default=90, description="Days that a meeting that was held counts back.")
    renewal_kinds: tuple[Text64, ...] = Field(
        default=("renewal",), max_length=20, description="Kinds of opportunity that are renewals."
    )
    renewal_days: Days = Field(
        default=180, description="Days ahead within which a renewal is upcoming, by its expected close."
    )


class Review(Setting):
    """Who decides on nominations."""

    sides: tuple[Side, ...] = Field(
        default=SIDES, min_length=1, max_length=2, description="The sides that must both approve."
    )
    sales: tuple[Identifier, ...] = Field(
        default=(), max_length=100, description="Who reviews for sales; empty: every ops-approver."
    )
    marketing: tuple[Identifier, ...] = Field(
        default=(), max_length=100, description="Who reviews for marketing; empty: every ops-approver."
    )
    separate: bool = Field(default=True, description="One caller may not speak for both sides.")
    waitlist_moves_up: bool = Field(
        default=True, description="When a place becomes free before the quarter, the first that waits has it."
    )

    def reviewers(self, side: str) -> tuple[str, ...]:
        """Those named for a side; empty: every ops-approver."""
        return self.sales if side == "sales" else self.marketing


class Grouping(Setting):
    """Which field of an account says what its group is made of; null: only what a person says."""

    segment: Text128 | None = Field(default="segment", description="The field with the segment.")
    region: Text128 | None = Field(default="country", description="The field with the region.")
    vertical: Text128 | None = Field(default="custom.industry", description="The field with the vertical.")
    regions: dict[Text64, tuple[Text64, ...]] = Field(
        default={}, max_length=50, description="Regions with the values that belong to each: EMEA: [DE, FR]."
    )


class Measuring(Setting):
    """How results are counted; which activities are meetings stands under the criteria."""

    home_currency: Currency = Field(
        default="EUR", description="The currency that sums are in; an opportunity without one is in it."
    )
    attribution_days: Days = Field(
        default=90,
        description="Days before an opportunity is opened in which what reached its account influenced it.",
    )
    size_bands: tuple[Annotated[int, Field(ge=1, le=10**9)], ...] = Field(
        default=(50, 250, 1000, 5000),
        max_length=10,
        description="Employees from which an account is of the next size, for comparable accounts.",
    )
    cohort_least: int = Field(
        default=5, ge=1, le=1000, description="Comparable accounts that a comparison needs at least."
    )

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if list(self.size_bands) != sorted(set(self.size_bands)):
            raise ValueError("measures.size_bands must rise")
        return self


class SignalRule(Setting):
    """What signals of one kind count."""

    points: float = Field(ge=0, le=1000)
    half_life: float = Field(ge=0.5, le=730)  # days after which a signal counts half
    most_a_day: int = Field(default=10, ge=1, le=1000)


class Engagement(Setting):
    """What signals count. The points of kinds follow what vendors of scoring recommend; see docs."""

    kinds: dict[Text64, SignalRule] = Field(
        default={
            "page_visit": SignalRule(points=1, half_life=14),
            "ad_click": SignalRule(points=2, half_life=14, most_a_day=5),
            "email_click": SignalRule(points=2, half_life=14, most_a_day=5),
            "campaign_response": SignalRule(points=15, half_life=30, most_a_day=5),
            "form": SignalRule(points=25, half_life=30, most_a_day=5),
            "event": SignalRule(points=20, half_life=45, most_a_day=5),
            "intent": SignalRule(points=10, half_life=7, most_a_day=1),
        },
        max_length=100,
        description="By kind of signal: its points, the days after which it counts half, how many of one "
        "day count at most.",
    )
    other: SignalRule = Field(
        default=SignalRule(points=1, half_life=14), description="The same for any other kind."
    )
    people_days: Days = Field(
        default=14, description="Days that engagement of people counts back, today among them."
    )

    def rule(self, kind: str) -> SignalRule:
        """What signals of a kind count."""
        return self.kinds.get(kind, self.other)


class Activating(Setting):
    """When signals activate an account."""

    people: int = Field(default=3, ge=1, le=100, description="People who engage, from which it does.")
    score: float = Field(default=50, gt=0, le=1_000_000, description="The score from which it does.")
    stages: tuple[Text64, ...] = Field(
        default=("Decision", "Purchase"), max_length=20, description="Buying stages in which it does."
    )
    tiers: tuple[ProgramTier, ...] = Field(
        default=tuple(ProgramTier), max_length=3, description="The tiers of accounts that signals activate."
    )
    period_days: Days = Field(
        default=30, description="Days for which one activation stands: no other before."
    )
    late_days: Days = Field(default=7, description="Days after which a signal comes too late to activate.")


class ProgramSettings(Setting):
    """Everything about the program that a company may want otherwise."""

    strategic_cap: int = Field(default=8, ge=1, le=1000, description="Strategic accounts at one time.")
    term_quarters: int = Field(
        default=1, ge=1, le=8, description="Quarters for which an approved account is strategic."
    )
    leavers_tier: Literal[ProgramTier.ONE_TO_FEW, ProgramTier.ONE_TO_MANY] = Field(
        default=ProgramTier.ONE_TO_FEW, description="The tier of an account that leaves the strategic one."
    )
    fiscal: Fiscal = Fiscal()
    window: Window = Window()
    criteria: Criteria = Criteria()
    review: Review = Review()
    grouping: Grouping = Grouping()
    engagement: Engagement = Engagement()
    activation: Activating = Activating()
    measures: Measuring = Measuring()
    team: tuple[Role, ...] = Field(
        default=("AE", "SDR", "AM", "CSM", "PROGRAM MANAGER"),
        min_length=1,
        max_length=20,
        description="The roles of the account team who are told what concerns their account.",
    )
    cadence_days: Days = Field(default=14, description="Days from one review of a plan to the next.")
    review_checklist: tuple[Item, ...] = Field(
        default=(
            "What changed since the last review is read",
            "Every open opportunity has a next step with a date",
            "New people are in the plan, with a role each",
            "Missed promises have a reason and an owner",
            "The campaign is going on, or the next one is agreed",
        ),
        max_length=50,
        description="What is ticked off in a review.",
    )
    focus_checklist: tuple[Item, ...] = Field(
        default=(
            "Goals of the account and ours are written down",
            "The buying group is drawn, with who is missing",
            "A champion is named, or how one is to be found",
            "Reach: lists, channels and audiences are agreed",
            "Personalise: the message for each persona is agreed",
            "Measure: what counts as success, by when, is agreed",
            "The next play, its owner and its date are agreed",
        ),
        max_length=50,
        description="What is ticked off in a focus session.",
    )

    @model_validator(mode="after")
    def _names_once(self) -> Self:
        if len(set(self.review.sides)) < len(self.review.sides):
            raise ValueError("review.sides names a side twice")
        return self
