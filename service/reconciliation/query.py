"""A reconciliation query as the contact it describes, and the matcher's result as its candidates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from matching.types import Contact, MatchOutcome, MatchResult
from service.reconciliation.properties import PROPERTIES, TYPE

LIMIT = 10  # candidates, unless the query says how many

Text = Annotated[str, Field(max_length=2048)]


class Entity(BaseModel):
    """A value that is an entity, e.g. one that was reconciled before."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    id: Text
    name: Text | None = None


Value = bool | int | float | Text | Entity


class PropertyValue(BaseModel):
    """A property of the query with its value or values."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    pid: Annotated[str, Field(max_length=255)]
    v: Value | Annotated[list[Value], Field(max_length=100)]

    def first(self) -> str | None:
        """The first value as text; None where there is none."""
        values = self.v if isinstance(self.v, list) else [self.v]
        texts = ((each.name or each.id) if isinstance(each, Entity) else str(each) for each in values)
        return next((text for text in texts if text.strip()), None)


class Query(BaseModel):
    """One query of a batch: a name, properties, or both."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    query: Text | None = None
    type: Annotated[str, Field(max_length=255)] | Annotated[list[str], Field(max_length=50)] | None = None
    limit: Annotated[float, Field(ge=0, le=1000)] | None = None
    properties: Annotated[list[PropertyValue], Field(max_length=50)] = []
    type_strict: Literal["any", "should", "all"] = "any"

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.query is None and not self.properties:
            raise ValueError("needs query, or properties with at least one entry")
        return self

    def of_accounts(self) -> bool:
        """Whether accounts are asked for: no type is said, or theirs is among those said."""
        types = [self.type] if isinstance(self.type, str) else self.type or []
        return not types or TYPE["id"] in types

    def contact(self) -> Contact:
        """The contact that the query describes. Properties that matching does not know say nothing."""
        said: dict[str, str] = {}
        for each in self.properties:
            known = PROPERTIES.get(each.pid)
            value = each.first()
            if known and known.asks and value and len(value) <= 2048:
                said.setdefault(known.asks, " ".join(value.split()))
        company = " ".join((self.query or "").split()) or None
        return Contact(company=company, **said)  # type: ignore[arg-type]


class Batch(RootModel[dict[Annotated[str, Field(max_length=255)], Query]]):
    """The queries of one call, each under a key of the caller's."""


def candidates(query: Query, result: MatchResult) -> list[dict[str, Any]]:
    """The candidates, best first. ``score`` is the probability that it is the right account, 0 to 1.

    ``match`` is true for the account that Muster would act on without a person.
    The features are the points of evidence, which sum up to the score's log-odds.
    """
    limit = LIMIT if query.limit is None else int(query.limit)
    sure = result.account_id if result.outcome is MatchOutcome.MATCHED else None
    return [
        {
            "id": each.account_id,
            "name": each.account_name,
            "type": [TYPE],
            "score": round(each.score, 6),
            "match": each.account_id == sure,
            "features": [
                {"id": found.kind.value, "value": round(found.points, 4)} for found in each.evidence
            ],
        }
        for each in result.candidates[:limit]
    ]


def answers(batch: Mapping[str, Query], results: Mapping[str, MatchResult]) -> dict[str, Any]:
    """The answer to a batch: every key with its candidates, none where accounts were not asked for."""
    return {
        key: {"result": candidates(query, results[key]) if key in results else []}
        for key, query in batch.items()
    }


def asked(batch: Mapping[str, Query]) -> tuple[Sequence[str], Sequence[Contact]]:
    """The keys whose queries are for the matcher, with their contacts."""
    wanted = {key: query.contact() for key, query in batch.items() if query.of_accounts()}
    return list(wanted), list(wanted.values())
