"""What is accepted of pools, in the form a person writes: `{"day": 5}`, `{"team": ["EMEA", "DACH"]}`.

One definition for the API, for files and for the demo; docs/pools.md says what each setting does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainSerializer,
    Strict,
    WithJsonSchema,
    model_validator,
)

from routing.rotation.qualities import ATTRIBUTES, contact_field, known_attribute
from routing.types.pools import (
    Choose,
    Fit,
    NewcomerPolicy,
    NobodyPolicy,
    PoolMember,
    PoolName,
    PoolSettings,
    RepTest,
    ResetPolicy,
    ReturnPolicy,
    SkipPolicy,
    TurnReturn,
)
from service.records.caps import MOST, Caps, caps_said
from service.records.fields import Identifier, Moment, Record, Text128, check_order, zone_name


def _tests(value: Any) -> Any:
    """``{"team": ["EMEA"], "role": {"not": "AM"}}`` as tests, all of which hold."""
    return tuple(_test(name, said) for name, said in value.items()) if isinstance(value, Mapping) else value


def _test(name: str, said: Any) -> RepTest:
    if not known_attribute(name):
        raise ValueError(f"{name!r} is no attribute of reps; write {', '.join(ATTRIBUTES)} or custom.KEY")
    negated = isinstance(said, Mapping) and set(said) == {"not"}
    values = said["not"] if negated else said
    values = values if isinstance(values, list) else [values]
    if not values or not all(isinstance(each, str | int | float) for each in values):
        raise ValueError(
            f"must name the values that {name!r} may have, or {{not: ...}} those that it may not"
        )
    return RepTest(attribute=name, values=tuple(str(each) for each in values), negated=negated)


def tests_said(tests: Sequence[RepTest]) -> dict[str, Any]:
    """Tests of reps as a person writes them."""
    return {t.attribute: {"not": list(t.values)} if t.negated else list(t.values) for t in tests}


def _fit(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return tuple(_quality(each) for each in value)


def _quality(said: Any) -> Fit:
    if not isinstance(said, Mapping) or not {"contact", "rep"} <= set(said) <= {"contact", "rep", "points"}:
        raise ValueError(
            "each quality says contact: a field, rep: an attribute and, if it is not needed, points"
        )
    contact, rep, points = str(said["contact"]), str(said["rep"]), said.get("points")
    if contact_field(contact) is None:
        raise ValueError(f"{contact!r} is no field of the contact or the account; see docs/rulebook.md")
    if not known_attribute(rep):
        raise ValueError(f"{rep!r} is no attribute of reps; write {', '.join(ATTRIBUTES)} or custom.KEY")
    if points is not None and (type(points) is not int or not 1 <= points <= 1000):
        raise ValueError("points are 1 to 1000; leave them out for a quality that a rep must have")
    return Fit(contact=contact, rep=rep, points=points)


def fit_said(fit: Sequence[Fit]) -> list[dict[str, Any]]:
    """Qualities as a person writes them."""
    return [
        {"contact": each.contact, "rep": each.rep} | ({} if each.points is None else {"points": each.points})
        for each in fit
    ]


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _attribute(value: str) -> str:
    if not known_attribute(value):
        raise ValueError("must be an attribute of reps, such as custom.started_on")
    return value


_VALUES = {"anyOf": [{"type": ["string", "boolean", "integer"]}, {"type": "array"}, {"type": "object"}]}
_TESTS_SCHEMA = {
    "type": "object",
    "additionalProperties": _VALUES,
    "examples": [{"team": ["EMEA", "DACH"], "custom.certified": True, "role": {"not": "AM"}}],
}
_FIT_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["contact", "rep"],
        "properties": {
            "contact": {"type": "string"},
            "rep": {"type": "string"},
            "points": {"type": "integer", "minimum": 1, "maximum": 1000},
        },
    },
    "examples": [[{"contact": "contact.custom.language", "rep": "custom.languages"}]],
}

Tests = Annotated[
    tuple[RepTest, ...],
    BeforeValidator(_tests),
    PlainSerializer(tests_said, return_type=dict[str, Any]),
    WithJsonSchema(_TESTS_SCHEMA),
]
Qualities = Annotated[
    tuple[Fit, ...],
    BeforeValidator(_fit),
    PlainSerializer(fit_said, return_type=list[dict[str, Any]]),
    WithJsonSchema(_FIT_SCHEMA),
]
Percent = Annotated[int, Field(ge=0, le=100)]


class MemberRecord(Record):
    """A rep's place in a pool."""

    rep: Identifier
    weight: int = Field(default=1, ge=0, le=1000, description="Share of the turns; 0 pauses.")
    starts: Moment | None = Field(default=None, alias="from", description="When the membership begins.")
    until: Moment | None = Field(default=None, description="When it ends.")
    since: Moment | None = Field(
        default=None, description="When the rep's time in the pool began, for the ramp; default: on joining."
    )
    caps: Caps | None = Field(default=None, description="In the place of the pool's caps for these periods.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        check_order(self.starts, self.until)
        return self


class PoolFields(Record):
    """Reps in rotation. ``members``, where given, is the whole list of those named."""

    members: list[MemberRecord] | None = Field(default=None, max_length=2000)
    members_where: Tests | None = Field(
        default=None, description="Active reps of whom all of this is true are members without being named."
    )
    choose: Annotated[Choose, Strict(False)] | None = Field(
        default=None, description="Who of those who may take a contact gets it."
    )
    fit: Qualities | None = Field(
        default=None, description="What a rep should share with the contact; asked before whose turn it is."
    )
    fit_fallback: bool | None = Field(
        default=None, description="Who does not fit gets the contact when nobody does."
    )
    requires: Tests | None = Field(default=None, description="What a member must be to take a turn.")
    respect_hours: bool | None = Field(default=None, description="Leave out who is outside working hours.")
    caps: Caps | None = Field(default=None, description="How many turns each member may have in a period.")
    pool_caps: Caps | None = Field(default=None, description="How many turns the pool may give in a period.")
    open_cap: Annotated[int, Field(ge=0, le=MOST)] | None = Field(
        default=None, description="How many contacts a member may have open, from wherever they came."
    )
    zone: Annotated[str, AfterValidator(zone_name)] | None = Field(
        default=None, description="Where the pool's days, weeks and months begin."
    )
    ramp: Annotated[tuple[Percent, ...], BeforeValidator(_tuple), Field(max_length=36)] | None = Field(
        default=None, description="Percent of the weight by month of tenure; the last stays. Empty: none."
    )
    ramp_from: Annotated[Text128, AfterValidator(_attribute)] | None = Field(
        default=None, description="The rep's attribute with the first day; default: since joining the pool."
    )
    skip_last: Annotated[int, Field(ge=0, le=50)] | None = Field(
        default=None, description="How many of those who had it last are passed over."
    )
    skip_of: Annotated[SkipPolicy, Strict(False)] | None = Field(
        default=None, description="Had what: this contact, or any of its account."
    )
    skip_firmly: bool | None = Field(default=None, description="Also when that leaves nobody.")
    keep_holder: bool | None = Field(
        default=None, description="A member who already works the contact keeps it and uses no turn."
    )
    on_return: Annotated[ReturnPolicy, Strict(False)] | None = Field(
        default=None, description="What becomes of the turns that fell to a member who was away."
    )
    catch_up_most: Annotated[int, Field(ge=0, le=MOST)] | None = Field(
        default=None, description="How many turns may stay owed under `catch_up`; default: all."
    )
    newcomer: Annotated[NewcomerPolicy, Strict(False)] | None = Field(
        default=None, description="Where a new member starts; `zero` floods the newcomer."
    )
    count_owned: bool | None = Field(
        default=None, description="A contact that a member gets by a rule without a pool uses a turn."
    )
    count_manual: bool | None = Field(
        default=None, description="A contact that a person puts in a member's hands uses a turn."
    )
    gives_back: (
        Annotated[tuple[Annotated[TurnReturn, Strict(False)], ...], BeforeValidator(_tuple)] | None
    ) = Field(default=None, description="The reasons for which a turn is given back.")
    reset: Annotated[ResetPolicy, Strict(False)] | None = Field(
        default=None, description="When all start again from zero."
    )
    nobody: Annotated[NobodyPolicy, Strict(False)] | None = Field(
        default=None, description="What to do when no member is available."
    )
    within_hours: Annotated[int, Field(ge=1, le=720)] | None = Field(
        default=None, description="How soon somebody must be there when nobody is `first_available`."
    )
    otherwise: Annotated[NobodyPolicy, Strict(False)] | None = Field(
        default=None, description="What to do when nobody is there so soon."
    )
    overflow: Identifier | None = Field(
        default=None, description="The pool to draw from when nobody is `overflow`."
    )
    queue: Text128 | None = Field(default=None, description="The queue when nobody is `queue`.")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        reps = [member.rep for member in self.members or ()]
        if len(set(reps)) != len(reps):
            raise ValueError("members must name each rep once")
        return self


class PoolRecord(PoolFields):
    """A pool and the name that a rulebook uses for it."""

    name: Annotated[Text128, AfterValidator(PoolName)]


_SAID: Mapping[str, Callable[[Any], Any]] = {
    "caps": caps_said,
    "pool_caps": caps_said,
    "requires": tests_said,
    "members_where": tests_said,
    "fit": fit_said,
    "ramp": list,
    "gives_back": list,
}


def settings_said(settings: PoolSettings) -> dict[str, Any]:
    """All settings as a person writes them."""
    plain: dict[str, Any] = {name: getattr(settings, name) for name in PoolSettings.__dataclass_fields__}
    return {name: _SAID[name](value) if name in _SAID else value for name, value in plain.items()}


def member_said(member: PoolMember) -> dict[str, Any]:
    """What was said of a member who is named, as a person writes it."""
    said = {
        "rep": member.rep,
        "weight": member.weight,
        "from": member.starts,
        "until": member.until,
        "since": member.since,
        "caps": caps_said(member.caps),
    }
    return {name: value for name, value in said.items() if value not in (None, {})}
