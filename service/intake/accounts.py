"""What an event says of an account: its record, a provider's knowledge of it, something that happened.

A CRM's own event (``account``) is the record: what it names replaces what was known. A data
provider's (``signal``) only adds: domains it knows as aliases, further names, fields of your own
such as an intent score, and the fact itself as an activity of the account.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field, RootModel, ValidationError, field_validator

from matching.domains import account_domain
from matching.types import Scalar
from service.intake.mapping import BadItem, Where, as_moment
from service.intake.paths import at
from service.records.accounts import AccountRecord
from service.records.activities import ActivityRecord

_ACCOUNT = frozenset(AccountRecord.model_fields) - {"custom", "team", "tier"}
_SIGNAL = frozenset({"external_id", "domain", "domains", "aliases", "employees", "kind", "direction"})
_ACTIVITY = frozenset(ActivityRecord.model_fields)
_AT = "occurred_at"
_LISTS = frozenset({"domains", "aliases"})
_MOST = 100


class _Mapping(RootModel[dict[str, Where]]):
    model_config = ConfigDict(frozen=True)
    root: dict[str, Where] = Field(default_factory=dict)

    @field_validator("root", mode="before")
    @classmethod
    def _paths(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {
            name: {"path": each} if isinstance(each, str | list) else each for name, each in value.items()
        }

    def values(self, item: Any) -> dict[str, Any]:
        """By field what was found; what was not is left out. Lists take what every one of their paths has."""
        found = {
            name: _every(item, where) if name in _LISTS else where.value(item)
            for name, where in self.root.items()
            if name != _AT and not name.startswith("custom.")
        }
        return {name: value for name, value in found.items() if value not in (None, "", [])}

    def custom(self, item: Any) -> dict[str, Scalar]:
        """The fields of your own that were found."""
        found = {
            name.removeprefix("custom."): where.value(item)
            for name, where in self.root.items()
            if name.startswith("custom.")
        }
        return {
            name: value
            for name, value in found.items()
            if value is not None and not isinstance(value, list | dict)
        }

    def moment(self, item: Any, received_at: datetime) -> datetime:
        """The source's own time of the event; that of its arrival when it says none. Raises BadItem."""
        where = self.root.get(_AT)
        value = None if where is None else where.value(item)
        return received_at if value is None else min(as_moment(value), received_at)


def _known(root: dict[str, Where], fields: frozenset[str]) -> dict[str, Where]:
    for name in root:
        if name not in fields and name != _AT and not name.startswith("custom."):
            raise ValueError(f"{name[:64]} is not one of {', '.join(sorted(fields))} and custom.NAME")
    return root


class AccountMapping(_Mapping):
    """Fields of an account's record to where they stand."""

    @field_validator("root")
    @classmethod
    def _fields(cls, root: dict[str, Where]) -> dict[str, Where]:
        return _known(root, _ACCOUNT)


class SignalMapping(_Mapping):
    """What a provider knows of an account to where it stands."""

    @field_validator("root")
    @classmethod
    def _fields(cls, root: dict[str, Where]) -> dict[str, Where]:
        return _known(root, _SIGNAL)


class ActivityMapping(_Mapping):
    """Fields of an activity to where they stand."""

    @field_validator("root")
    @classmethod
    def _fields(cls, root: dict[str, Where]) -> dict[str, Where]:
        return _known(root, _ACTIVITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSaid:
    """An account's record as its CRM has it, and when it was so."""

    record: AccountRecord
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalSaid:
    """What a provider knows of the account with this id or, without one, with one of these domains.

    ``kind`` is the activity that it is recorded as; None: it is none.
    """

    external_id: str | None
    domains: tuple[str, ...]
    aliases: tuple[str, ...]
    employees: int | None
    custom: Mapping[str, Scalar]
    kind: str | None
    direction: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivitySaid:
    """Something that a rep did, or that came from an account."""

    record: ActivityRecord


def read_account(item: Any, mapping: AccountMapping, received_at: datetime) -> AccountSaid:
    """The record in an event. Raises BadItem."""
    values = mapping.values(item)
    custom = mapping.custom(item)
    record = _record(AccountRecord, {**values, **({"custom": custom} if custom else {})})
    return AccountSaid(record=record, at=mapping.moment(item, received_at))


def read_signal(item: Any, mapping: SignalMapping, received_at: datetime) -> SignalSaid:
    """What a provider says in an event. Raises BadItem."""
    values = mapping.values(item)
    hosts = [values.get("domain"), *values.get("domains", ())]
    found = dict.fromkeys(
        domain for host in hosts if isinstance(host, str) and (domain := account_domain(host))
    )
    if not found and "external_id" not in values:
        raise BadItem("none of the account's id and a usable domain of it is there")
    employees = values.get("employees")
    return SignalSaid(
        external_id=str(values["external_id"]) if "external_id" in values else None,
        domains=tuple(found)[:_MOST],
        aliases=tuple(
            text for text in values.get("aliases", ()) if isinstance(text, str) and len(text) <= 256
        ),
        employees=employees if isinstance(employees, int) and not isinstance(employees, bool) else None,
        custom=mapping.custom(item),
        kind=values.get("kind"),
        direction=values.get("direction", "inbound"),
        at=mapping.moment(item, received_at),
    )


def read_activity(item: Any, mapping: ActivityMapping, received_at: datetime) -> ActivitySaid:
    """The activity in an event. Raises BadItem."""
    values = mapping.values(item)
    if "at" in values:
        values["at"] = min(as_moment(values["at"]), received_at)
    return ActivitySaid(record=_record(ActivityRecord, values))


def _record(model: Any, values: dict[str, Any]) -> Any:
    texts = {name: _written(name, value) for name, value in values.items()}
    try:
        return model.model_validate(texts)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(str(step) for step in fault["loc"])
        raise BadItem(f"{where}: {str(fault['msg']).removeprefix('Value error, ')}") from None


def _written(name: str, value: Any) -> Any:
    """Ids come as numbers and as texts, numbers of employees too."""
    if name == "employees":
        return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value
    whole = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if whole else value


def _every(item: Any, where: Where) -> list[Any]:
    paths = (where.path,) if isinstance(where.path, str) else where.path or ()
    found = [at(item, path) for path in paths]
    flat = [each for value in found for each in (value if isinstance(value, list) else [value])]
    return [each for each in flat if each not in (None, "")]
