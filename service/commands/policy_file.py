"""A matching policy that a command is given as a file."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from matching.policy import MatchPolicy, parse_policy
from matching.types import EvidenceKind
from service.commands.common import INVALID, fail
from service.stewardship.policy_slips import Slip, slips
from service.stewardship.tuning import called_own
from service.validation import field_errors


def read_policy(file: Path) -> MatchPolicy:
    """The policy of a file; where it is none, the command ends with each line that is wrong."""
    text = ""
    try:
        text = file.read_text(encoding="utf-8")
        policy = called_own(parse_policy(text))
        wrong = slips(policy)
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", INVALID)
    except UnicodeDecodeError:
        fail(f"{file} is not text in UTF-8", INVALID)
    except YAMLError as error:
        fail(f"{file} is not YAML: {_of_yaml(error)}", INVALID)
    except ValidationError as error:
        wrong = tuple(_of_shape(error))
    if wrong:
        marked = YAML().load(text)
        fail("\n".join((f"{file} is not a policy:", *(_told(marked, slip) for slip in wrong))), INVALID)
    return policy


def _of_yaml(error: YAMLError) -> str:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return str(error)
    return f"line {error.problem_mark.line + 1}: {error.problem}"


def _of_shape(error: ValidationError) -> Iterator[Slip]:
    found = error.errors()
    for each, said in zip(found, field_errors(found, MatchPolicy), strict=True):
        path = tuple([step for step in each["loc"] if step != "[key]"])
        yield Slip(path, _nearest_kind(each) or said.detail)


def _nearest_kind(error: ErrorDetails) -> str | None:
    """The kind of evidence that was meant: all of them are too many to read."""
    if error["type"] != "enum":
        return None
    near = get_close_matches(str(error["input"]), [kind.value for kind in EvidenceKind], n=1)
    hint = f"did you mean {near[0]}?" if near else "docs/matching.md lists them"
    return f"is no kind of evidence; {hint}"


def _told(marked: Any, slip: Slip) -> str:
    line = _line(marked, slip.at)
    field = ".".join(map(str, slip.at)) or "the file"
    return f"{f'line {line}: ' if line else ''}{field}: {slip.words}"


def _line(marked: Any, path: tuple[str | int, ...]) -> int | None:
    """The line of a field, or of the innermost that is there and holds it."""
    line = None
    for step in path:
        if isinstance(marked, CommentedMap) and step in marked:
            line = marked.lc.key(step)[0] + 1
        elif isinstance(marked, CommentedSeq) and (step in marked or isinstance(step, int)):
            step = step if isinstance(step, int) else marked.index(step)
            line = marked.lc.item(step)[0] + 1
        else:
            break
        marked = marked[step]
    return line
