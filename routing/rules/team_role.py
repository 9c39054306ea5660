"""Assign to a role of the account's team: its SDR, its CSM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field as Setting

from routing.fields import Scope
from routing.reading import Node
from routing.rules.base import Away, Binder, Outcome, Request, RuleType, Settings, for_person


class TeamRoleSettings(Settings):
    """Assign to the rep who has the role on the account's team."""

    role: str = Setting(alias="team role", min_length=1, description="The role, e.g. SDR, AM or CSM.")
    of: Literal["account", "parent", "ultimate"] = Setting(
        default="account", description="Whose team: that of the matched account unless said."
    )
    away: Away | None = Setting(
        default=None,
        strict=False,
        description="What happens while the rep is absent; unless said, as under `defaults`.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRole:
    """A role on the team of one of the accounts on the facts."""

    kind: str
    role: str
    place: str
    away: Away

    def request(self, scope: Scope, step: str) -> Request:
        """Ask for the rep in that role now."""
        account = getattr(scope, self.place)
        rep = account.team.get(self.role.upper()) if account is not None else None
        source = f"{self.place}.team.{self.role}"
        return for_person(scope, rep, kind=self.kind, source=source, away=self.away)


def bind(settings: TeamRoleSettings, node: Node, binder: Binder) -> Outcome | None:
    """Return the outcome."""
    binder.named.roles.setdefault(settings.role, (node.mapping or {})["team role"])
    return TeamRole(
        kind="team_role", role=settings.role, place=settings.of, away=settings.away or binder.away
    )


TYPE = RuleType(key="team role", kinds=("team_role",), settings=TeamRoleSettings, bind=bind, person=True)
