"""Assign to the rep whom a field names: a column of a table, a custom field."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field as Setting

from routing.catalogue import find
from routing.fields import Field, FieldType, Scope
from routing.problems import did_you_mean
from routing.reading import Node
from routing.rules.base import Away, Binder, Outcome, Request, RuleType, Settings, for_person, looked_up
from routing.types.people import RepId


class RepInSettings(Settings):
    """Assign to the rep whom a field names, e.g. `table.territories.rep` or a custom field."""

    rep_in: str = Setting(alias="rep in", description="A field that holds a rep.")
    away: Away | None = Setting(
        default=None,
        strict=False,
        description="What happens while the rep is absent; unless said, as under `defaults`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepIn:
    """The rep in a field."""

    kind: str
    field: Field
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the rep whom the field names now."""
        value = self.field.get(scope, None)
        rep = RepId(str(value)) if value is not None else None
        asked = for_person(scope, rep, kind=self.kind, source=self.field.name, away=self.away)
        return looked_up(asked, self.field, scope)


def bind(settings: RepInSettings, node: Node, binder: Binder) -> Outcome | None:
    """Find the field, which must hold a rep."""
    place, name = (node.mapping or {})["rep in"], settings.rep_in
    found = find(binder.catalogue, name)
    if found is None or found.type is not FieldType.REP:
        known = [each.name for each in binder.catalogue.fields.values() if each.type is FieldType.REP]
        what = "there is no field" if found is None else "no rep is in the field"
        hint = did_you_mean(name, known) or "name a field that holds a rep, such as table.territories.rep"
        binder.report(place, "unknown_field" if found is None else "wrong_type", f"{what} '{name}'", hint)
        return None
    return RepIn(kind="rep_in", field=found, away=settings.away or binder.away)


TYPE = RuleType(key="rep in", kinds=("rep_in",), settings=RepInSettings, bind=bind, person=True)
