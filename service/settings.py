"""Settings: one value, read once from the environment and passed in.

Every variable is `MUSTER_` and the upper-case name of a field below. One that
holds a secret can be given as `MUSTER_..._FILE`, the path of a file with it.
The descriptions are the table in the README.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from service.delivery.networks import Allowed, parse_allowed

PREFIX = "MUSTER_"
SECRETS = ("database_url", "bootstrap_key", "secret_key", "encryption_keys", "oidc_client_secret")
KIB = 1024
MIB = 1024 * KIB


class SettingsError(ValueError):
    """A setting cannot be used. The message names each variable and what would be right."""


def _reachable(value: Any) -> Any:
    return parse_allowed(value) if isinstance(value, str) else value


def _roles(value: Any) -> Any:
    """`a=admin, b=read` as pairs. Raises ValueError."""
    if not isinstance(value, str):
        return value
    pairs = []
    for part in filter(None, (part.strip() for part in value.split(","))):
        group, _, role = part.rpartition("=")
        if not group or role.strip() not in ROLES:
            raise ValueError(f"must be GROUP=ROLE, separated by commas; the roles are {', '.join(ROLES)}")
        pairs.append((group.strip(), role.strip()))
    return tuple(pairs)


def _proxies(value: str) -> str:
    """``value`` as it is. Raises ValueError where uvicorn would silently believe nobody."""
    named = () if value.strip() == "*" else filter(None, (part.strip() for part in value.split(",")))
    try:
        for part in named:
            ipaddress.ip_network(part)
    except ValueError:
        raise ValueError("must be addresses or networks, separated by commas: 10.1.2.3, 10.0.0.0/8") from None
    return value


def _like(pattern: str, right: str) -> AfterValidator:
    """The whole text has to fit ``pattern``; ``right`` says so to whoever set it."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"must be {right}")
        return value

    return AfterValidator(check)


_KEY = 32  # characters


def _at_least(characters: int) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if len(value) < characters:
            raise ValueError(f"must have at least {characters} characters")
        return value

    return AfterValidator(check)


def _keys(value: SecretStr) -> SecretStr:
    """Each key by itself, so that a short one is found by its place."""
    keys = [key.strip() for key in value.get_secret_value().split(",") if key.strip()]
    short = [(place, len(key)) for place, key in enumerate(keys, 1) if len(key) < _KEY]
    told = [f"key {place} of {len(keys)} has {length} characters" for place, length in short]
    if told or not keys:
        found = "; ".join(told) or "there is no key between the commas"
        raise ValueError(f"{found}; each key must have at least {_KEY}, with commas between the keys")
    return value


ROLES = ("intake", "match", "read", "ops-editor", "ops-approver", "admin")
"""`service.auth.Scope`, which is made of more than settings may know of."""
Roles = Annotated[tuple[tuple[str, str], ...], BeforeValidator(_roles)]
Bytes = Annotated[int, Field(ge=KIB, le=1024 * MIB)]
Reachable = Annotated[tuple[Allowed, ...], BeforeValidator(_reachable)]
Proxies = Annotated[str, AfterValidator(_proxies)]
PublicUrl = Annotated[
    str,
    _like(
        r"https?://[^\s/?#]+(/[^\s?#]*)?",
        "an address with http:// or https://, without ? and #: https://muster.example.com",
    ),
]
Issuer = Annotated[
    str,
    _like(
        r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:\d+)?(/[^\s?#]*)?",
        "an address with https:// (http:// for localhost alone), without ? and #: https://login.example.com",
    ),
]
BootstrapKey = Annotated[SecretStr, _at_least(16)]
LongSecret = Annotated[SecretStr, _at_least(_KEY)]
EncryptionKeys = Annotated[SecretStr, AfterValidator(_keys)]


class Settings(BaseModel):
    """Everything that can be set about one deployment."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    database_url: str = Field(
        default="sqlite:///.muster/muster.db",
        description="Where everything is kept: `sqlite:///PATH` or `postgresql://USER:PASSWORD@HOST/NAME`.",
        repr=False,
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    public_url: PublicUrl | None = Field(
        default=None,
        description="The address that callers and browsers use, e.g. `https://muster.example.com`."
        " Signatures of some senders cover it; default: built from the host and port.",
    )
    bootstrap_key: BootstrapKey | None = Field(
        default=None,
        description="An API key with all rights that exists while this is set. For the first set-up.",
    )
    secret_key: LongSecret | None = Field(
        default=None,
        description="The secret under which API keys are hashed and sessions signed;"
        " default: one made on first start and kept in the database.",
    )
    encryption_keys: EncryptionKeys | None = Field(
        default=None,
        description="What the secrets of sources and destinations are encrypted with in the database: one or"
        " several texts of 32 characters or more, separated by commas, the newest first; default: the secret"
        " key. With neither they are kept in clear.",
    )
    oidc_issuer: Issuer | None = Field(
        default=None,
        description="Where people sign in with OpenID Connect, e.g. `https://login.example.com`.",
    )
    oidc_client_id: str | None = Field(default=None, description="What that provider knows Muster as.")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="The secret that Muster shows to it; none for a public client."
    )
    oidc_scopes: str = Field(
        default="openid email profile", description="The OpenID Connect scopes that are asked for."
    )
    oidc_groups: str = Field(default="groups", description="The claim that holds somebody's groups.")
    oidc_roles: Roles = Field(
        default=(),
        description="Which group gives which role: comma-separated `GROUP=ROLE`, `*` for everybody who can"
        " sign in there. Roles are the scopes of API keys. Whoever gets none stays outside.",
    )
    key_rate: float = Field(
        default=200,
        gt=0,
        description="Requests a second that one API key may make in a process, on average; above it 429.",
    )
    key_burst: int = Field(default=1000, ge=1, description="Requests that one API key may make at once.")
    keep_bodies_days: int | None = Field(
        default=None,
        ge=1,
        description="After how many days the bodies of decided webhook calls, delivered messages and finished"
        " imports are deleted; default: never.",
    )
    keep_contacts_days: int | None = Field(
        default=None,
        ge=1,
        description="After how many days without an event a contact's personal data are erased, but for one"
        " that somebody still has to act on; default: never.",
    )
    worker: bool | None = Field(
        default=None,
        description="Whether `muster serve` does the worker's jobs too; default: on SQLite yes, else no.",
    )
    processes: int = Field(
        default=1, ge=1, le=256, description="How many processes serve. More than one needs PostgreSQL."
    )
    max_body: Bytes = Field(default=256 * KIB, description="The largest request body, in bytes.")
    max_batch_body: Bytes = Field(
        default=5 * MIB, description="The largest body of a batch, a bulk write or a webhook, in bytes."
    )
    max_import_body: Bytes = Field(
        default=256 * MIB, description="The largest file sent to `/v1/imports`, in bytes."
    )
    max_batch: int = Field(
        default=1000, ge=1, le=5000, description="The most items in one batch or bulk write over HTTP."
    )
    batch_wait_ms: float = Field(
        default=2.0,
        ge=0,
        le=100,
        description="How long a contact may wait for others to be decided with it, in milliseconds.",
    )
    max_connections: int = Field(
        default=1000,
        ge=1,
        description="Connections a process serves at once; above it callers get 503 at once.",
    )
    header_seconds: float = Field(
        default=10, gt=0, le=300, description="How long a caller may take to send a request's headers."
    )
    body_seconds: float = Field(
        default=30, gt=0, le=3600, description="How long a caller may take to send a request's body."
    )
    stop_seconds: int = Field(
        default=20,
        ge=1,
        le=300,
        description="How long requests may take to finish when the service is stopped.",
    )
    trusted_proxies: Proxies = Field(
        default="127.0.0.1",
        description="Comma-separated addresses whose `X-Forwarded-*` headers are believed.",
    )
    delivery_allow: Reachable = Field(
        default=(),
        description="Comma-separated addresses or networks, each with a port or without, e.g."
        " `10.1.0.0/16,127.0.0.1:9000`, that deliveries may reach beside public addresses on port 443.",
    )
    rulebook_approval: bool = Field(
        default=False,
        description="Whether a rulebook goes live only after somebody other than its authors approved it.",
    )
    docs: bool = Field(default=True, description="Whether `/docs` and the OpenAPI documents are served.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least serious log line that is written."
    )

    @classmethod
    def from_env(cls, environ: Mapping[str, str], **given: Any) -> Self:
        """The settings in ``environ``; what is ``given`` (and not None) stands above it.

        Raises SettingsError, which names every variable that is wrong at once.
        """
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            variable = PREFIX + name.upper()
            value = environ.get(variable) or None
            if name in SECRETS:
                value = _secret(variable, value, environ.get(f"{variable}_FILE"))
            if value is not None:
                values[name] = value
        values |= {name: value for name, value in given.items() if value is not None}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise SettingsError("\n".join(_complaint(problem) for problem in error.errors())) from None

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            backend = make_url(value).get_backend_name()
        except ArgumentError:
            backend = ""
        if backend not in ("sqlite", "postgresql"):
            raise ValueError("must be sqlite:///PATH or postgresql://USER:PASSWORD@HOST/NAME")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_roles):
            raise ValueError("MUSTER_OIDC_ISSUER needs MUSTER_OIDC_CLIENT_ID and MUSTER_OIDC_ROLES beside it")
        return self

    @property
    def sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return make_url(self.database_url).get_backend_name() == "sqlite"

    @property
    def works(self) -> bool:
        """Whether `muster serve` does the worker's jobs too."""
        return self.sqlite if self.worker is None else self.worker

    @property
    def base_url(self) -> str:
        """The address under which callers reach the service, without a slash at its end."""
        if self.public_url:
            return self.public_url.rstrip("/")
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """The `MUSTER_` variables that no setting has: most likely misspelt."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    return sorted(name for name in environ if name.startswith(PREFIX) and name not in known)


def settings_table() -> str:
    """The settings as a Markdown table, for the README."""
    lines = ["| variable | default | what it is |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        variable = f"`{PREFIX}{name.upper()}`" + (" (or `_FILE`)" if name in SECRETS else "")
        lines.append(f"| {variable} | {_shown(field.default)} | {field.description} |")
    return "\n".join(lines)


def _shown(default: Any) -> str:
    if default in (None, ()):
        return ""
    return f"`{str(default).lower()}`" if isinstance(default, bool) else f"`{default}`"


def _secret(variable: str, value: str | None, path: str | None) -> str | None:
    if not path:
        return value
    if value:
        raise SettingsError(f"{variable} and {variable}_FILE are both set; set one of them")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{variable}_FILE names a file that cannot be read: {type(error).__name__}"
        ) from None


def _complaint(problem: Any) -> str:
    said = str(problem["msg"]).removeprefix("Value error, ")
    return f"{PREFIX}{str(problem['loc'][0]).upper()}: {said}" if problem["loc"] else said
