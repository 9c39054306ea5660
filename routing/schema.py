"""The JSON Schema of a rulebook, so that editors complete, explain and underline.

Made from the same settings, fields and comparisons that the reader checks
against; their docstrings are its descriptions. It accepts every rulebook that
`routing.rulebook.parse` accepts; what only the whole file can tell (names that
refer to each other, custom fields) is left to ``muster rules check``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from routing.allowances import AllowanceSettings
from routing.calendars import CalendarSettings
from routing.cases import Fixtures, TestCase, TestFile
from routing.catalogue import ACCOUNT_PLACES, BUILT_IN
from routing.effects.credit import CreditSettings
from routing.fields import Collection, Field, FieldType
from routing.guarantees import GuaranteeSettings, OutcomeSettings
from routing.misses import MissSettings
from routing.nearest import NearestField
from routing.operators import COMPARISONS, Operand, Operator
from routing.promises import ClockSettings
from routing.rules import RULE_TYPES
from routing.sections import (
    ConflictSettings,
    CustomField,
    Defaults,
    FallbackSettings,
    RulebookFile,
    RuleSettings,
)
from routing.table_reading import TableSettings

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VALUES: dict[FieldType, Schema] = {
    FieldType.TEXT: {"type": ["string", "number"]},
    FieldType.NUMBER: {"type": "number"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.TIME: {"type": "string"},
    FieldType.REP: {"type": ["string", "number"]},
}
_SLA: Schema = {
    "anyOf": [
        {
            "type": "string",
            "description": "A promise, e.g. `4 business hours`, `24 hours`, `2 business days`.",
        },
        {
            "type": "object",
            "additionalProperties": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/ClockSettings"}]},
            "description": "Promises by name.",
        },
        {"$ref": "#/$defs/ClockSettings"},
        {"type": "array", "items": {"$ref": "#/$defs/ClockSettings"}, "description": "One entry a clock."},
    ]
}


def rulebook_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a rulebook."""
    definitions = _models(RulebookFile, RuleSettings, FallbackSettings, ConflictSettings, Defaults,
                          CreditSettings, CustomField, NearestField, TableSettings, TestCase, Fixtures,
                          CalendarSettings, ClockSettings, MissSettings, AllowanceSettings, GuaranteeSettings,
                          OutcomeSettings, *(t.settings for t in RULE_TYPES))  # fmt: skip
    definitions |= {
        "condition": _condition(),
        "outcome": _outcome(False),
        "person": _outcome(True),
        "sla": _SLA,
    }
    definitions |= {f"a {type_}": _comparisons(type_) for type_ in FieldType}
    for collection in BUILT_IN.collections.values():
        definitions[collection.name] = _item_condition(collection)
    _complete(definitions)
    root = definitions.pop("RulebookFile")
    return {"$schema": _DIALECT, "title": "Muster rulebook", **root, "$defs": definitions}


def schema_of_tests() -> Schema:
    """Return the JSON Schema of a ``*_test.yaml`` file."""
    definitions = _models(TestFile, TestCase, Fixtures)
    file = definitions.pop("TestFile")
    file["properties"]["tests"]["items"] = _ref("TestCase")
    file["properties"]["fixtures"] = _ref("Fixtures")
    return {"$schema": _DIALECT, "title": "Muster rulebook tests", **file, "$defs": definitions}


def _models(*models: type[BaseModel]) -> Schema:
    pairs: list[tuple[type[BaseModel], Any]] = [(model, "validation") for model in models]
    found: Schema = models_json_schema(pairs, by_alias=True)[1]["$defs"]
    return found


def _ref(name: str) -> Schema:
    return {"$ref": "#/$defs/" + name.replace(" ", "%20")}


def _list_of(name: str) -> Schema:
    return {"type": "array", "items": _ref(name)}


def _complete(definitions: Schema) -> None:
    """Fill in the parts that the models leave open because this package reads them itself."""
    parts: list[tuple[str, str, Schema]] = [
        ("RuleSettings", "when", _ref("condition")),
        ("RulebookFile", "rules", _list_of("RuleSettings")),
        ("RulebookFile", "conflicts", _list_of("ConflictSettings")),
        ("RulebookFile", "tests", _list_of("TestCase")),
        ("RulebookFile", "fixtures", _ref("Fixtures")),
        ("RulebookFile", "fallback", _ref("FallbackSettings")),
        ("RulebookFile", "defaults", _ref("Defaults")),
        ("RulebookFile", "fields", _declared_fields()),
        ("NearestField", "where", _ref("ancestors")),
        ("RulebookFile", "definitions", {"type": "object", "additionalProperties": _ref("condition")}),
        ("RulebookFile", "lists", _named_lists()),
        ("ConflictSettings", "then", _ref("outcome")),
        ("HoldSettings", "then", _ref("outcome")),
        ("AskSettings", "ask", {"anyOf": [_ref("person"), _list_of("person")]}),
        ("AskSettings", "answers", {"type": "object", "additionalProperties": _ref("outcome")}),
        ("AskSettings", "on silence", _ref("outcome")),
        ("RulebookFile", "tables", {"type": "object", "additionalProperties": _ref("TableSettings")}),
        ("TableSettings", "rows", {"type": "array", "items": {"type": "object"}}),
        ("QueueSettings", "then", _ref("outcome")),
        ("PairSettings", "pair", _ref("outcome")),
        ("PairSettings", "with", _ref("person")),
        ("ConvertSettings", "then", _ref("outcome")),
        ("MergeSettings", "then", _ref("outcome")),
        ("MergeSettings", "where", _ref("earlier")),
        ("CreditSettings", "to", _somebody()),
        ("CreditSettings", "when", _ref("condition")),
        ("ManagerSettings", "manager of", _ref("person")),
        ("WorkedSettings", "who worked it", _ref("activities")),
    ]
    for model in ("RuleSettings", "FallbackSettings"):
        parts += [
            (model, "then", _ref("outcome")),
            (model, "sla", _ref("sla")),
            (model, "notify", {"type": "array", "items": _somebody()}),
            (model, "credit", _list_of("CreditSettings")),
        ]
    parts += [("Defaults", "sla", _ref("sla")), ("Defaults", "credit", _list_of("CreditSettings"))]
    by_name: Schema = {"type": "object", "additionalProperties": _ref("CalendarSettings")}
    parts += [("RulebookFile", "calendars", by_name), ("RulebookFile", "misses", _ref("MissSettings"))]
    for key, model in (("guarantees", "GuaranteeSettings"), ("lint", "AllowanceSettings")):
        parts.append(("RulebookFile", key, _list_of(model)))
    outcomes = _ref("OutcomeSettings")
    parts += [("GuaranteeSettings", "when", _ref("condition"))]
    parts += [("GuaranteeSettings", key, outcomes) for key in ("never", "always")]
    owner_items = [_ref(name) for name in ("opportunities", "earlier", "ancestors", "candidates")]
    parts.append(("OwnerSettings", "where", {"anyOf": owner_items}))
    for model, key, schema in parts:
        described = definitions[model]["properties"][key].get("description")
        definitions[model]["properties"][key] = {
            **schema,
            **({"description": described} if described else {}),
        }


def _declared_fields() -> Schema:
    nearest = {r"^nearest\.": _ref("NearestField")}
    return {"type": "object", "patternProperties": nearest, "additionalProperties": _ref("CustomField")}


def _named_lists() -> Schema:
    values = {"type": "array", "items": {"type": ["string", "number"]}, "minItems": 1}
    return {"type": "object", "additionalProperties": values}


def _somebody() -> Schema:
    """A person that an outcome names, or somebody of the result."""
    manager = {
        "type": "object",
        "properties": {"manager of": {"const": "assignee", "description": "The manager of who gets it."}},
        "required": ["manager of"],
        "additionalProperties": False,
    }
    return {"anyOf": [_ref("person"), manager, {"enum": ["assignee", "partner", "owners of candidates"]}]}


def _outcome(people_only: bool) -> Schema:
    kinds = [kind for kind in RULE_TYPES if kind.person or not people_only]
    return {"anyOf": [_ref(kind.settings.__name__) for kind in kinds]}


def _condition() -> Schema:
    properties: Schema = {name: _comparison(field) for name, field in BUILT_IN.fields.items()}
    for collection in BUILT_IN.collections.values():
        properties[collection.name] = _quantified(collection)
    names = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
    properties["is"] = {**names, "description": "A definition that holds."}
    properties["is not"] = {**names, "description": "A definition that does not hold."}
    places = "|".join(ACCOUNT_PLACES)
    patterns: Schema = {rf"^(contact|{places})\.custom\.": {}, rf"^({places})\.team\.": {}}
    patterns |= {r"^known\.": {}, r"^table\.": {}, r"^nearest\.": {}}
    return _conditions(properties, "condition", patterns)


def _item_condition(collection: Collection) -> Schema:
    properties = {name: _comparison(field) for name, field in collection.fields.items()}
    patterns: Schema = {r"^custom\.": {}} if collection.name in ("ancestors", "candidates") else {}
    return _conditions(properties, collection.name, patterns)


def _conditions(properties: Schema, own: str, patterns: Schema) -> Schema:
    inner = _ref(own)
    several = {"type": "array", "items": inner, "minItems": 1}
    junctions = {
        "all": {**several, "description": "Every one of these holds."},
        "any": {**several, "description": "At least one of these holds."},
        "none": {**several, "description": "None of these holds."},
        "unless": {**inner, "description": "This does not hold."},
    }
    single = {
        "type": "object",
        "properties": {**properties, **junctions},
        "patternProperties": patterns,
        "additionalProperties": False,
    }
    return {"anyOf": [single, {"type": "array", "items": inner}]}


def _quantified(collection: Collection) -> Schema:
    where = _ref(collection.name)
    number = {"type": "integer", "minimum": 0}
    words = ("is", "at least", "at most", "more than", "less than")
    count = {
        "type": "object",
        "properties": {"where": where, **dict.fromkeys(words, number)},
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "description": collection.doc,
        "minProperties": 1,
        "properties": {"any": where, "none": where, "count": count},
        "additionalProperties": False,
    }


def _comparison(field: Field) -> Schema:
    """Return what may stand after a field's name: a reference to its type's comparisons."""
    shared = {"description": field.doc, **_ref(f"a {field.type}")}
    if not field.values:
        return shared
    known = sorted({*field.values, *(value.upper() for value in field.values)})
    return {"description": field.doc, "anyOf": [{"enum": known}, _ref(f"a {field.type}")]}


def _comparisons(type_: FieldType) -> Schema:
    """Return what may stand after the name of a field of a type."""
    operators = {
        op.value: {**_operand(type_, COMPARISONS[op].operand), "description": COMPARISONS[op].doc}
        for op in Operator
        if type_ in COMPARISONS[op].types
    }
    value = _VALUES[type_]
    choices: list[Schema] = [] if type_ is FieldType.TIME else [value]
    if Operator.IN in operators:
        choices.append({"type": "array", "items": value, "minItems": 1})
    choices.append(
        {"type": "object", "properties": operators, "minProperties": 1, "additionalProperties": False}
    )
    return {"anyOf": choices}


def _operand(type_: FieldType, operand: Operand) -> Schema:
    value = _VALUES[type_]
    texts: Iterable[Schema] = ({"type": "string"}, {"type": "array", "items": {"type": "string"}})
    shapes: dict[Operand, Schema] = {
        Operand.ONE: value,
        Operand.LIST: {"anyOf": [{"type": "array", "items": value, "minItems": 1}, {"type": "string"}]},
        Operand.PAIR: {"type": "array", "items": value, "minItems": 2, "maxItems": 2},
        Operand.PARTS: {"anyOf": list(texts)},
        Operand.PATTERN: {"type": "string"},
        Operand.FIELD: {
            "anyOf": [
                {"enum": sorted(n for n, f in BUILT_IN.fields.items() if f.type is type_)},
                {"type": "string"},
            ]
        },
        Operand.WINDOW: {"type": "string", "examples": ["30 days", "48 hours"]},
        Operand.FLAG: {"type": "boolean"},
    }
    return shapes[operand]
