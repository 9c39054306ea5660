"""A matching policy that a command is given as a file."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml.error import YAMLError

from matching.policy import MatchPolicy, parse_policy
from service.commands.common import INVALID, fail


def read_policy(file: Path) -> MatchPolicy:
    """The policy of a file; where it is none, the command ends and says what would be right."""
    try:
        return parse_policy(file.read_text(encoding="utf-8"))
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}", INVALID)
    except UnicodeDecodeError:
        fail(f"{file} is not text in UTF-8", INVALID)
    except YAMLError as error:
        fail(f"{file} is not YAML: {error}", INVALID)
    except ValidationError as error:
        lines = (f"{'.'.join(map(str, each['loc'])) or 'the file'}: {each['msg']}" for each in error.errors())
        fail("\n".join((f"{file} is not a policy:", *lines)), INVALID)
