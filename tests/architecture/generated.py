"""The parts of the documentation that the program writes: by `make docs`; a test keeps them fresh."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from ruamel.yaml import YAML

from routing.findings import FINDINGS
from service.delivery.kinds import KINDS
from service.measures.asking import DIMENSIONS
from service.measures.core.definitions import MEASURES, definition
from service.problems import kinds
from service.program.core.settings import ProgramSettings
from service.reports.register import REPORTS
from service.settings import settings_table
from tests.architecture.sources import ROOT

CASES = ROOT / "tests" / "cases"
_OF_SITUATION = re.compile(r"s(\d\d)([a-e]*)-")


def errors() -> str:
    """Every kind of problem: its status, its name, and what it means."""
    rows = ["| status | type | title | what it means |", "|---|---|---|---|"]
    for kind in sorted(kinds(), key=lambda kind: (kind.status, kind.slug())):
        meaning = " ".join((kind.__doc__ or "").split())
        rows.append(f"| {kind.status} | `{kind.slug()}` | {kind.title} | {meaning} |")
    return "\n".join(rows)


def findings() -> str:
    """Every kind of finding of lint and what it means."""
    rows = ["| finding | what it means |", "|---|---|"]
    return "\n".join([*rows, *(f"| `{code}` | {meaning} |" for code, meaning in FINDINGS.items())])


def reports() -> str:
    """Every report: what it is about, what it is grouped by, and the definition of each figure."""
    lines: list[str] = []
    for report in REPORTS.values():
        dimensions = ", ".join(f"`{each.name}`" for each in report.dimensions)
        lines += [f"## {report.title} (`{report.name}`)", "", report.about, ""]
        lines += [f"Grouped by {dimensions}.", ""]
        lines += ["| figure | unit | what it means |", "|---|---|---|"]
        lines += [f"| `{each.name}` | {each.unit} | {each.text} |" for each in report.measures]
        lines.append("")
    return "\n".join(lines).rstrip()


def destinations() -> str:
    """Every kind of destination: what can be set, and what it signs in with."""
    lines = ["| kind | field | default | what it is |", "|---|---|---|---|"]
    for kind in KINDS.values():
        for place, model in (("settings", kind.settings), ("credentials", kind.credentials)):
            for name, field in model.model_fields.items():
                default = "" if field.is_required() or field.default in (None, {}) else f"`{field.default}`"
                lines.append(f"| `{kind.name}` | `{place}.{name}` | {default} | {field.description or ''} |")
    return "\n".join(lines)


def program() -> str:
    """Every setting of the account-based program: its default, and what it is."""
    return "\n".join(["| setting | default | what it is |", "|---|---|---|", *_settings(ProgramSettings, "")])


def _settings(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if isinstance(field.default, BaseModel):
            yield from _settings(type(field.default), f"{prefix}{name}.")
        elif field.description:
            shown = json.dumps(to_jsonable_python(field.default))
            yield f"| `{prefix}{name}` | `{shown}` | {field.description} |"


def measures() -> str:
    """Every measure of the program with its definition."""
    lines: list[str] = []
    for measure in MEASURES.values():
        said = definition(measure, ProgramSettings().measures.attribution_days)
        lines += [f"### {said.title} (`{said.measure}`, {said.unit.replace('_', ' ')})", "", said.counts, ""]
        parts = (("Date", said.date), ("Rate", said.rate), ("Attribution", said.attribution))
        lines += [f"- {name}: {text}" for name, text in (*parts, ("Left out", said.left_out))]
        lines.append("")
    dimensions = "; ".join(f"`{name}`: {text}" for name, text in DIMENSIONS.items())
    return "\n".join([*lines, f"Grouped by up to three of: {dimensions}"])


def shown_by() -> dict[tuple[int, str], str]:
    """The case that shows each situation, by number, and variant; a file without letters shows the first."""
    shown: dict[tuple[int, str], str] = {}
    for path in sorted((CASES / "routing").glob("s[0-9]*.yaml")):
        name = _OF_SITUATION.match(path.name)
        if name is None:
            raise ValueError(f"{path.name} does not begin with a situation and its variants")
        shown |= {(int(name[1]), letter): path.stem for letter in name[2] or "a"}
    return shown


def situations() -> str:
    """Every situation that rules of engagement answer, and the case that shows each variant of the answer."""
    shown = shown_by()
    rows = ["| # | situation | variant | case |", "|---|---|---|---|"]
    for situation in YAML(typ="safe").load(CASES / "situations.yaml"):
        head = f"| {situation['number']} | {situation['title']} |"
        for letter, answer in situation["variants"].items():
            rows.append(f"{head} {letter}: {answer} | `{shown.pop((situation['number'], letter))}` |")
            head = "|  |  |"
    if shown:
        raise ValueError(f"tests/cases/situations.yaml says nothing of {sorted(shown.values())}")
    return "\n".join(rows)


PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "README.md": {"settings": settings_table},
    "docs/destinations.md": {"kinds": destinations},
    "docs/errors.md": {"errors": errors},
    "docs/program-measures.md": {"measures": measures},
    "docs/program.md": {"program": program},
    "docs/reports.md": {"reports": reports},
    "docs/rulebook-lint.md": {"findings": findings},
    "docs/situations.md": {"situations": situations},
}
"""File -> the name of a part, which stands between `<!-- name -->` and `<!-- /name -->` -> what writes it."""


def written(file: str) -> str:
    """The file with its parts written anew."""
    import service.app  # noqa: F401 - kinds of problems are known once their modules are loaded

    text = (ROOT / file).read_text(encoding="utf-8")
    for name, write in PARTS[file].items():
        marks = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not marks.search(text):
            raise ValueError(f"{file} has no part {name}")
        part = write()
        text = marks.sub(lambda found, part=part: f"{found[1]}{part}\n{found[2]}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    for file in PARTS:
        (ROOT / file).write_text(written(file), encoding="utf-8")
